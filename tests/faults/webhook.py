"""A webhook's receiver: it writes down whom it was called about, and fails when it is to."""

import http.server
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from deploy import ports
from linli.ports.alert_rows import AlertChange
from tests.faults.board import Board
from tests.faults.servers import Server

SILENT_S = 0.05


class Webhook(Server):
    """Answers 204 when the call is in its file. While the board says `webhook_fails` it answers 500, or hangs
    up, and counts that.
    """

    def __init__(self, port: int, folder: Path, board: Board) -> None:
        super().__init__("webhook", port, folder)
        self.url = f"http://{ports.LOOPBACK}:{port}/"
        self._calls = folder / "calls"
        self._calls.touch()
        self._board = board

    def called(self) -> Counter[int]:
        """The numbers of the changes that it took, and how often."""
        return Counter(json.loads(line)["change"]["number"] for line in self._calls.read_bytes().splitlines())

    def accusations(self, changes: Iterable[AlertChange]) -> Iterator[str]:
        """Everything that is wrong: each change that pages calls at least once, and no other does."""
        due = {change.number for change in changes if change.pages}
        called = self.called()
        if lacking := sorted(due - called.keys()):
            yield f"called: nobody about {len(lacking)} of {len(due)} changes that page, as {lacking[0]}"
        if unasked := sorted(called.keys() - due):
            yield f"called: somebody about {len(unasked)} changes that call nobody, as {unasked[0]}"

    def _run(self) -> None:
        board, calls = self._board, self._calls.open("ab", buffering=0)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if board["webhook_fails"]:
                    if board.add("webhook_failed") % 2:
                        self.send_error(500)
                    else:
                        time.sleep(SILENT_S)
                        self.close_connection = True
                    return
                calls.write(body + b"\n")
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing: its file says it."""

        http.server.ThreadingHTTPServer((ports.LOOPBACK, self.port), Handler).serve_forever()
