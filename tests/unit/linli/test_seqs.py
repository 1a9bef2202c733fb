from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from linli.seqs import SeqSet

spans = st.lists(
    st.tuples(st.integers(1, 40), st.integers(0, 8)).map(lambda p: (p[0], p[0] + p[1])), max_size=20
)


@given(spans)
def test_it_is_a_set_of_numbers(added: list[tuple[int, int]]) -> None:
    model: set[int] = set()
    seqs = SeqSet()
    for start, end in added:
        new = set(range(start, end + 1)) - model
        assert seqs.add(start, end) == len(new)
        model |= new
    assert {n for start, end in seqs for n in range(start, end + 1)} == model
    assert all(n in seqs for n in model)
    assert seqs.count == len(model)
    assert seqs.through == next(n for n in range(60) if n + 1 not in model)
    assert {n for a, b in seqs.missing() for n in range(a, b + 1)} == set(
        range(1, max(model, default=0))
    ) - model
    assert all(seqs.meets(n, n + 3) == bool(model & {*range(n, n + 4)}) for n in range(1, 60))
    ranges = seqs.ranges()
    assert all(b[0] > a[1] + 1 for a, b in pairwise(ranges))
    assert SeqSet(ranges) == seqs


def test_a_copy_is_its_own() -> None:
    seqs = SeqSet([(1, 3)])
    other = seqs.copy()
    other.add(4)
    assert 4 not in seqs
    assert other.beyond() == []
    assert SeqSet([(5, 6)]).beyond() == [(5, 6)]


def test_an_empty_span_adds_nothing() -> None:
    seqs = SeqSet()
    assert seqs.add(5, 4) == 0
    assert seqs.ranges() == []


def test_numbers_that_nobody_could_count_take_no_room() -> None:
    """A device may give up all there are, or number its events by a clock."""
    seqs = SeqSet([(1, 5), (1_764_032_400_000, 2**53 - 1)])
    assert seqs.ranges() == [(1, 5), (1_764_032_400_000, 2**53 - 1)]
    assert seqs.beyond() == seqs.ranges()[1:]
    assert seqs == seqs.copy()
    assert (seqs.count, seqs.lacking) == (2**53 - 1 - seqs.lacking, 1_764_032_399_994)
