"""HTTP whose answer has an end: all of it in a time, and within a size.

urllib3's read timeout starts anew with every byte, so a peer that drips one a second holds a thread for ever.
Here it is the time for the whole answer, head and body; and what is larger than `ANSWER_BYTES` is not read.
"""

import http.client
import io
import socket
import time
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

ANSWER_BYTES = 16 * 2**20
SEND_S = 10.0
"""For one request to be taken off our hands."""


class AnswerTooLarge(urllib3.exceptions.HTTPError):
    """More came than anybody asked for."""


def pool(connections: int) -> urllib3.PoolManager:
    """A pool that tries nothing again; the read timeout of a request is for its answer as a whole."""
    made = urllib3.PoolManager(maxsize=connections, retries=False)
    bound(made)
    return made


def bound(manager: urllib3.PoolManager) -> None:
    """Make a pool that somebody else made such a one, before its first request."""
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class _Answer(io.RawIOBase):
    """The bytes of one answer as they come from the socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._raw = connection.makefile("rb", buffering=0)  # keeps the socket open for as long as it is read
        wait_s = connection.gettimeout()
        self._until = None if wait_s is None else time.monotonic() + wait_s
        self._left = ANSWER_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._until is not None:
            left_s = self._until - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("timed out")
            self._socket.settimeout(left_s)
        n = self._raw.readinto(buffer)  # a SocketIO, as it has no buffer
        self._left -= n or 0
        if self._left < 0:
            raise AnswerTooLarge(f"the answer is larger than {ANSWER_BYTES >> 20} MB")
        return n

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Socket:
    """All of a socket that http.client's answer wants."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Answer(self._connection))


class _Bounded:
    """A connection, plain or secure, that reads through `_Answer`."""

    sock: socket.socket | None

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # kept from before: it has what was left of the last answer's time
            self.sock.settimeout(SEND_S)
        super().request(*args, **kwargs)  # type: ignore[misc]

    def response_class(
        self, connection: socket.socket, *args: Any, **kwargs: Any
    ) -> http.client.HTTPResponse:
        """http.client's own hook for what an answer is."""
        return http.client.HTTPResponse(_Socket(connection), *args, **kwargs)  # type: ignore[arg-type]


class _Connection(_Bounded, HTTPConnection):  # type: ignore[misc]
    pass


class _SecureConnection(_Bounded, HTTPSConnection):  # type: ignore[misc]
    pass


class _Plainly:
    """Nothing is unpacked that came packed without having been asked for: a few KB may be gigabytes."""

    def urlopen(self, *args: Any, **kwargs: Any) -> Any:
        return super().urlopen(*args, **{**kwargs, "decode_content": False})  # type: ignore[misc]


class _Pool(_Plainly, urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(_Plainly, urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
