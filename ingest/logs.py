"""Log lines as key=value, one event a line."""

import logging
from typing import Any

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class KeyValue(logging.Formatter):
    """`2025-11-25T01:02:03 level=info part=ingest.broker.mqtt msg="connected" session_present=True`."""

    def format(self, record: logging.LogRecord) -> str:
        parts = [
            self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            f"level={record.levelname.lower()}",
            f"part={record.name}",
            f"msg={_quoted(record.getMessage())}",
        ]
        parts += [f"{key}={_quoted(value)}" for key, value in vars(record).items() if key not in _STANDARD]
        line = " ".join(parts)
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _quoted(value: Any) -> str:
    text = str(value)
    plain = text.isascii() and text.isprintable() and not set(' "=') & set(text)
    return text if text and plain else '"' + text.translate(_ESCAPES) + '"'


_ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\"} | {code: f"\\x{code:02x}" for code in range(32)}


def set_up(level: int = logging.INFO) -> None:
    """Log to stderr. Called once, by the process."""
    handler = logging.StreamHandler()
    handler.setFormatter(KeyValue())
    logging.basicConfig(level=level, handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)  # its plugins are nobody's news


class Seldom:
    """Lets through one line of a sort in `every_ms`, with how many it kept back."""

    def __init__(self, every_ms: int = 10_000) -> None:
        self._every_ms = every_ms
        self._next: dict[str, int] = {}
        self._kept: dict[str, int] = {}

    def count(self, sort: str, n: int, steady_ms: int) -> int | None:
        """How many there were since the last line, when it is time for one; else None."""
        self._kept[sort] = self._kept.get(sort, 0) + n
        if steady_ms < self._next.get(sort, steady_ms):
            return None
        self._next[sort] = steady_ms + self._every_ms
        return self._kept.pop(sort)
