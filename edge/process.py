"""A bin's or a camera's process: the one place where its parts are put together, and the loop they live
in.
"""

import logging
import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from edge.cameras import Camera, Shot, open_camera
from edge.cards import CardReader, open_card_reader
from edge.errors import OutboxError, SensorFault
from edge.identity import Identity
from edge.loop import EdgeLoop
from edge.outboxfile import open_outbox
from edge.publisher import Publisher
from edge.runtime import BinRuntime, CameraRuntime
from edge.sensors import Sensor, open_sensor
from edge.session import Broker
from edge.settings import EdgeSettings, compartments_of, photo_compartment_of
from edge.sinks import open_sinks
from linli import profiles
from linli.clock import Clock
from linli.errors import InvalidSetting
from linli.waste import Profile, parse_profile
from models.classifier import WasteClassifier

log = logging.getLogger(__name__)

TURN_S = 0.05
FAREWELL_S = 5.0
"""How long receipts are waited for at the end. What has none stays in the outbox for the next start."""
PAUSE_MS = 10_000
"""How long nothing is sensed after the disk refused an event: the photo is still there, and is tried
again.
"""


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

    def run(self, stopping: Callable[[], bool]) -> None:
        """Work until `stopping()`, then wait a moment for receipts and leave."""
        while not stopping():
            self._loop.turn(TURN_S)
            try:
                self._sense()
            except OutboxError as error:
                log.error("%s", error)  # noqa: TRY400 - the disk's own words, every ten seconds
                self._look_at = self._read_at = self._clock.steady() + PAUSE_MS
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
        now = self._clock.steady()
        if now >= self._read_at and self._sensor is not None:
            self._read_at = now + round(self._settings.reading_every_s * 1000)
            self._take_reading(self._sensor)
        if now >= self._look_at:
            self._look_at = now + self._settings.look_every_ms
            self._look(now)

    def _take_reading(self, sensor: Sensor) -> None:
        wall = self._clock.wall()
        try:
            readings = sensor.read()
        except SensorFault as fault:
            self.runtime.fault(fault.code, wall, active=True, detail=fault.detail)
            return
        self.runtime.fault("level_sensor", wall, active=False)
        known = self.runtime.identity.compartments
        strange = [repr(name) for name in readings if name is not None and name not in known]
        self._tell_astray("level_compartment", "levels of", strange)
        self.runtime.readings({name: readings[name] for name in readings if name in {None, *known}}, wall)

    def _look(self, now: int) -> None:
        try:
            shots = self._camera.shots(now)
        except SensorFault as fault:
            self.runtime.fault(fault.code, self._clock.wall(), active=True, detail=fault.detail)
            return
        self.runtime.fault("camera", self._clock.wall(), active=False)
        self._tell_astray("photo_compartment", "photos", self._camera.astray())
        for shot in shots:
            if not self.runtime.outbox.took(shot.source):  # else a crash came between keeping and deleting
                self._tell(shot)
            for source in self._camera.done(shot):
                self.runtime.outbox.forget_source(source)
            self._loop.turn(0)

    def _tell(self, shot: Shot) -> None:
        wall = self._clock.wall()
        if isinstance(self.runtime, CameraRuntime):
            self.runtime.see(shot.photo, wall, source=shot.source)
            return
        compartment = shot.compartment or self._compartment
        if compartment is None:  # of such a camera none is asked for: see open_device
            raise InvalidSetting("LINLI_PHOTO_COMPARTMENT is needed: a photo names no compartment")
        self.runtime.deposit(
            shot.photo, compartment, wall, household=self._household(wall), source=shot.source
        )

    def _tell_astray(self, code: str, what: str, astray: list[str]) -> None:
        """A compartment's name was mistyped, or left out: a fault while it is so, and a line for each."""
        there_are = ", ".join(self.runtime.identity.compartments) or "none"
        detail = f"{what} {', '.join(astray)}: no compartment; there are {there_are}" if astray else ""
        wall = self._clock.wall()
        told = self.runtime.fault(code, wall, active=bool(astray), detail=detail)
        if told is None and set(astray) - self._astray[code]:
            log.warning("%s: %s", self.runtime.identity, detail)
        self._astray[code] = set(astray)

    def _household(self, wall: int) -> str | None:
        if self._reader is None:
            return None
        try:
            household = self._reader.household()
        except SensorFault as fault:
            self.runtime.fault(fault.code, wall, active=True, detail=fault.detail)
            return None
        self.runtime.fault("card_reader", wall, active=False)
        return household


def open_device(
    kind: Literal["bin", "camera"], settings: EdgeSettings, clock: Clock, rng: random.Random
) -> DeviceProcess:
    """Put a device together as its settings say.

    Raises InvalidSetting, InvalidProfile or OutboxError, each in one line that says what to change.
    """
    compartments = compartments_of(settings)
    if kind == "bin" and not compartments:
        raise InvalidSetting("LINLI_COMPARTMENTS is needed by a bin: name=kind, name=kind")
    compartment = photo_compartment_of(settings, compartments)
    places = {*compartments, *([None] if compartment else [])} if kind == "bin" else None
    camera, sensor, reader = (
        open_camera(settings, places),
        open_sensor(settings),
        open_card_reader(settings),
    )
    sinks, profile = open_sinks(settings), read_profile(settings.profile)
    try:
        classifier = WasteClassifier.load(Path(settings.model_dir) if settings.model_dir else None)
    except (OSError, ValueError, KeyError) as error:
        raise InvalidSetting(f"LINLI_MODEL_DIR: the classifier cannot be loaded: {error}") from error
    identity = Identity(settings.community, settings.device, compartments, model=classifier.model_hash)
    folder = Path(settings.data_dir) / "edge"
    outbox = open_outbox(
        folder / f"{settings.community}.{settings.device}.outbox", settings.outbox_max_mb * 1024 * 1024
    )
    broker = Broker(
        settings.broker_host,
        settings.broker_port,
        settings.broker_username or None,
        settings.broker_password or None,
        settings.keepalive_s,
    )
    publisher = Publisher(identity, outbox, broker, rng)
    runtime: BinRuntime | CameraRuntime
    if kind == "bin":
        runtime = BinRuntime(identity, outbox, publisher, classifier, profile, sinks)
    else:
        runtime = CameraRuntime(identity, outbox, publisher, classifier, sinks)
    loop = EdgeLoop(clock)
    loop.add(publisher)
    log.info("%s: epoch %s, %d events wait", identity, outbox.epoch, outbox.held)
    return DeviceProcess(runtime, loop, clock, camera, sensor, reader, settings, compartment)


def read_profile(name: str) -> Profile:
    """A jurisdiction profile that came with linli, by its name, or one's own, by its path.

    Raises InvalidSetting or InvalidProfile.
    """
    if name in profiles.names():
        return profiles.builtin(name)
    try:
        return parse_profile(Path(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InvalidSetting(
            f"LINLI_PROFILE: there is no {name!r} ({reason}); "
            f"there are {', '.join(profiles.names())}, or the path of a profile's file"
        ) from error
