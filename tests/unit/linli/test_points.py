from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import UNSET

from linli.events import CHANNELS, Deposit, Telemetry, encode
from linli.points import alert_line, deposit_line, point_time, telemetry_line
from linli.waste import Kind, Outcome

TEXT = "0" * 32


def test_a_reading() -> None:
    event = Telemetry(seq=1_000_007, compartment="k", fill_pct=40.0, lid_open=False)
    line = telemetry_line("garden", "b1", "bin-1", 5, event.seq, encode(event))
    assert line == (
        "telemetry,building=b1,community=garden,compartment=k,device=bin-1 fill_pct=40.0,lid_open=0.0 5000007"
    )


def test_every_channel_is_a_float_for_ever() -> None:
    raw = (
        b'{"kind":"telemetry","seq":1,'
        + b",".join(
            b'"%b":%b' % (name.encode(), b"true" if name == "lid_open" else b"7") for name in CHANNELS
        )
        + b"}"
    )
    fields = telemetry_line("garden", "b1", "bin-1", 5, 1, raw).split(" ")[1]
    assert fields == ",".join(f"{name}={1.0 if name == 'lid_open' else 7.0}" for name in CHANNELS)


channels = {
    name: st.none() | (st.booleans() if name == "lid_open" else st.floats(0, 50)) for name in CHANNELS
}
extras = st.dictionaries(st.sampled_from(["a", "compartment", 'x","seq":1', "lid_open"]), st.text(max_size=5))


@given(
    st.none() | st.sampled_from(["k1", "A-b_9"]),
    st.fixed_dictionaries(channels),
    extras,
    st.integers(1, 2**53 - 1),
)
def test_what_stands_in_the_text_of_an_event_is_what_its_values_say(
    compartment: str | None, values: dict[str, Any], ext: dict[str, str], seq: int
) -> None:
    if compartment is not None:
        values |= {"battery_pct": None, "signal_dbm": None}
    assume(any(value is not None for value in values.values()))
    event = Telemetry(seq=seq, ts=5, age_ms=seq % 7, compartment=compartment, ext=ext or UNSET, **values)
    raw = encode(event)
    wire = msgspec.json.encode({"seq": seq, "ext": ext, **msgspec.json.decode(raw)})
    for body in (raw, wire):
        place, fields, at_ns = telemetry_line("garden", "b1", "bin-1", 5, seq, body).split(" ")
        assert place == "telemetry,building=b1,community=garden," + (
            f"compartment={compartment},device=bin-1" if compartment else "device=bin-1"
        )
        said = [field.partition("=") for field in fields.split(",")]
        assert {name: float(number) for name, _, number in said} == event.values()
        assert all("." in number or "e" in number for _, _, number in said), "a float for ever"
        assert int(at_ns) == point_time(5, seq)


def test_two_events_of_one_millisecond_do_not_overwrite_each_other() -> None:
    assert point_time(5, 1) != point_time(5, 2)


def test_an_unsure_deposit_is_neither_right_nor_wrong() -> None:
    event = Deposit(seq=1, compartment="k", unsure="bag", household=TEXT)
    line = deposit_line("garden", "", "bin-1", 5, 1, encode(event), Outcome.UNSURE)
    assert line == (
        "deposit,community=garden,compartment=k,device=bin-1,kind=unsure "
        f'verdict="unsure",household="{TEXT}" 5000001'
    )


def test_a_judged_deposit() -> None:
    event = Deposit(seq=1, compartment="k", item="battery", item_kind=Kind.HAZARDOUS, confidence=0.9)
    line = deposit_line("garden", "b1", "bin-1", 5, 1, encode(event), "missorted")
    assert line == (
        "deposit,building=b1,community=garden,compartment=k,device=bin-1,kind=hazardous "
        'verdict="missorted",correct=0.0,item="battery",confidence=0.9 5000001'
    )


def test_a_change_of_an_alert() -> None:
    line = alert_line("garden", "b1", "bin-1", "heat", "firing", "critical", at_ms=7, number=3)
    assert line == (
        'alert,building=b1,community=garden,device=bin-1,kind=heat state="firing",severity="critical" 7000003'
    )


@pytest.mark.parametrize("body", [b"{", b"{}", b'{"fill_pct":"full"}', b'{"compartment":"k"}', b"\xff"])
def test_a_body_that_is_no_reading_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        telemetry_line("garden", "b1", "bin-1", 5, 1, body)


def test_a_time_that_no_store_could_hold_is_an_error() -> None:
    for placed_ms in (-1, 9_300_000_000_000):
        with pytest.raises(ValueError, match="outside 1970 to 2262"):
            telemetry_line("garden", "b1", "bin-1", placed_ms, 1, b'{"fill_pct":1}')
