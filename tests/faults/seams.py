"""Where a child process can be met: the boundaries between stages, hooked by name from outside.

Production code has no trace of this. A name that is no longer there raises SeamGone; a seam that is never
passed shows as a fault that never took effect, and fails the sweep.
"""

import functools
import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

ROOMS = ("ingest", "stores", "linli", "edge")

INGEST = {
    "read": "ingest.broker.inbox:Inbox.put",
    "decoded": "ingest.decode:Decoder.decode",
    "deduplicated": "ingest.deduplicate:deduplicate",
    "placed": "ingest.timing:place_events",
    "folded": "ingest.folding:fold",
    "photo": "stores.photos:PhotoFolder.put",
    "written": "stores.committing:Committer.commit",
    "committed": "stores.operational:OperationalStore.commit",
    "acknowledged": "ingest.broker.mqtt:Mqtt.ack",
    "answered": "ingest.broker.mqtt:Mqtt.send",
    "announced": "ingest.broker.mqtt:Mqtt.publish",
    "noted": "stores.operational:OperationalStore.set_cursor",
    "forwarded": "ingest.forwarding.posting:Posting.events",
}
"""name -> what has just returned. `written`: in the transaction, before COMMIT. What is on its way to the
broker is flushed first.
"""
EDGE = {
    "inserted": "edge.outbox:Outbox._insert",
    "kept": "edge.outbox:Outbox.append_all",
    "published": "edge.session:Session.hand_over",
    "taken": "edge.courier:Courier.taken",
    "receipt": "linli.messages:decode_receipt",
    "settled": "edge.outbox:Outbox.settle",
}
_FLUSHED = {"acknowledged", "answered", "announced"}


class SeamGone(Exception):
    """The code has changed: this name is not there any more."""


def replace(path: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put `make(original)` in the place of `module:name` or `module:Class.name`, wherever it is imported."""
    module_name, _, name = path.partition(":")
    owner: Any = importlib.import_module(module_name)
    *outer, last = name.split(".")
    try:
        for each in outer:
            owner = getattr(owner, each)
        original = getattr(owner, last)
    except AttributeError as error:
        raise SeamGone(f"{path}: {error}") from error
    new = make(original)
    if callable(original):
        functools.update_wrapper(new, original)
    setattr(owner, last, new)
    if outer:
        return
    for other in list(sys.modules.values()):
        if getattr(other, "__name__", "").split(".")[0] in ROOMS:
            for key, value in list(vars(other).items()):
                if value is original:
                    setattr(other, key, new)


def put(module_name: str, name: str, value: object) -> None:
    """Another value for a module's own name, in that module alone."""
    module = importlib.import_module(module_name)
    if not hasattr(module, name):
        raise SeamGone(f"{module_name} has no {name}")
    setattr(module, name, value)


def after(path: str, then: Callable[..., None]) -> None:
    """Call `then(result, *arguments)` each time it has returned."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            result = original(*arguments, **named)
            then(result, *arguments)
            return result

        return wrapped

    replace(path, make)


def die_at(stages: dict[str, str], stage: str, passage: int, hurry: Callable[[], bool]) -> None:
    """`kill -9` of this process when it has passed `stage` for the `passage`-th time in this life; in a
    hurry, the next time.
    """
    left = passage

    def then(_result: object, owner: Any = None, *_: object) -> None:
        nonlocal left
        left -= 1
        if left <= 0 or hurry():
            if stage in _FLUSHED:
                owner.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    after(stages[stage], then)
