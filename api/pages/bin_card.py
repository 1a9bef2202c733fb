"""A bin as a page shows it: a gauge for each compartment."""

from dataclasses import dataclass

from api.pages.alert_card import number
from api.pages.visit import Visit
from api.views.bins import Bin, Compartment
from linli.alerts.rules import HEAT, OVERFLOW
from linli.waste import Kind

ORDER = {kind.value: index for index, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Gauge:
    """One compartment. `fill` is 0..100 or None; `colour` the kind's."""

    id: str
    kind: str
    name: str
    colour: str
    fill: float | None
    text: str
    full: bool


@dataclass(frozen=True, slots=True)
class BinCard:
    """One bin. `temperature` is that of its hottest part."""

    device: str
    name: str
    home: str
    building: str
    presence: str
    heard_ms: int
    gauges: tuple[Gauge, ...]
    battery: str
    battery_pct: float | None
    temperature: str
    hot: bool


def bin_card(v: Visit, one: Bin, presence: str) -> BinCard:
    """Join names, units and colours to a bin's values."""
    temperatures = [
        channels["temperature_c"]
        for channels in (one.channels, *(part.channels for part in one.compartments))
        if "temperature_c" in channels
    ]
    hottest = max(temperatures, default=None)
    battery = one.channels.get("battery_pct")
    parts = sorted(one.compartments, key=lambda part: (ORDER.get(part.kind, 9), part.id))
    return BinCard(
        one.device,
        one.name or one.device,
        v.home(one.building, one.name or one.device),
        v.building(one.building) or v.w("bins.unassigned"),
        presence,
        one.heard_ms,
        tuple(gauge(v, part) for part in parts),
        number(battery) if battery is not None else "",
        battery,
        number(hottest) if hottest is not None else "",
        hottest is not None and hottest >= HEAT.clear_at,
    )


def gauge(v: Visit, part: Compartment) -> Gauge:
    """A compartment's level in words and as a number."""
    fill = part.channels.get("fill_pct")
    name = v.kind(part.kind) if part.kind else part.id
    return Gauge(
        part.id,
        part.kind if part.kind in ORDER else "unknown",
        name,
        v.colour(part.kind),
        None if fill is None else min(100.0, max(0.0, fill)),
        v.w("site.dash") if fill is None else f"{fill:.0f}",
        fill is not None and fill >= OVERFLOW.fire_at,
    )
