"""Server-sent events as text (the HTML standard, section 9.2)."""

import json

from linli.ports.rows import LiveChange


def change(told: LiveChange) -> str:
    """A live change: its kind is the event's name, its number the id."""
    return _lines(told.kind, told.body.decode("utf-8", "replace"), told.number)


def event(name: str, data: dict[str, int], number: int) -> str:
    """An event of the stream's own."""
    return _lines(name, json.dumps(data, separators=(",", ":")), number)


def heartbeat(number: int) -> str:
    """Nothing but a sign of life; an id without data moves the client's number on."""
    return f": heartbeat\nid: {number}\n\n"


def _lines(name: str, data: str, number: int) -> str:
    body = "".join(f"data: {line}\n" for line in data.split("\n"))
    return f"id: {number}\nevent: {name}\n{body}\n"
