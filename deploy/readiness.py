"""Questions to a server on this machine over HTTP: is it ready, what does it say."""

import http.client
import json
import sys
import urllib.error
import urllib.request
from typing import Any

from deploy.errors import DeployError

TIMEOUT_S = 10.0


def answers_ok(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2.0) as answer:  # noqa: S310 - an http address we made
            return bool(answer.status == http.client.OK)
    except (OSError, http.client.HTTPException):
        return False


def get_json(url: str, token: str = "") -> Any:
    """The JSON that a GET answers.

    Raises DeployError when it does not answer, or answers an error.
    """
    request = urllib.request.Request(url)  # noqa: S310 - an http address we made
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        detail = error.read(300).decode(errors="replace")
        raise DeployError(f"{url} answered {error.code}: {detail}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DeployError(f"{url}: {error}") from error


if __name__ == "__main__":
    # A container's health check: `python -m deploy.readiness URL`.
    sys.exit(0 if answers_ok(sys.argv[1]) else 1)
