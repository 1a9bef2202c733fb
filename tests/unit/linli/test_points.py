import pytest

from linli.events import CHANNELS, Deposit, Telemetry, encode
from linli.points import alert_line, deposit_line, point_time, telemetry_line
from linli.waste import Kind, Outcome

TEXT = "0" * 32


def test_a_reading() -> None:
    event = Telemetry(seq=1_000_007, compartment="k", fill_pct=40, lid_open=False)
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
