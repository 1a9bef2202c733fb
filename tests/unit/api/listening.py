"""A client of the live stream: events as they come, parsed as a browser parses them."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True)
class Told:
    id: int
    event: str
    data: Any


@dataclass
class Ear:
    """Collects in a thread until it is closed; `last_id` is what a browser would send again."""

    response: httpx.Response
    events: list[Told] = field(default_factory=list)
    beats: int = 0
    last_id: int | None = None
    ended: bool = False

    def listen(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self.response.iter_lines():
                if line.startswith(":"):
                    self.beats += 1
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                else:
                    self._dispatch(fields)
                    fields = {}
        except (httpx.HTTPError, httpx.StreamError):
            pass
        self.ended = True

    def _dispatch(self, fields: dict[str, str]) -> None:
        if "id" in fields:
            self.last_id = int(fields["id"])
        if "data" in fields:
            assert self.last_id is not None
            self.events.append(Told(self.last_id, fields["event"], json.loads(fields["data"])))

    def ids(self) -> list[int]:
        return [one.id for one in self.events if one.event not in ("open", "gap")]

    def until(self, number: int, seconds: float = 15) -> None:
        """Wait until this id has been said."""
        self.wait(lambda: (self.last_id or 0) >= number, seconds)

    def wait(self, condition: Any, seconds: float = 15) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, (self.last_id, len(self.events), self.ended)
            time.sleep(0.01)


@contextmanager
def listening(client: httpx.Client, query: str = "", last_id: int | None = None) -> Iterator[Ear]:
    headers = {} if last_id is None else {"Last-Event-ID": str(last_id)}
    with client.stream("GET", f"/api/v1/stream?{query}", headers=headers, timeout=60) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        ear = Ear(response)
        thread = threading.Thread(target=ear.listen, daemon=True)
        thread.start()
        try:
            yield ear
        finally:
            # The reading thread may wait in recv: only the socket itself ends that.
            _hang_up(response)
            thread.join(10)
            assert not thread.is_alive()


def _hang_up(response: httpx.Response) -> None:
    import socket

    raw = response.extensions["network_stream"].get_extra_info("socket")
    try:
        raw.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
