"""The socket that paho-mqtt is given: it reads ahead, in whole packets, and writes behind.

paho asks for one byte, then one byte, then the rest, makes an object of each message, and sends each packet
by itself. Here a read brings as many packets as there are. Those that carry messages are taken from it
directly (`packets`); paho is given the others (`give`), each of them whole.
"""

import contextlib
import socket
from collections.abc import Iterator

from ingest.broker.packets import end_of_packet

READ_BYTES = 262_144
UNSENT_MAX_BYTES = 4_194_304
"""Past this nothing more is taken in for sending: paho then keeps its packet, as for a full socket."""


class Stream:
    """What paho needs of a socket (`recv`, `send`, `close`, `fileno`, `setblocking`), and what its loop
    needs.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._ahead = b""
        self._at = 0
        self._given = b""
        self._unsent = bytearray()
        self._broken = False
        self._more = False

    def fill(self) -> None:
        """Read once what is there. The end of the connection, or a failure, makes the stream `broken`."""
        try:
            data = self._sock.recv(READ_BYTES)
        except BlockingIOError:
            self._more = False
            return
        except OSError:
            data = b""
        self._broken = self._broken or not data
        self._more = len(data) == READ_BYTES
        self._ahead = self._ahead[self._at :] + data
        self._at = 0

    def packets(self, limit: int) -> Iterator[bytes]:
        """Take at most `limit` whole packets, in order. Raises ValueError for what is no packet, once: what
        was read after it cannot be followed, and is let go.
        """
        for _ in range(limit):
            try:
                end = end_of_packet(self._ahead, self._at)
            except ValueError:
                self._ahead, self._at, self._more = b"", 0, False
                raise
            if end is None:
                return
            packet = self._ahead[self._at : end]
            self._at = end
            yield packet

    @property
    def pending(self) -> bool:
        """`packets` has something to give or to raise: a whole packet was read, or what is none."""
        try:
            return self._at < len(self._ahead) and end_of_packet(self._ahead, self._at) is not None
        except ValueError:
            return True

    @property
    def more(self) -> bool:
        """More can be read at once: the last read was a full one, or not all of it has been taken."""
        return self._more or self.pending

    def give(self, packet: bytes) -> None:
        """Have paho's next reading get this."""
        self._given += packet

    def recv(self, size: int) -> bytes:
        """For paho, which asks when it was given something, or is to be told (b"") that the connection is
        over. Raises BlockingIOError when there is neither.
        """
        if not self._given:
            if self._broken:
                return b""
            raise BlockingIOError
        part, self._given = self._given[:size], self._given[size:]
        return part

    def send(self, data: bytes | bytearray) -> int:
        """Take all of `data`; it leaves with the next `flush`. Raises BlockingIOError when too much waits."""
        if len(self._unsent) > UNSENT_MAX_BYTES:
            self.flush()
            if len(self._unsent) > UNSENT_MAX_BYTES:
                raise BlockingIOError
        self._unsent += data
        return len(data)

    def append(self, data: bytes | bytearray) -> None:
        """Take `data` however much waits: what is owed and small, and would not be asked for again."""
        self._unsent += data

    @property
    def unsent(self) -> bool:
        """Bytes wait for the socket to take them."""
        return bool(self._unsent)

    def flush(self) -> None:
        """Send what the socket takes now. A failure makes the stream `broken`."""
        while self._unsent:
            try:
                sent = self._sock.send(self._unsent)
            except BlockingIOError:
                return
            except OSError:
                self._broken = True
                self._unsent.clear()
                return
            del self._unsent[:sent]

    @property
    def broken(self) -> bool:
        """The connection is over, though paho does not know yet."""
        return self._broken

    def fileno(self) -> int:
        return self._sock.fileno()

    def setblocking(self, flag: bool) -> None:
        self._sock.setblocking(flag)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.flush()
        self._sock.close()
