"""Stored readings as lines of the time-series store, cut by the database itself.

A reading is stored with its channels as a line wants them (see linli.points.telemetry_line), and nearly all
that is forwarded are such. The database cuts and joins thousands of them in one answer, in half the CPU of
rows and a loop, and without Python's lock. The quotes that are left are taken out of the whole at once.
"""

from string import Template

from sqlalchemy import TextClause, not_, or_, text
from sqlalchemy.engine import Connection

from linli import lineprotocol
from stores.schema import events

_MS_MAX = lineprotocol.TIME_MAX_NS // 1_000_000 - 1
_AS_FIELDS = bytes.maketrans(b":", b"=")

# `","` is once in what is cut: after the compartment's name, where the next tag belongs. Each expression
# stands once on its way, for the database evaluates it as often as it is written; and each function and each
# `||` asks for memory and gives it back.
_SQL = Template("""
SELECT count(*), $opened(CASE
  WHEN e.placed_ms NOT BETWEEN 0 AND :ms_max THEN NULL
  WHEN e.body BETWEEN $place THEN
    'telemetry,building=' || e.building || ',community=' || l.community
    || replace($from_place, '","', ',device=' || l.device || ' ')
    || ' ' || (e.placed_ms * 1000000 + e.seq % 1000000)
  WHEN e.body BETWEEN $bare THEN NULL
  WHEN e.body BETWEEN $head THEN
    'telemetry,building=' || e.building || ',community=' || l.community || ',device=' || l.device || ' '
    || $from_channels || ' ' || (e.placed_ms * 1000000 + e.seq % 1000000)
  END, $closed
FROM events e JOIN ledgers l ON l.id = e.ledger
WHERE e.id BETWEEN :first AND :last AND e.building <> '' AND e.kind IN ('telemetry', 'deposit')
""")
_HEAD = '{"kind":"telemetry","'
_PLACE = f'{_HEAD}compartment":"'
_BARE = f'{_HEAD}seq"'
"""It reads nothing."""
_END = ',"seq":'


def _bounds(prefix: str) -> tuple[bytes, bytes]:
    """Between which lies every body that begins so and goes on in ASCII: no function is called to see it."""
    return prefix.encode(), f"{prefix}\x7f".encode()


not_plain = or_(
    events.c.kind != "telemetry",
    not_(events.c.body.between(*_bounds(_HEAD))),
    events.c.body.between(*_bounds(_BARE)),
    not_(events.c.placed_ms.between(0, _MS_MAX)),
)
"""What the database cuts no line for: a row and a line of Python's each."""


def statement(dialect: str) -> TextClause:
    """The question in a database's own words: how many events become points, and lines of the plain ones."""
    words = _POSTGRESQL if dialect == "postgresql" else _SQLITE
    return text(_SQL.substitute(words).replace(':"', '\\:"'))


def cut(connection: Connection, asked: TextClause, first: int, last: int) -> tuple[bytes, bool]:
    """The lines of the plain readings among these events, and whether they are all that become points.

    b"" when something that was cut does not look like a line.
    """
    values = {"first": first, "last": last, "ms_max": _MS_MAX}
    total, joined = connection.execute(asked, values).one()
    if not joined:
        return b"", not total
    lines = (joined if isinstance(joined, bytes) else joined.encode()).translate(_AS_FIELDS, b'"')
    points = lines.count(b"\n") + 1
    if lines.count(b" ") != 2 * points or b"{" in lines:  # a body without an end of its channels
        return b"", False
    if b"lid_open" in lines:
        lines = lines.replace(b"lid_open=true", b"lid_open=1.0").replace(b"lid_open=false", b"lid_open=0.0")
    return lines, points == total


def _sqlite(prefix: str) -> str:
    return " AND ".join(f"X'{bound.hex()}'" for bound in _bounds(prefix))


_SQLITE = {
    "opened": "CAST(group_concat",
    "closed": "char(10)) AS BLOB)",
    "place": _sqlite(_PLACE),
    "bare": _sqlite(_BARE),
    "head": _sqlite(_HEAD),
    # Without an end it is what stands before the channels, with a brace in it.
    "from_place": f"substr(e.body, 20, instr(e.body, X'{_END.encode().hex()}') - 20)",
    "from_channels": f"substr(e.body, 21, instr(e.body, X'{_END.encode().hex()}') - 21)",
}


def _postgresql(prefix: str) -> str:
    return " AND ".join(f"'\\x{bound.hex()}'::bytea" for bound in _bounds(prefix))


def _latin(start: int) -> str:
    """What is cut is ASCII; read as Latin-1 nothing fails here that would be no name of ours. Without an end
    it is all of the body, and a brace.
    """
    return f"split_part(convert_from(substr(e.body, {start}), 'LATIN1') || '{{', '{_END}', 1)"


_POSTGRESQL = {
    "opened": "string_agg",
    "closed": "chr(10))",
    "place": _postgresql(_PLACE),
    "bare": _postgresql(_BARE),
    "head": _postgresql(_HEAD),
    "from_place": _latin(20),
    "from_channels": _latin(21),
}
