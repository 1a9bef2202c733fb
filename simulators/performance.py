"""One happening after the other, told to the devices at its time and written down as the truth."""

from collections.abc import Callable, Mapping

from edge.runtime import DeviceRuntime
from linli.events import Event
from linli.waste import Profile
from simulators import truth as truths
from simulators.fleet import Fleet
from simulators.happenings import Broke, Happening, Looked, Measured, Thrown
from simulators.journal import Journal
from simulators.truth import Deposited, Read, Truth

LAG_MS = 500
"""What cannot be caught up with: the simulated day is then late by the rest, instead of rushing after it."""

Settled = Callable[[DeviceRuntime, list[Event]], None]
"""Told of every happening's events once they are recorded."""


class Pace:
    """Simulated time beside real time: `speed` simulated seconds in one, by a steady clock in ms."""

    def __init__(self, speed: float, steady: Callable[[], int]) -> None:
        self._speed = speed
        self._steady = steady
        self._began: float = steady()

    def wait_ms(self, at_s: float) -> float:
        """How long until `at_s`; 0 when it is due. Falling behind more than LAG_MS moves the rest of the
        day.
        """
        wait = self._began + at_s * 1000 / self._speed - self._steady()
        if wait < -LAG_MS:
            self._began += -LAG_MS - wait
        return max(0.0, wait)


class Stagehand:
    """Makes happenings happen. `recorded` is told of each one's events."""

    def __init__(self, fleet: Fleet, profile: Profile, truth: Truth, journal: Journal) -> None:
        self.recorded: list[Settled] = []
        self._fleet = fleet
        self._profile = profile
        self._truth = truth
        self._journal = journal

    def perform(self, happening: Happening, picture: bytes, now_ms: int) -> None:
        """Stamp it with the real time `now_ms`, whatever the simulated one. Raises OutboxError."""
        match happening:
            case Thrown():
                self._throw(happening, picture, now_ms)
            case Measured():
                self._measure(happening.device, happening.values, now_ms)
            case Looked():
                camera = self._fleet.camera
                self._keep(camera, None, camera.see(picture, now_ms))
            case Broke():
                device = self._fleet.devices[happening.device]
                fault = device.fault(
                    happening.code,
                    now_ms,
                    active=happening.active,
                    compartment=happening.compartment,
                    detail=happening.detail,
                )
                self._keep(device, None, [] if fault is None else [fault])

    def _throw(self, thrown: Thrown, picture: bytes, now_ms: int) -> None:
        bin_ = self._fleet.bins[thrown.device]
        intent = truths.deposited(self._profile, bin_.outbox.epoch, bin_.outbox.given + 1, thrown)
        self._journal.write(intent)
        done = bin_.deposit(
            picture,
            thrown.compartment,
            now_ms,
            weight_kg=thrown.weight_kg,
            household=thrown.household,
        )
        self._keep(bin_, intent, [done.event])

    def _measure(self, name: str, values: Mapping[str | None, Mapping[str, float]], now_ms: int) -> None:
        bin_ = self._fleet.bins[name]
        intent = truths.read(name, bin_.outbox.epoch, bin_.outbox.given + 1, values)
        self._journal.write(intent)
        self._keep(bin_, intent, bin_.readings(values, now_ms))

    def _keep(self, device: DeviceRuntime, intent: Deposited | Read | None, events: list[Event]) -> None:
        if not events:
            return
        entry = truths.kept(device.identity.device, device.outbox.epoch, events)
        self._journal.write(entry)
        self._truth.add(entry, intent)
        for tell in self.recorded:
            tell(device, events)
