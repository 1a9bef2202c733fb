"""What every row is told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`events` a run, `repeat` runs of each case, `seconds` for what runs by time; `devices` that speak."""

    events: int
    repeat: int
    seconds: int
    devices: int
    history: int
    node_red: bool
