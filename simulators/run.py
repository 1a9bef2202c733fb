"""`python -m simulators run`: wires a run together, and ends it so that the truth is never lost."""

import argparse
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console

from edge.clock import system_clock
from edge.publisher import Broker
from linli.clock import Clock
from linli.profiles import builtin
from models.classifier import WasteClassifier
from simulators import truth as truths
from simulators.album import Album, DrawnAlbum, PhotoAlbum
from simulators.diary import Diary
from simulators.fleet import Fleet
from simulators.journal import Began, Journal, remember
from simulators.mischief import Mischief
from simulators.neighbourhood import Neighbourhood, found
from simulators.performance import Pace, Stagehand
from simulators.progress import Progress
from simulators.truth import Truth
from simulators.upcoming import Upcoming

DRAIN_S = 30.0
TURN_S = 0.02
"""How long the devices' sockets wait at most while things happen."""
PICTURE_S = 0.002
"""How long they wait for a picture that is due and not there yet."""
NOT_DRAINED = 3


class Stop:
    """Counts how often we were asked to end: once is politely, twice is at once."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.asked += 1


@contextmanager
def on_signals(stop: Stop) -> Iterator[None]:
    """Within it SIGTERM and SIGINT only ask."""
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(options: argparse.Namespace, console: Console) -> int:
    """The exit status: 0 when every outbox was drained, 3 when not. Raises LinliError."""
    stop = Stop()
    with on_signals(stop):
        place = found(options.seed, options.bins, options.households, options.profile)
        simulation = Simulation(place, options, console, system_clock())
        try:
            simulation.play(stop)
        finally:
            drained = simulation.finish(stop)
        return 0 if drained else NOT_DRAINED


class Simulation:
    """A neighbourhood at work on real devices."""

    def __init__(
        self, place: Neighbourhood, options: argparse.Namespace, console: Console, clock: Clock
    ) -> None:
        self._options = options
        self._clock = clock
        profile = builtin(place.profile)
        album = _album(options.photos, profile.items)
        broker = broker_of(options, os.environ)
        began = Began(
            place.seed,
            place.community,
            place.profile,
            len(place.bins),
            len(place.households),
            album.origin,
            clock.wall(),
        )
        self._journal = Journal(options.data / "truth.journal", began)
        self._fleet = Fleet(place, profile, WasteClassifier.load(), broker, options.data, clock)
        self._truth = self._remembered(album)
        self._upcoming = Upcoming(Diary(place, profile, album.items, bags=album.bags), album)
        self._stagehand = Stagehand(self._fleet, profile, self._truth, self._journal)
        self._mischief = Mischief(place, options, broker, self._fleet, self._truth, clock)
        self._stagehand.recorded.append(self._mischief.recorded)
        self._progress = Progress(console, self._fleet, self._truth)
        self._serve_ms = 0

    def _remembered(self, album: Album) -> Truth:
        began = self._journal.began
        truth = Truth(began.seed, began.community, album.origin, began.started_ms)
        for name, device in self._fleet.devices.items():
            truth.device(name, device.outbox.epoch)
        outboxes = {name: device.outbox for name, device in self._fleet.devices.items()}
        remember(truth, self._journal, outboxes)
        return truth

    def play(self, stop: Stop) -> None:
        """Until it is asked to stop, or its seconds are over."""
        seconds = self._options.seconds
        ends = None if seconds is None else self._clock.steady() + seconds * 1000
        pace = Pace(self._options.speed, self._clock.steady)
        with self._progress:
            while not stop.asked and (ends is None or self._clock.steady() < ends):
                wait_ms = pace.wait_ms(self._upcoming.at_s)
                due = wait_ms == 0 and self._upcoming.ready
                if due:
                    happening, picture = self._upcoming.take()
                    self._stagehand.perform(happening, picture, self._clock.wall())
                self._serve(0 if due else min(TURN_S, max(wait_ms / 1000, PICTURE_S)))

    def _serve(self, wait_s: float) -> None:
        """Serve the devices; among many happenings at once only so often that no socket waits long."""
        now_ms = self._clock.steady()
        if wait_s == 0 and now_ms < self._serve_ms:
            return
        self._fleet.turn(wait_s)
        self._serve_ms = self._clock.steady() + round(TURN_S * 1000)
        self._mischief.step(now_ms)
        self._progress.show(self._upcoming.at_s)

    def finish(self, stop: Stop) -> bool:
        """Wait for the last receipts, write the truth whatever comes, leave. True when all came."""
        drained = False
        try:
            self._upcoming.close()
            self._mischief.close()
            self._fleet.finish()
            drained = self._drain(lambda: stop.asked > 1)
        finally:
            document = self._truth.document(self._clock.wall(), drained=drained)
            truths.write(self._options.truth, document)
            self._fleet.close()
            self._journal.close()
        return drained

    def _drain(self, hurried: Callable[[], bool]) -> bool:
        ends = self._clock.steady() + DRAIN_S * 1000
        with self._progress:
            while not self._fleet.drained and not hurried() and self._clock.steady() < ends:
                self._fleet.turn(TURN_S)
                self._progress.show(0, "waiting for the last receipts")
        return self._fleet.drained


def broker_of(options: argparse.Namespace, environ: Mapping[str, str]) -> Broker:
    """Where the devices publish, and as whom. The password is never an argument: those are seen by all."""
    return Broker(
        options.broker_host,
        options.broker_port,
        environ.get("LINLI_BROKER_USERNAME") or None,
        environ.get("LINLI_BROKER_PASSWORD") or None,
    )


def _album(photos: Path | None, known: Mapping[str, object]) -> Album:
    """The pictures asked for, of the items that the profile knows. Raises NoPhotos."""
    return DrawnAlbum(known) if photos is None else PhotoAlbum(photos, known)
