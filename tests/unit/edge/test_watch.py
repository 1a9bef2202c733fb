from dataclasses import replace

import pytest

from edge.seeing import Seen
from edge.watch import CONFIRMATIONS, LIT_LUMA, REPEAT_MS, CollectionPointWatch
from linli.waste import Kind
from models.classifier import ARTIFACTS
from models.decision import Decision
from models.lens import View

DAY, NIGHT, DUSK = (View(brightest, 0.9 * brightest, 0.5) for brightest in (230.0, 12.0, 31.0))


def sight(reason=None, item="plastic", view=DAY):
    if reason is not None:
        return Seen(None, None, None, reason, None, "ab" * 32, view)
    return Seen(item, Kind.RECYCLABLE, 0.9, None, {Kind.RECYCLABLE: 0.9}, "ab" * 32, view)


def watch_sees(watch, *views, reason="no_item", at=0):
    return [said for view in views for said in watch.look(sight(reason, view=view), at)]


@pytest.fixture
def watch():
    started = CollectionPointWatch()
    watch_sees(started, *[DAY] * CONFIRMATIONS)
    return started


def test_a_start_says_how_it_is():
    assert watch_sees(CollectionPointWatch(), *[DAY] * 5) == ["clear", "lens_clear"]


def test_it_speaks_on_changes_only(watch):
    assert watch_sees(watch, *[DAY] * 20) == []
    assert watch.look(sight(), 0) == ["item"]
    assert watch.look(sight(), 0) == []
    assert watch.look(sight(item="glass"), 0) == ["item"]
    assert watch.look(sight("bag"), 0) == ["bag_on_ground"]
    assert watch.look(sight("blurred"), 0) == []
    assert watch.look(sight("no_item"), 0) == ["clear"]


def test_what_stays_is_said_again_after_half_an_hour(watch):
    assert watch_sees(watch, DAY, at=REPEAT_MS - 1) == []
    assert watch_sees(watch, DAY, DAY, at=REPEAT_MS) == ["clear"]


def test_a_passer_by_does_not_cover_the_lens(watch):
    for _ in range(10):
        assert watch_sees(watch, *[DAY] * (CONFIRMATIONS - 1), reason="covered") == []
        assert watch_sees(watch, DAY) == []


@pytest.mark.parametrize(
    ("view", "reason", "said"), [(DAY, "covered", "lens_covered"), (NIGHT, "too_dark", "lens_dark")]
)
def test_a_lens_that_stays_blind_is_told_once_and_so_is_its_end(watch, view, reason, said):
    assert watch_sees(watch, *[view] * 30, reason=reason) == [said]
    assert watch_sees(watch, view, view, reason=reason, at=REPEAT_MS) == [said]
    assert watch_sees(watch, *[DAY] * 30, at=REPEAT_MS) == ["lens_clear", "clear"]


def test_a_smear_half_wiped_off_is_still_one(watch):
    watch_sees(watch, *[DAY] * 3, reason="covered")
    assert watch_sees(watch, *[DAY] * 9, reason="blurred") == []
    assert watch_sees(watch, *[DAY] * 3) == ["lens_clear", "clear"]


def test_out_of_focus_alone_is_no_cover(watch):
    assert watch_sees(watch, *[DAY] * 9, reason="blurred") == []


def test_what_covered_the_lens_in_the_evening_is_there_in_the_morning(watch):
    watch_sees(watch, *[DAY] * 3, reason="covered")
    assert watch_sees(watch, *[NIGHT] * 9, reason="too_dark") == ["lens_dark"]
    assert watch_sees(watch, *[DAY] * 9, reason="blurred") == ["lens_covered"]
    assert watch_sees(watch, *[DAY] * 9) == ["lens_clear", "clear"]


def test_a_cover_is_told_though_every_other_photo_tells_nothing(watch):
    said = [watch_sees(watch, DAY, reason=reason) for reason in ("covered", "blurred") * CONFIRMATIONS]
    assert [what for each in said for what in each] == ["lens_covered"]


def test_a_start_in_the_dark_is_not_clear_for_a_blur():
    watch = CollectionPointWatch()
    assert watch_sees(watch, *[NIGHT] * 3, reason="too_dark") == ["lens_dark"]
    assert watch_sees(watch, *[DAY] * 9, reason="blurred") == []
    assert watch_sees(watch, *[DAY] * 3) == ["clear", "lens_clear"]


def test_who_is_out_of_focus_by_day_is_not_called_dark_for_ever():
    watch = CollectionPointWatch()
    watch_sees(watch, *[NIGHT] * 3, reason="too_dark")
    by_day = [watch_sees(watch, DAY, reason="blurred", at=minute * REPEAT_MS) for minute in range(1, 40)]
    assert [said for each in by_day[CONFIRMATIONS - 1 :] for said in each] == []
    assert watch_sees(watch, *[DAY] * 3, at=40 * REPEAT_MS) == ["clear", "lens_clear"]


def test_three_photos_that_contradict_each_other_tell_nothing():
    watch = CollectionPointWatch()
    seen = [said for reason in ("covered", "no_item") * 9 for said in watch_sees(watch, DAY, reason=reason)]
    assert seen == ["clear"]


def test_a_dim_place_where_items_are_named_is_not_dark_for_ever(watch):
    assert watch_sees(watch, *[NIGHT] * 3, reason="too_dark") == ["lens_dark"]
    dim = [said for _ in range(9) for said in watch.look(sight(view=DUSK), 0)]
    assert dim == ["lens_clear", "item"]


def test_an_item_that_is_doubted_now_and_then_is_said_once(watch):
    said = []
    for _ in range(50):
        for one in (sight(), sight("unfamiliar"), replace(sight(item="glass"), unsure="low_confidence")):
            said += watch.look(one, 0)
    assert said == ["item"]
    assert watch.look(sight(item="glass"), 0) == ["item"]


def test_at_the_edge_of_night_it_does_not_flutter(watch):
    dark = Decision.read(ARTIFACTS / "decision.json").dark_below
    assert NIGHT.brightest < dark <= DUSK.brightest < LIT_LUMA < DAY.brightest

    def dusk(*views):
        return [said for view in views for said in watch_sees(watch, view, reason=reasons[view])]

    reasons = {NIGHT: "too_dark", DUSK: "no_item", DAY: "no_item"}
    said = dusk(*[NIGHT, DUSK] * 20, *[NIGHT] * 5, *[NIGHT, DUSK] * 20, *[DUSK] * 10)
    assert said == ["lens_dark"]
    assert dusk(*[DAY] * 5) == ["lens_clear", "clear"]


def test_of_what_cannot_be_read_nothing_is_said():
    assert [CollectionPointWatch().look(sight("unreadable", view=None), 0) for _ in range(5)] == [[]] * 5
