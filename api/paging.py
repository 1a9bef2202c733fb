"""Pages of a long list: where one ended, and the address of the next."""

import re
from urllib.parse import urlencode

from fastapi import Request

from api.parameters import NAME, NUMBER_MAX
from linli.errors import InvalidQuery


def next_page(request: Request, **where: str) -> str:
    """Path and query of the page that follows this one, which goes on at `before=…` or `after=…`."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in where]
    return f"{request.url.path}?{urlencode([*kept, *where.items()], errors='replace')}"


def number_before(before: str) -> int | None:
    """Where a list by number goes on. Raises InvalidQuery."""
    return _number(before) if before else None


def pair_before(before: str) -> tuple[int, str] | None:
    """Where a list by (time, id) goes on. Raises InvalidQuery."""
    if not before:
        return None
    number, dot, name = before.partition(".")
    if not dot or not name.isascii() or not name.isprintable():
        raise InvalidQuery("before: it is none that linli gave")
    return _number(number), name


def names_after(after: str, parts: int) -> tuple[str, str, str]:
    """Where a list by names goes on: so many of them, the rest empty. Raises InvalidQuery."""
    if not after:
        return "", "", ""
    names = after.split(".")
    if len(names) != parts or not all(re.fullmatch(NAME, name) for name in names):
        raise InvalidQuery("after: it is none that linli gave")
    first, second, third = (*names, "")[:3]
    return first, second, third


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= NUMBER_MAX):
        raise InvalidQuery("before: it is none that linli gave")
    return int(text)
