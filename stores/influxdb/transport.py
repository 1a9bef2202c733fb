"""HTTP to a time-series store, and what its answers mean: taken, not now, never."""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3

from linli.errors import HistoryRefused, HistoryUnavailable

CONNECT_S = 3.0
READ_S = 30.0
GZIP_LEVEL = 1
"""Lines repeat themselves: level 1 takes them to a tenth, and costs a third of level 6."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers (any case) and a body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def words(self) -> str:
        """What it says went wrong: 1.x says it in `error`, 2.x in `message`."""
        return words(self.body)

    def json(self) -> Any:
        """Raises HistoryRefused when something else than a store answers there."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise HistoryRefused(f"the answer is no JSON: {self.body[:200]!r}") from error


class Transport:
    """Asks one server. A connection is kept; nothing is ever tried again behind the caller's back."""

    def __init__(self, url: str, token: str, read_s: float = READ_S) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.read_s = read_s
        self._pool = urllib3.PoolManager(
            maxsize=8, retries=False, timeout=urllib3.Timeout(connect=CONNECT_S, read=read_s)
        )

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer, whatever its status. Raises HistoryUnavailable when none came."""
        if not self.url.startswith(("http://", "https://")):
            raise HistoryRefused(f"{self.url!r} is no address: it must begin with http:// or https://")
        try:
            target = f"{self.url}{path}"
            if query:
                target += "?" + urlencode(query)
            found = self._pool.request(
                method, target, body=body, headers={**self._login(), **(headers or {})}
            )
        except urllib3.exceptions.LocationValueError as error:
            raise HistoryRefused(f"{self.url} is no address: {error}") from error
        except urllib3.exceptions.HTTPError as error:
            raise unreachable(self.url, error) from error
        return Answer(found.status, found.headers, found.data)

    def post_lines(self, path: str, query: Mapping[str, str], lines: bytes) -> Answer:
        """Send lines, gzipped."""
        headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"}
        packed = gzip.compress(lines, GZIP_LEVEL, mtime=0)
        return self.ask("POST", path, query, body=packed, headers=headers)

    def close(self) -> None:
        """Closes its connections."""
        self._pool.clear()

    def _login(self) -> dict[str, str]:
        """2.x and 1.8 take a token, 1.x with a login `user:password`. Never Bearer: /query refuses it."""
        if not self.token:
            return {}
        if ":" in self.token:
            return {"Authorization": "Basic " + base64.b64encode(self.token.encode()).decode()}
        return {"Authorization": f"Token {self.token}"}


def unreachable(url: str, error: Exception) -> HistoryUnavailable:
    """For a refused connection, a time-out, a broken answer: urllib3's errors, never the client's own."""
    return HistoryUnavailable(f"{url} does not answer: {error}")


def words(body: bytes | str) -> str:
    """The sentence in an error's body: JSON of InfluxDB, or whatever stands between us and it says."""
    try:
        said = json.loads(body)
    except ValueError:
        text = body if isinstance(body, str) else body.decode(errors="replace")
        return text[:1_000].strip()
    if isinstance(said, dict):
        return str(said.get("message") or said.get("error") or said)[:4_000]
    return str(said)[:1_000]


def check(status: int, said: str) -> None:
    """Raise what an answer that is not 2xx means: HistoryUnavailable (may heal) or HistoryRefused."""
    if 200 <= status < 300:
        return
    if status in (408, 429) or status >= 500:
        raise HistoryUnavailable(f"answered {status}: {said}")
    raise HistoryRefused(f"answered {status}: {said}")
