"""Opening a TCP connection without waiting for it, so that one thread can serve many devices."""

import errno
import os
import socket

IN_PROGRESS = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN}


class Connecting:
    """A connection being opened; tries each address of the host in turn. Looking the name up does wait."""

    def __init__(self, host: str, port: int) -> None:
        """Raises OSError when no address can even be tried."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        self._addresses = [(family, kind, protocol, address) for family, kind, protocol, _, address in found]
        self.socket = self._next()

    def _next(self) -> socket.socket:
        error = 0
        while self._addresses:
            family, kind, protocol, address = self._addresses.pop(0)
            attempt = socket.socket(family, kind, protocol)
            attempt.setblocking(False)  # noqa: FBT003 - its one argument
            # Nagle's algorithm costs 44-88 ms a round trip between a batch and its receipt.
            attempt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            error = attempt.connect_ex(address)
            if error in IN_PROGRESS:
                return attempt
            attempt.close()
        raise OSError(error, os.strerror(error))

    def writable(self) -> bool:
        """The socket can be written to: True when it is connected, False when another address is tried.

        Raises OSError when the last address failed.
        """
        error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error == 0:
            return True
        self.socket.close()
        if not self._addresses:
            raise OSError(error, os.strerror(error))
        self.socket = self._next()
        return False

    def give_up(self) -> None:
        """Close what was being opened."""
        self.socket.close()
