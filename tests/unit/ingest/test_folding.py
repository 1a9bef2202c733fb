from linli.alerts.state import AlertKind
from linli.ports.operational import AlertQuery, DepositQuery
from tests.unit.ingest.house import NOW, deposit, fill


def test_what_was_over_before_it_was_told_of_is_an_alert_of_the_past(house):
    house.send(fill(20, seq=9, temperature_c=20))
    for seq in (7, 5):  # two of one story, in whatever order
        house.send(fill(20, seq=seq, ts=NOW - 3_600_000 + seq, temperature_c=75))
    assert house.alerts() == [("heat", "fired", "late_over_limit"), ("heat", "resolved", "cleared")]
    changes = [change for change, _ in house.store.alert_changes_after(0, 9)]
    assert [(each.at_ms, each.pages) for each in changes] == [(NOW - 3_599_993, False), (NOW, True)]


def test_a_lens_that_was_covered_meanwhile_is_an_alert_of_the_past(house):
    for seq, what, ago in ((5, "lens_clear", 0), (3, "lens_covered", 3_600_000), (2, "lens_dark", 3_700_000)):
        house.send({"kind": "observation", "what": what, "seq": seq, "ts": NOW - ago}, device="garden/cam-1")
    assert house.alerts() == [("lens_covered", "fired", "seen"), ("lens_covered", "resolved", "gone")]


def test_a_grave_missort_that_comes_late_is_an_alert_and_pages_nobody(house):
    house.send(deposit("food_waste", "kitchen", seq=5))
    house.send(deposit("battery", "hazardous", seq=3, ts=NOW - 3_600_000))
    assert house.alerts() == [("missort", "fired", "grave_missort")]
    [change] = [change for change, _ in house.store.alert_changes_after(0, 9)]
    assert not change.pages


def test_a_fire_in_the_millisecond_of_a_calm_reading_burns_on(house):
    house.send(fill(20, seq=1, ts=NOW, temperature_c=20), fill(20, seq=2, ts=NOW, temperature_c=75))
    assert house.alerts() == [("heat", "fired", "over_limit")]


def test_a_lens_that_is_covered_in_the_millisecond_of_a_clear_one_is_covered(house):
    for seq, what in ((1, "lens_clear"), (3, "lens_covered"), (2, "lens_clear")):
        house.send({"kind": "observation", "what": what, "seq": seq, "ts": NOW}, device="garden/cam-1")
    assert house.alerts() == [("lens_covered", "fired", "seen")]


def test_in_one_millisecond_the_numbers_tell_which_is_older(house):
    for seq, c in ((2, 20), (1, 75)):
        house.send(fill(20, seq=seq, ts=NOW, temperature_c=c))
    assert house.alerts() == [("heat", "fired", "late_over_limit"), ("heat", "resolved", "cleared")]


def test_the_newest_value_stands_though_an_older_one_comes_later(house):
    house.send(fill(40, seq=2, ts=NOW))
    house.send(fill(30, seq=1, ts=NOW - 60_000))
    (row,) = house.store.current()
    assert (row.value, row.seq) == (40.0, 2)


def test_overflow_fires_at_the_second_reading_and_resolves(house):
    house.send(fill(95))
    assert house.alerts() == []
    house.send(fill(96, seq=2))
    house.send(fill(40, seq=3))
    assert house.alerts() == [("overflow", "fired", "over_limit"), ("overflow", "resolved", "cleared")]
    (alert,) = house.store.alerts(AlertQuery())
    assert (alert.state, alert.building, alert.compartment, alert.value) == (
        "resolved",
        "b1",
        "kitchen",
        96.0,
    )
    assert alert.reason == "over_limit"
    assert alert.resolved_ms == NOW


def test_an_alert_that_fires_and_resolves_in_one_group_is_whole(house):
    house.send(fill(95), fill(96), fill(10))
    (alert,) = house.store.alerts(AlertQuery())
    assert (alert.state, alert.reason) == ("resolved", "over_limit")


def test_the_same_history_gives_the_same_alert_ids(house, tmp_path_factory):
    from tests.unit.ingest.house import House

    other = House(tmp_path_factory.mktemp("other"))
    for each in (house, other):
        each.send(fill(95), fill(96))
    other.now += 5_000
    ids = [[alert.id for alert in each.store.alerts(AlertQuery())] for each in (house, other)]
    other.store.close()
    assert ids[0] == ids[1]
    assert len(ids[0][0]) == 16


def test_an_old_alert_is_kept_and_pages_no_one(house):
    old = NOW - 3_600_000
    house.send(fill(95, ts=old), fill(96, ts=old + 1))
    (alert,) = house.store.alerts(AlertQuery())
    assert not alert.pages
    ((change, _),) = house.store.alert_changes_after(0, 10)
    assert not change.pages


def test_a_deposit_is_judged_and_counted_on_the_local_day(house):
    # 16:30 UTC is half past midnight in Shanghai
    at = NOW - NOW % 86_400_000 - 86_400_000 + 16 * 3_600_000 + 1_800_000
    house.send(
        deposit("food_waste", "kitchen", ts=at, weight_kg=0.5, household="9f86d081884c7d659a2feaa0c55ad015")
    )
    (count,) = house.store.counts("garden", ["day", "building", "kind"])
    assert (count.day, count.outcome, count.deposits, count.weight_kg) == ("2025-11-25", "correct", 1, 0.5)
    (stored,) = house.store.deposits(DepositQuery())
    assert stored.deposit.profile.startswith("shanghai/")


def test_an_unknown_compartment_is_unsure_and_not_lost(house):
    house.send(deposit("battery", "hazardous", compartment="other"))
    (stored,) = house.store.deposits(DepositQuery())
    assert (stored.deposit.outcome, stored.deposit.reason) == ("unsure", "unknown_compartment")


def test_a_grave_missort_fires_with_its_photo(house):
    house.send(deposit("battery", "hazardous", photo_sha256="ab" * 32))
    (alert,) = house.store.alerts(AlertQuery())
    assert (alert.kind, alert.reason, alert.photo_sha256) == ("missort", "grave_missort", "ab" * 32)


def test_a_covered_lens_fires_and_clears(house):
    see = {"kind": "observation"}
    house.send(
        see | {"what": "lens_dark"},
        see | {"what": "item"},
        see | {"what": "lens_clear"},
        device="garden/cam-1",
    )
    assert house.alerts() == [("lens_covered", "fired", "seen"), ("lens_covered", "resolved", "gone")]


def test_resolved_by_hand_it_stays_so_until_it_has_cleared(house):
    house.send(fill(95), fill(96))
    (alert,) = house.store.alerts(AlertQuery())
    house.store.resolve(alert.id, "li", NOW)
    house.send(fill(97, seq=3))
    assert house.memory.slot(("garden", "bin-1"), ("kitchen", AlertKind.OVERFLOW)).alert.held
    house.send(fill(20, seq=4), fill(95, seq=5), fill(96, seq=6))
    fired = [change for change in house.alerts() if change[1] == "fired"]
    assert len(fired) == 2
