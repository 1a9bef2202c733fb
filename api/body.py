"""Request bodies: bounded in size and time, and read before a route sees the request."""

import asyncio
from http import HTTPStatus

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

MAX_BYTES = 16_384
"""The largest body that means something is a name."""
WITHIN_S = 10.0


class Bounded:
    """Answers 413 for what is too large and 408 for what does not come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, if there is one, and hand it on whole."""
        if scope["type"] != "http" or not _has_body(Request(scope)):
            await self._app(scope, receive, send)
            return
        length = Request(scope).headers.get("content-length", "0")
        if length.isdigit() and int(length[:20]) > MAX_BYTES:
            await _too_large()(scope, receive, send)
            return
        try:
            body = await asyncio.wait_for(_read(receive), WITHIN_S)
        except TimeoutError:
            await problem(HTTPStatus.REQUEST_TIMEOUT, "The body did not come.")(scope, receive, send)
            return
        if body is None:
            await _too_large()(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)


def _has_body(request: Request) -> bool:
    return "content-length" in request.headers or "transfer-encoding" in request.headers


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None when it is too large."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""  # the client has gone; nobody will read the answer
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > MAX_BYTES:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


def _too_large() -> ASGIApp:
    return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body may have {MAX_BYTES} bytes at most.")
