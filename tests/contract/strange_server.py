"""A server that answers as it is told, byte by byte if need be: what stands at an address may be anything."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Answering = Callable[[socket.socket, str], object]
"""Given the connection and the path that was asked for."""


def whole(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    """An answer in one piece."""
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


class StrangeServer:
    """`answer` may be changed at any time; `asked` has the paths in order."""

    def __init__(self, answer: Answering) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.closing = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._connections.append(connection)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError), connection.makefile("rb") as reader:
            while line := reader.readline():
                length = 0
                while (header := reader.readline().strip()) != b"":
                    name, _, value = header.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                reader.read(length)
                path = line.split()[1].decode().partition("?")[0]
                self.asked.append(path)
                self.answer(connection, path)

    def drip(self, connection: socket.socket, piece: bytes, every_s: float = 0.02) -> None:
        """The same bytes again and again until somebody has enough."""
        while not self.closing.wait(every_s):
            connection.sendall(piece)

    def close(self) -> None:
        self.closing.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in [self._accepting, *self._threads]:
            thread.join()


@contextmanager
def strange(answer: Answering) -> Iterator[StrangeServer]:
    server = StrangeServer(answer)
    try:
        yield server
    finally:
        server.close()


def answering(
    version: str, answers: dict[str, bytes], otherwise: bytes
) -> Callable[[socket.socket, str], None]:
    def answer(connection: socket.socket, path: str) -> None:
        if path == "/ping":
            says = f"X-Influxdb-Version: {version}\r\n" if version else ""
            connection.sendall(f"HTTP/1.1 204 No Content\r\n{says}\r\n".encode())
        elif path == "/health" and "/health" not in answers:
            connection.sendall(whole(b"OK"))
        else:
            connection.sendall(answers.get(path, otherwise))

    return answer
