"""What was told lately, as text: clients that keep up are answered from here."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from api import sse
from linli.ports.rows import LiveChange

PAGE = 500
REMEMBERED = 2_000
PAGES_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Gap:
    """What a client asked for is no longer kept (or never was): it must look at everything anew."""

    after: int
    resumes_after: int


@dataclass(frozen=True, slots=True)
class Page:
    """What follows a position: a gap or none, changes in order as text, and the position after them."""

    gap: Gap | None
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Told:
    """A change as it is told."""

    number: int
    community: str
    text: str


class Recent:
    """The newest changes, without a gap."""

    def __init__(self) -> None:
        self._changes: deque[Told] = deque(maxlen=REMEMBERED)
        self._floor = 0
        """Every change past this number, as far as `head`, is here."""
        self.head = -1
        """The largest number seen; -1 while nothing is known."""
        self._pages: dict[tuple[int, str], Page] = {}
        """What was made for one client, and is right for the others until more is added."""

    def forget(self) -> None:
        """Nothing is known any more."""
        self.head = -1

    def begin(self, head: int) -> None:
        """With what comes after this number."""
        self._changes.clear()
        self._pages.clear()
        self._floor = self.head = head

    def add(self, changes: Sequence[LiveChange]) -> None:
        """What follows `head`, in order."""
        room = REMEMBERED - len(self._changes)
        if len(changes) > room:
            self._floor = self._changes[len(changes) - room - 1].number
        self._changes.extend(Told(each.number, each.community, sse.change(each)) for each in changes)
        self.head = changes[-1].number
        self._pages.clear()

    def page(self, position: int, community: str) -> Page | None:
        """What follows `position`, of one community or of all (""); None where this does not reach."""
        if self.head < 0 or not self._floor <= position <= self.head:
            return None
        page = self._pages.get((position, community))
        if page is None:
            page = self._made(position, community)
            if len(self._pages) >= PAGES_REMEMBERED:
                self._pages.clear()
            self._pages[position, community] = page
        return page

    def _made(self, position: int, community: str) -> Page:
        past: list[Told] = []
        for told in reversed(self._changes):
            if told.number <= position:
                break
            past.append(told)
        past = past[::-1][:PAGE]
        text = "".join([told.text for told in past if community in ("", told.community)])
        return Page(None, text, past[-1].number if past else position)
