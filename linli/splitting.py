"""A batch that no JSON reader takes whole, cut into its events without reading them.

One event with half a surrogate pair, bytes that are not UTF-8, or a thousand brackets spoils the whole
message for a JSON parser; its neighbours are good all the same. This looks only at strings and brackets, once
at each byte: whoever may publish may send 64 KB of quotes too.
"""

import re

from linli.errors import InvalidMessage
from linli.refusal import Refusal

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKEN = re.compile(_STRING + rb"|[\[\]{}:,]", re.DOTALL)
_ENDED = re.compile(rb'(?:[^"]++|' + _STRING + rb")*+", re.DOTALL)
_FLAT = re.compile(rb'\s*+\{[^"\[\]{}]*+(?:' + _STRING + rb'[^"\[\]{}]*+)*+\}\s*+[,\]]', re.DOTALL)
"""An event with no brackets inside, as nearly all are, and what follows it: one step for all of it."""
_SEQ = re.compile(rb'(?<!\\)"seq"\s*:\s*([0-9]{1,16})(?:\.0+)?\s*[,}]')
_OPEN, _CLOSE = frozenset((b"{", b"[")), frozenset((b"}", b"]"))


def split_events(payload: bytes, most: int) -> tuple[bytes, list[bytes]] | None:
    """The envelope with an empty list, and the text of each event; None when there is no list of events.

    Raises InvalidMessage (`schema`) for more than `most` events.
    """
    text = _without_unended(payload)
    start = _begin_of_events(text)
    if start is None:
        return None
    begin = start
    items: list[bytes] = []
    while True:
        match = _FLAT.match(text, begin)
        end = match.end() if match is not None else _end_of_event(text, begin)
        if end is None:
            return None
        if len(items) == most:
            raise InvalidMessage(Refusal.SCHEMA, f"more than {most} events")
        items.append(payload[begin : end - 1].strip())
        begin = end
        if payload[end - 1 : end] == b"]":
            return payload[:start] + payload[end - 1 :], items if items != [b""] else []


def split_members(envelope: bytes) -> dict[bytes, bytes]:
    """The text of each value at the envelope's own level, by the text of its key, quotes included; of a key
    that is there twice, the last.
    """
    members: dict[bytes, bytes] = {}
    depth, begin, key, name = 0, 0, b"", b""
    for match in _TOKEN.finditer(_without_unended(envelope)):
        token = match.group()
        if depth == 1 and begin and token in (b",", b"}"):
            members[name] = envelope[begin : match.start()].strip()
            begin = 0
        elif depth == 1 and key and token == b":" and not begin:
            begin, name = match.end(), key
        key = token if token.startswith(b'"') else b""
        depth += (token in _OPEN) - (token in _CLOSE)
    return members


def _without_unended(text: bytes) -> bytes:
    """The same, as long, with no quote from the first on that opens a string which never ends.

    No later one ends either; but each would be followed to the end of all, and 64 KB of them took 13 s.
    """
    ended = _ENDED.match(text)
    end = ended.end() if ended is not None else 0
    return text if end == len(text) else text[:end] + text[end:].replace(b'"', b"'")


def _begin_of_events(text: bytes) -> int | None:
    """Behind the bracket that opens the list."""
    depth, key, awaiting = 0, b"", False
    for match in _TOKEN.finditer(text):
        token = match.group()
        if depth == 1 and awaiting and token == b"[":
            return match.end()
        awaiting = depth == 1 and token == b":" and key == b'"events"'
        key = token if token.startswith(b'"') else b""
        depth += (token in _OPEN) - (token in _CLOSE)
    return None


def _end_of_event(text: bytes, begin: int) -> int | None:
    """Behind the comma that follows it, or the bracket that ends the list."""
    depth = 0
    for match in _TOKEN.finditer(text, begin):
        token = match.group()
        if depth == 0 and token in (b",", b"]"):
            return match.end()
        depth += (token in _OPEN) - (token in _CLOSE)
    return None


def find_seq(event: bytes) -> int | None:
    """The number an unreadable event gives itself, if it does so once at its own level."""
    depth, flat, end = 0, bytearray(), 0
    for match in _TOKEN.finditer(_without_unended(event)):
        token = match.group()
        if depth <= 1:
            flat += event[end : match.start()]
        closing = token in _CLOSE
        depth += (token in _OPEN) - closing
        if depth <= (0 if closing else 1):
            flat += token
        end = match.end()
    found = _SEQ.findall(bytes(flat))
    return int(found[0]) if len(found) == 1 else None
