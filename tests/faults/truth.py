"""The truth: what a store is judged by."""

from msgspec import Struct

from tests.faults.happenings import Happening


class Truth(Struct, frozen=True):
    """What happened in a run. `dropped`: how many events each bin gave up; `lost_clocks`: whose clock nobody
    knows.
    """

    zone: str
    journals: dict[str, list[Happening]]
    dropped: dict[str, int]
    wrong_clocks: frozenset[str] = frozenset()
    drifting: frozenset[str] = frozenset()
    lost_clocks: dict[str, frozenset[int]] = {}
    made_by_makers: int = 0
    noise: int = 0
    noise_may_be_lost: bool = False
