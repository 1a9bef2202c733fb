"""GET /api/v1/stream: what changes, as server-sent events that resume by their number."""

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api import sse
from api.live import Feed
from api.parameters import NUMBER_MAX, CommunityFilter
from api.problems import problem
from api.recent import Gap
from api.services import At
from linli.errors import StoreError

HEARTBEAT_S = 15.0
SEND_WITHIN_S = 20.0

router = APIRouter(prefix="/api/v1", tags=["stream"])

EXAMPLE = (
    'id: 4711\nevent: open\ndata: {"position":4711}\n\n'
    'id: 4712\nevent: level\ndata: {"community":"haitang","device":"bin-01","compartment":"k1",'
    '"channels":{"fill_pct":71.5},"at_ms":1764032400000}\n\n'
)


class EventStream(Response):
    """Server-sent events from the feed, from a position on, until the client goes or is too slow."""

    media_type = "text/event-stream"

    def __init__(self, feed: Feed, position: int, community: str, address: str) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._feed = feed
        self._position = position
        self._community = community
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI gives it
        """Send until the end; the feed has counted this client, and is told when it has gone."""
        try:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            gone = asyncio.ensure_future(_disconnected(receive))
            told = asyncio.ensure_future(self._tell(send))
            try:
                await asyncio.wait({gone, told}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (gone, told):
                    task.cancel()
                    with suppress(asyncio.CancelledError, TimeoutError, OSError):
                        await task
        finally:
            self._feed.leave(self._address)

    async def _tell(self, send: Send) -> None:
        opened = sse.event("open", {"position": self._position}, self._position)
        await _send(send, "retry: 2000\n\n" + opened)
        while not self._feed.closed:
            try:
                page = await self._feed.page(self._position, self._community)
            except StoreError:
                break  # the client comes back by itself, with the last number it has
            text = _gap(page.gap) if page.gap is not None else ""
            text += page.text
            moved, self._position = page.position != self._position, page.position
            if text:
                await _send(send, text)
            elif not moved and not await self._feed.news(self._position, HEARTBEAT_S):
                await _send(send, sse.heartbeat(self._position))  # past changes of other communities too
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(1.0):
                await send({"type": "http.response.body", "body": b""})


@router.get(
    "/stream",
    summary="Live changes as server-sent events",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {"example": EXAMPLE}}, "description": "Events"}},
)
async def stream(
    at: At,
    request: Request,
    community: CommunityFilter = "",
    after: Annotated[
        int | None, Query(ge=0, le=NUMBER_MAX, description="Begin past this number", examples=[4711])
    ] = None,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=NUMBER_MAX, description="As EventSource sends it; it goes before `after`")
    ] = None,
) -> Response:
    """Events `level`, `deposit`, `alert`, `device`, `photo`, its number as id, in order, none twice.

    Without a number it begins with what comes next. `open` comes first and says where; `gap` says that what
    was asked for is no longer kept, so that the client must look at everything anew.
    """
    position = last_event_id if last_event_id is not None else after
    if position is None:
        position = await at.feed.newest()
    address = request.client.host if request.client is not None else ""
    if not at.feed.join(address):
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE, "Too many streams are open.", headers={"Retry-After": "10"}
        )
    return EventStream(at.feed, position, community, address)


def _gap(gap: Gap) -> str:
    return sse.event("gap", {"after": gap.after, "resumes_after": gap.resumes_after}, gap.resumes_after)


async def _send(send: Send, text: str) -> None:
    """Raises TimeoutError when the client does not take it: it is dropped, and may come back."""
    message = {"type": "http.response.body", "body": text.encode(), "more_body": True}
    # Not wait_for: it forgets that it was cancelled when `send` is through (Python 3.11), and the place of a
    # client that hung up would be kept for ever.
    async with asyncio.timeout(SEND_WITHIN_S):
        await send(message)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
