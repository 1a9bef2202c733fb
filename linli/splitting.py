"""A batch that no JSON reader takes whole, cut into its events without reading them.

One event with half a surrogate pair, bytes that are not UTF-8, or a thousand brackets spoils the whole
message for a JSON parser; its neighbours are good all the same. This looks only at strings and brackets.
"""

import re

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}:,]', re.DOTALL)
_SEQ = re.compile(rb'"seq"\s*:\s*([0-9]{1,16})(?:\.0+)?\s*[,}]')
_OPEN, _CLOSE = frozenset((b"{", b"[")), frozenset((b"}", b"]"))


def split_events(payload: bytes) -> tuple[bytes, list[bytes]] | None:
    """The envelope with an empty list, and the text of each event; None when there is no list of events."""
    depth, key, awaiting = 0, b"", False
    start = begin = -1
    items: list[bytes] = []
    for match in _TOKEN.finditer(payload):
        token = match.group()
        if start >= 0:  # inside the list of events
            if depth == 2 and token in (b",", b"]"):
                items.append(payload[begin : match.start()].strip())
                begin = match.end()
                if token == b"]":
                    head = payload[: start + 1] + payload[match.start() :]
                    return head, items if items != [b""] else []
            depth += (token in _OPEN) - (token in _CLOSE)
        elif depth == 1 and awaiting and token == b"[":
            start, begin, depth = match.start(), match.end(), 2
        else:
            awaiting = depth == 1 and token == b":" and key == b'"events"'
            key = token if token.startswith(b'"') else b""
            depth += (token in _OPEN) - (token in _CLOSE)
    return None


def find_seq(event: bytes) -> int | None:
    """The number an unreadable event gives itself, if it does so once at its own level."""
    depth, flat, end = 0, bytearray(), 0
    for match in _TOKEN.finditer(event):
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
