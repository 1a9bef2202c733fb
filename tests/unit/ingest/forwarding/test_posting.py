"""What will never be a point is told once, also when it is told together."""

from ingest.forwarding.delivery import Rejected
from ingest.forwarding.posting import Told


def together(points: int, *among: int) -> Rejected:
    return Rejected(among[0], "too old", points, list(among))


def test_points_that_are_told_together_are_counted_once_each() -> None:
    told = Told()
    for rejected, new in (
        (together(3, 1, 2, 3), 3),
        (together(3, 1, 2, 3), 0),
        (together(4, 2, 3, 4, 5), 2),  # the next piece began elsewhere
        (together(1, 9), 1),
    ):
        assert told.new(rejected) == new
        told.note(rejected)


def test_of_so_many_among_more_none_is_counted_again() -> None:
    told = Told()
    first = together(2, *range(1, 101))
    assert told.new(first) == 2
    told.note(first)
    assert told.new(together(2, *range(1, 101))) == 0
    assert told.new(together(5, *range(99, 201))) == 5


def test_what_was_told_is_told_again_when_it_comes_anew() -> None:
    told = Told()
    told.note(together(1, 7))
    told.forget()
    assert told.new(together(1, 7)) == 1
