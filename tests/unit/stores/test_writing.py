"""Bad lines cost themselves alone, whatever the server says of them and wherever they are."""

from hypothesis import given
from hypothesis import strategies as st

from stores.influxdb.writing import LinesRefused, judge, write

POINTS = [f"m f={float(n)} {n}" for n in range(64)]


class Picky:
    """Refuses lines as a generation does: with the whole request (2.x) or alone, by name or not."""

    def __init__(self, bad: set[int], *, whole: bool, names: bool) -> None:
        self.bad = {f"m f={float(n)} {n}".encode() for n in bad}
        self.whole, self.names = whole, names
        self.kept: set[bytes] = set()
        self.requests = 0

    def post(self, lines: bytes) -> None:
        self.requests += 1
        sent = lines.split(b"\n")
        refused = [line for line in sent if line in self.bad]
        if not (refused and self.whole):
            self.kept |= set(sent) - set(refused)
        if refused and self.names:
            raise LinesRefused("\n".join(f"unable to parse '{line.decode()}': bad" for line in refused))
        if refused:
            raise LinesRefused(f"partial write: field type conflict: … dropped={len(refused)}")


@given(bad=st.sets(st.integers(0, 63)), whole=st.booleans(), names=st.booleans())
def test_the_bad_are_named_and_the_good_are_kept(bad: set[int], whole: bool, names: bool) -> None:
    server = Picky(bad, whole=whole, names=names)
    rejected = write(server.post, POINTS)
    assert [point.index for point in rejected] == sorted(bad)
    assert len(server.kept) == 64 - len(bad)
    assert server.requests <= 1 + 2 * 6 * max(1, len(bad))


@given(bad=st.sets(st.integers(0, 63), min_size=1))
def test_named_lines_cost_one_more_request(bad: set[int]) -> None:
    server = Picky(bad, whole=True, names=True)
    rejected = write(server.post, POINTS)
    assert server.requests == (2 if len(bad) < 64 else 1)
    assert {point.detail.count("unable to parse") for point in rejected} == {1}


def test_answers_that_are_not_about_lines_pass_by() -> None:
    for status, said in [(500, "unable to parse"), (404, "not found"), (204, ""), (400, "invalid precision")]:
        judge(status, said)
