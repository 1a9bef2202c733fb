"""The one place where a device is put together, as its settings say."""

import logging
import random
from pathlib import Path
from typing import Literal

from edge.bin import BinRuntime
from edge.camera import CameraRuntime
from edge.cameras import open_camera
from edge.cards import open_card_reader
from edge.identity import Identity
from edge.loop import EdgeLoop
from edge.outboxfile import open_outbox
from edge.process import DeviceProcess
from edge.publisher import Publisher
from edge.sensors import open_sensor
from edge.session import Broker
from edge.settings import EdgeSettings, compartments_of, photo_compartment_of
from edge.sinks import open_sinks
from linli import profiles
from linli.clock import Clock
from linli.errors import InvalidSetting
from linli.waste import Profile, parse_profile
from models.classifier import WasteClassifier

log = logging.getLogger(__name__)


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
    except (OSError, ValueError) as error:
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
