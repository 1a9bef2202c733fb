import io

import numpy as np
import pytest
from PIL import Image

from edge.seeing import Seen
from edge.watch import CONFIRMATIONS, REPEAT_MS, CollectionPointWatch, measure
from linli.waste import Kind


def jpeg(mean, spread, seed=1):
    noise = np.random.default_rng(seed).normal(mean, spread, (120, 160, 1)).clip(0, 255)
    blocks = np.kron(noise[::8, ::8], np.ones((8, 8, 1)))
    out = io.BytesIO()
    Image.fromarray(blocks.repeat(3, 2).astype(np.uint8)).save(out, "JPEG", quality=90)
    return out.getvalue()


CLEAR_VIEW, NIGHT, DUSK, COVERED = jpeg(120, 50), jpeg(6, 3), jpeg(22, 4), jpeg(110, 1)


def sight(reason=None, item="plastic"):
    if reason is not None:
        return Seen(None, None, None, reason, None, "ab" * 32)
    return Seen(item, Kind.RECYCLABLE, 0.9, None, {Kind.RECYCLABLE: 0.9}, "ab" * 32)


def watch_sees(watch, *photos, reason="no_item", at=0):
    return [said for photo in photos for said in watch.look(photo, sight(reason), at)]


@pytest.fixture
def watch():
    started = CollectionPointWatch()
    watch_sees(started, *[CLEAR_VIEW] * CONFIRMATIONS)
    return started


def test_measure_tells_night_and_a_hand_from_a_view():
    assert measure(NIGHT).brightest < 24 < measure(CLEAR_VIEW).brightest
    assert measure(COVERED).spread < 5 < measure(CLEAR_VIEW).spread


def test_a_start_says_how_it_is():
    assert watch_sees(CollectionPointWatch(), *[CLEAR_VIEW] * 5) == ["clear", "lens_clear"]


def test_it_speaks_on_changes_only(watch):
    assert watch_sees(watch, *[CLEAR_VIEW] * 20) == []
    assert watch.look(CLEAR_VIEW, sight(), 0) == ["item"]
    assert watch.look(CLEAR_VIEW, sight(), 0) == []
    assert watch.look(CLEAR_VIEW, sight(item="glass"), 0) == ["item"]
    assert watch.look(CLEAR_VIEW, sight("bag"), 0) == ["bag_on_ground"]
    assert watch.look(CLEAR_VIEW, sight("blurred"), 0) == []
    assert watch.look(CLEAR_VIEW, sight("no_item"), 0) == ["clear"]


def test_what_stays_is_said_again_after_half_an_hour(watch):
    assert watch_sees(watch, CLEAR_VIEW, at=REPEAT_MS - 1) == []
    assert watch_sees(watch, CLEAR_VIEW, CLEAR_VIEW, at=REPEAT_MS) == ["clear"]


def test_a_passer_by_does_not_cover_the_lens(watch):
    for _ in range(10):
        assert watch_sees(watch, *[COVERED] * (CONFIRMATIONS - 1), reason="covered") == []
        assert watch_sees(watch, CLEAR_VIEW) == []


@pytest.mark.parametrize(
    ("photo", "reason", "said"), [(COVERED, "covered", "lens_covered"), (NIGHT, "too_dark", "lens_dark")]
)
def test_a_lens_that_stays_blind_is_told_once_and_so_is_its_end(watch, photo, reason, said):
    assert watch_sees(watch, *[photo] * 30, reason=reason) == [said]
    assert watch_sees(watch, photo, photo, reason=reason, at=REPEAT_MS) == [said]
    assert watch_sees(watch, *[CLEAR_VIEW] * 30, at=REPEAT_MS) == ["lens_clear", "clear"]


def test_at_the_edge_of_night_it_does_not_flutter(watch):
    dim = jpeg(17, 2)
    assert 20 < measure(dim).brightest < 24 < measure(DUSK).brightest < 36
    said = watch_sees(watch, *[dim, DUSK] * 20, *[dim] * 5, *[dim, DUSK] * 20, *[DUSK] * 10)
    assert said.count("lens_dark") == 1
    assert "lens_clear" not in said
