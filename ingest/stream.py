"""The socket that paho-mqtt is given: it reads ahead and writes behind.

paho asks for one byte, then one byte, then the rest, and sends each packet by itself. Over a plain socket
that is three system calls a message in and one a message out; over this one it is two for as many messages
as there are.
"""

import contextlib
import socket

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
        self._unsent = bytearray()
        self._broken = False

    def recv(self, size: int) -> bytes:
        """At most `size` bytes. Raises BlockingIOError when there are none; b"" when the connection is
        over.
        """
        if self._broken:
            return b""
        if self._at >= len(self._ahead):
            self._ahead = self._sock.recv(READ_BYTES)
            self._at = 0
        end = self._at + size
        part = self._ahead[self._at : end]
        self._at = end
        return part

    def send(self, data: bytes | bytearray) -> int:
        """Take all of `data`; it leaves with the next `flush`."""
        if len(self._unsent) > UNSENT_MAX_BYTES:
            self.flush()
            if len(self._unsent) > UNSENT_MAX_BYTES:
                raise BlockingIOError
        self._unsent += data
        return len(data)

    @property
    def pending(self) -> bool:
        """Bytes were read that paho has not asked for yet."""
        return self._at < len(self._ahead)

    @property
    def unsent(self) -> bool:
        """Bytes wait for the socket to take them."""
        return bool(self._unsent)

    def flush(self) -> None:
        """Send what the socket takes now. A failure shows at the next `recv`, where paho expects it."""
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
        """A write failed: the connection is over, though paho does not know yet."""
        return self._broken

    def fileno(self) -> int:
        return self._sock.fileno()

    def setblocking(self, flag: bool) -> None:
        self._sock.setblocking(flag)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.flush()
        self._sock.close()
