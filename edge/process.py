"""A bin's or a camera's process: the loop in which it senses, keeps and publishes."""

import logging
from collections import defaultdict
from collections.abc import Callable

from edge.bin import BinRuntime
from edge.camera import CameraRuntime
from edge.cameras import Camera, Shot
from edge.cards import CardReader
from edge.errors import OutboxError, SensorFault
from edge.loop import EdgeLoop
from edge.sensors import Sensor
from edge.settings import EdgeSettings
from linli.clock import Clock
from linli.errors import InvalidSetting
from linli.events import Event

log = logging.getLogger(__name__)

TURN_S = 0.05
FAREWELL_S = 5.0
"""How long receipts are waited for at the end. What has none stays in the outbox for the next start."""
PAUSE_MS = 10_000
"""How long a photo waits that the disk refused to keep, and how often the log says that it refuses."""


class DeviceProcess:
    """One device with its drivers."""

    def __init__(
        self,
        runtime: BinRuntime | CameraRuntime,
        loop: EdgeLoop,
        clock: Clock,
        camera: Camera,
        sensor: Sensor | None,
        reader: CardReader | None,
        settings: EdgeSettings,
        compartment: str | None,
    ) -> None:
        self.runtime = runtime
        self._loop = loop
        self._clock = clock
        self._camera = camera
        self._sensor = sensor
        self._reader = reader
        self._settings = settings
        self._compartment = compartment
        self._look_at = self._read_at = clock.steady()
        self._astray: defaultdict[str, set[str]] = defaultdict(set)
        self._refused: dict[str, int] = {}
        self._complains_at = 0

    def run(self, stopping: Callable[[], bool]) -> None:
        """Work until `stopping()`, then wait a moment for receipts and leave."""
        while not stopping():
            self._loop.turn(TURN_S)
            self._sense()
        self.runtime.flush()
        publisher = self.runtime.publisher
        self._loop.run_until(lambda: self.runtime.drained or not publisher.online, FAREWELL_S)
        if not self.runtime.drained:
            outbox = self.runtime.outbox
            log.info("%d events and %d photos wait for the next start", outbox.held, outbox.photos_held)
        self.close()

    def close(self) -> None:
        """Leave the broker, close the outbox."""
        self.runtime.close(self._clock.wall())
        self._loop.close()

    def _sense(self) -> None:
        """Whatever the disk says to it: what cannot be kept stops no reading, and nobody's reminder."""
        now = self._clock.steady()
        if now >= self._read_at and self._sensor is not None:
            self._read_at = now + round(self._settings.reading_every_s * 1000)
            self._take_reading(self._sensor)
        if now >= self._look_at:
            self._look_at = now + self._settings.look_every_ms
            self._look(now)
        self._tell_outbox()

    def _take_reading(self, sensor: Sensor) -> None:
        try:
            readings = sensor.read()
        except SensorFault as fault:
            self._fault(fault.code, active=True, detail=fault.detail)
            return
        self._fault("level_sensor", active=False)
        known = self.runtime.identity.compartments
        strange = [repr(name) for name in readings if name is not None and name not in known]
        self._tell_astray("level_compartment", "levels of", strange)
        told = {name: readings[name] for name in readings if name in {None, *known}}
        try:
            self.runtime.readings(told, self._clock.wall())
        except OutboxError as error:
            self._complain(error)

    def _look(self, now: int) -> None:
        try:
            shots = self._camera.shots(now)
        except SensorFault as fault:
            self._fault(fault.code, active=True, detail=fault.detail)
            return
        self._fault("camera", active=False)
        self._tell_astray("photo_compartment", "photos", self._camera.astray())
        for shot in shots:
            if now >= self._refused.get(shot.source, now):
                self._take(shot, now)
            self._loop.turn(0)

    def _take(self, shot: Shot, now: int) -> None:
        try:
            if not self.runtime.outbox.took(shot.source):  # else a crash came between keeping and deleting
                self._tell(shot)
            self._refused.pop(shot.source, None)
            for source in self._camera.done(shot):
                self.runtime.outbox.forget_source(source)
        except OutboxError as error:  # the photo is still there
            self._refused[shot.source] = now + PAUSE_MS
            self._complain(error)

    def _tell_outbox(self) -> None:
        """A full outbox is a fault like another: it gives things up, and somebody should know."""
        box = self.runtime.outbox
        detail = f"full: {box.dropped} events and {box.photos_dropped} photos given up so far"
        self._fault("outbox", active=box.full, detail=detail if box.full else "")

    def _fault(self, code: str, *, active: bool, detail: str = "") -> Event | None:
        try:
            return self.runtime.fault(code, self._clock.wall(), active=active, detail=detail)
        except OutboxError as error:
            self._complain(error)
            return None

    def _complain(self, error: OutboxError) -> None:
        now = self._clock.steady()
        if now >= self._complains_at:
            self._complains_at = now + PAUSE_MS
            log.error("%s", error)

    def _tell(self, shot: Shot) -> None:
        wall = self._clock.wall()
        if isinstance(self.runtime, CameraRuntime):
            self.runtime.see(shot.photo, wall, source=shot.source)
            return
        compartment = shot.compartment or self._compartment
        if compartment is None:  # of such a camera none is asked for: see open_device
            raise InvalidSetting("LINLI_PHOTO_COMPARTMENT is needed: a photo names no compartment")
        self.runtime.deposit(shot.photo, compartment, wall, household=self._household(), source=shot.source)

    def _tell_astray(self, code: str, what: str, astray: list[str]) -> None:
        """A compartment's name was mistyped, or left out: a fault while it is so, and a line for each."""
        there_are = ", ".join(self.runtime.identity.compartments) or "none"
        detail = f"{what} {', '.join(astray)}: no compartment; there are {there_are}" if astray else ""
        told = self._fault(code, active=bool(astray), detail=detail)
        if told is None and set(astray) - self._astray[code]:
            log.warning("%s: %s", self.runtime.identity, detail)
        self._astray[code] = set(astray)

    def _household(self) -> str | None:
        if self._reader is None:
            return None
        try:
            household = self._reader.household()
        except SensorFault as fault:
            self._fault(fault.code, active=True, detail=fault.detail)
            return None
        self._fault("card_reader", active=False)
        return household
