"""What a page says of a device: what it said of itself, corrected by what has been found out."""

from api.pages.presence import presences
from linli.alerts.state import AlertKind, Severity
from linli.ports.alert_rows import AlertRow
from linli.ports.rows import DeviceRow


def missed(device: str, state: str = "firing", kind: AlertKind = AlertKind.OFFLINE) -> AlertRow:
    return AlertRow(
        "4be01c6f0a2d9e77",
        "garden",
        "b1",
        device,
        "",
        kind,
        Severity.WARNING,
        state,
        "said_offline",
        None,
        "",
        1,
    )


def test_what_a_device_says() -> None:
    rows = [
        DeviceRow("garden", state or "none", state=state) for state in ("online", "offline", "asleep", "")
    ]
    assert presences(rows, []) == {
        "online": "online",
        "offline": "offline",
        "asleep": "asleep",
        "none": "unknown",
    }


def test_a_device_that_is_missed_is_not_shown_online() -> None:
    rows = [DeviceRow("garden", "bin-1", state="online"), DeviceRow("garden", "bin-2", state="asleep")]
    assert presences(rows, [missed("bin-1"), missed("bin-2")]) == {"bin-1": "offline", "bin-2": "offline"}
    assert presences(rows, [missed("bin-1", "resolved")])["bin-1"] == "online"
    assert presences(rows, [missed("bin-1", kind=AlertKind.MUTE)])["bin-1"] == "online", "connected it is"


def test_behind_a_gateway_that_is_away_nobody_is_online() -> None:
    rows = [
        DeviceRow("garden", "bin-1", state="online", via="gate"),
        DeviceRow("garden", "bin-2", state="offline", via="gate"),
        DeviceRow("garden", "gate", state="online", type="gateway"),
    ]
    assert presences(rows, [])["bin-1"] == "online"
    assert presences(rows, [missed("gate")]) == {"bin-1": "cut_off", "bin-2": "offline", "gate": "offline"}
