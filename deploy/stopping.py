"""How we are ended: every way becomes one KeyboardInterrupt, and the clean-up is not disturbed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def on_signals() -> Iterator[None]:
    """Within it Ctrl-C, SIGTERM and a closed terminal raise KeyboardInterrupt."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {end: signal.signal(end, interrupt) for end in ENDS}
    try:
        yield
    finally:
        for end, handler in before.items():
            signal.signal(end, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Within it those signals do nothing, so that what was started is always stopped."""
    before = {end: signal.signal(end, signal.SIG_IGN) for end in ENDS}
    try:
        yield
    finally:
        for end, handler in before.items():
            signal.signal(end, handler)
