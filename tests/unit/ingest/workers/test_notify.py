import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import urllib3

from ingest.metrics import Metrics
from ingest.workers.notify import GIVE_UP_AFTER, AlertLog, Notifier
from tests.contract.strange_server import strange, whole
from tests.unit.ingest.house import NOW, House, fill


class Hook:
    """A real HTTP server that answers what it is told to."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.length = 0
        """What it says its body has, and never sends."""
        self.bodies: list[dict[str, Any]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(hook.answers.pop(0) if hook.answers else 200)
                self.send_header("Content-Length", str(hook.length))
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.close()


def notifier(house: House, url: str) -> Notifier:
    return Notifier(house.store, url, Metrics(), house.clock, seed=1)


def test_each_change_that_pages_is_posted_once(house, hook):
    house.send(fill(95), fill(96), fill(10))
    made = notifier(house, hook.url)
    made.step()
    made.step()
    made.close()
    assert [(b["change"]["change"], b["alert"]["state"]) for b in hook.bodies] == [
        ("fired", "firing"),
        ("resolved", "resolved"),
    ]
    assert hook.bodies[0]["alert"]["kind"] == "overflow"


def test_what_is_old_calls_nobody(house, hook):
    house.send(fill(95, ts=NOW - 3_600_000), fill(96, ts=NOW - 3_599_000))
    made = notifier(house, hook.url)
    made.step()
    made.close()
    assert hook.bodies == []
    assert house.store.cursor("webhook") == 1


def test_a_webhook_that_is_away_is_tried_again_from_where_it_stopped(house, hook):
    house.send(fill(95), fill(96))
    made = notifier(house, "http://127.0.0.1:9/nobody")
    assert 0 < made.step() < 1
    assert made.step() > 0.5
    made.close()
    assert house.store.cursor("webhook") == 0
    hook.answers = [500, 429]
    made = notifier(house, hook.url)
    for _ in range(3):
        assert house.store.cursor("webhook") == 0
        made.step()
        made.step()  # not before its time
        house.now += 5_000
    made.close()
    assert house.store.cursor("webhook") == 1
    assert len(hook.bodies) == 3


def test_one_alert_at_which_the_receiver_fails_keeps_none_of_the_later_ones(house, hook):
    house.send(fill(95), fill(96), fill(10))
    hook.answers = [500]
    made = notifier(house, hook.url)
    made.step()
    assert [body["change"]["change"] for body in hook.bodies] == ["fired", "resolved"]
    assert house.store.cursor("webhook") == 0  # a restart would send both again
    for fails in (3, 0):
        hook.answers = [503] * fails
        for _ in range(fails + 1):
            house.now += 60_000
            made.step()
    made.close()
    assert [body["change"]["change"] for body in hook.bodies[2:]] == ["fired"] * 4
    assert house.store.cursor("webhook") == 2


def test_a_webhook_that_will_never_take_it_does_not_hold_up_the_next(house, hook):
    house.send(fill(95), fill(96), fill(10))
    made = notifier(house, hook.url)
    hook.answers = [404, 200, *[404] * (GIVE_UP_AFTER - 1)]
    for _ in range(GIVE_UP_AFTER):
        made.step()
        house.now += 90_000
    made.close()
    assert [body["change"]["change"] for body in hook.bodies[:2]] == ["fired", "resolved"]
    assert len(hook.bodies) == GIVE_UP_AFTER + 1
    assert house.store.cursor("webhook") == 2


def test_being_away_for_long_is_no_refusal(house, hook):
    house.send(fill(95), fill(96))
    made = notifier(house, hook.url)
    hook.answers = [503] * (GIVE_UP_AFTER + 3) + [404, 200]
    for _ in range(GIVE_UP_AFTER + 5):
        made.step()
        house.now += 90_000
    made.close()
    assert len(hook.bodies) == GIVE_UP_AFTER + 5
    assert house.store.cursor("webhook") == 1


def test_one_change_at_which_it_hangs_keeps_none_of_the_later_ones(house, monkeypatch):
    monkeypatch.setattr("ingest.workers.notify.TIMEOUT", urllib3.Timeout(connect=3.0, read=0.3))
    house.send(fill(95), fill(96), fill(10))

    def answer(connection: socket.socket, _path: str) -> None:
        if len(there.asked) == 1:  # the first change
            there.closing.wait(5)
        connection.sendall(whole(b""))

    with strange(answer) as there:
        made = notifier(house, there.url)
        made.step()
        assert len(there.asked) == 1, "one that takes its time is enough for a turn"
        made.step()
        assert len(there.asked) == 2
        assert house.store.cursor("webhook") == 0
        house.now += 90_000
        made.step()
        made.close()
    assert len(there.asked) == 3
    assert house.store.cursor("webhook") == 2


def test_a_webhook_that_hangs_keeps_no_line_from_the_log(house, caplog):
    """The threads as ingest starts them; the alerts come while a call is under way."""
    caplog.set_level("INFO")
    with strange(lambda *_: there.closing.wait(30)) as there:
        threads: list[Notifier | AlertLog] = [notifier(house, there.url), AlertLog(house.store)]
        house.send(fill(95), fill(96))
        for thread in threads:
            thread.start()
        wait_for(lambda: there.asked)
        house.send(fill(10, seq=3))
        wait_for(
            lambda: [r.change for r in caplog.records if r.getMessage() == "alert"] == ["fired", "resolved"]
        )
        assert len(there.asked) == 1  # still that one
        for thread in threads:
            thread.stop()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def wait_for(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("piece", [b"H", b"HTTP/1.1 100 Go on\r\n\r\n"])
def test_a_webhook_that_drips_its_head_is_given_up(house, monkeypatch, piece):
    monkeypatch.setattr("ingest.workers.notify.TIMEOUT", urllib3.Timeout(connect=3.0, read=0.4))
    house.send(fill(95), fill(96))
    with strange(lambda connection, _: there.drip(connection, piece)) as there:
        made = notifier(house, there.url)
        assert made.step() > 0, "it drips for as long as we listen"
        made.close()
    assert house.store.cursor("webhook") == 0


def test_an_answer_without_an_end_is_not_read(house, hook):
    house.send(fill(95), fill(96))
    hook.length = 1_000_000_000
    made = notifier(house, hook.url)
    made.step()
    made.close()
    assert house.store.cursor("webhook") == 1


def test_without_a_webhook_it_is_a_line_in_the_log(house, caplog):
    caplog.set_level("INFO")
    house.send(fill(95), fill(96))
    for _ in range(2):  # said once, also by the next ingest
        AlertLog(house.store).step()
    made = notifier(house, "")
    made.step()
    made.close()
    (record,) = [r for r in caplog.records if r.name == "ingest.workers.notify"]
    assert (record.kind, record.device) == ("overflow", "garden/bin-1")
    assert house.store.cursor("webhook") == house.store.cursor("alert_log") == 1


def test_what_calls_nobody_is_no_line_either(house, caplog):
    caplog.set_level("INFO")
    house.send(fill(95, ts=NOW - 3_600_000), fill(96, ts=NOW - 3_599_000))
    AlertLog(house.store).step()
    assert [r for r in caplog.records if r.name == "ingest.workers.notify"] == []
    assert house.store.cursor("alert_log") == 1
