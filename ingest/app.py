"""The one place where ingest is wired together."""

import contextlib
import gc
import logging
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ingest import identity, seeding
from ingest.acceptance import Acceptance
from ingest.broker.announce import Announcer
from ingest.broker.client import Broker
from ingest.broker.inbox import Inbox
from ingest.broker.mqtt import Mqtt
from ingest.broker.receipts import Receipts
from ingest.clock import now_ms, system_clock
from ingest.commit import Committer
from ingest.decode import Decoder
from ingest.duties import Duties
from ingest.forwarding.forward import Forwarder
from ingest.forwarding.off import ForwardingOff
from ingest.historywatch import HistoryWatch
from ingest.loop import Loop
from ingest.memory import Memory
from ingest.metrics import Metrics
from ingest.ownership import Ownership
from ingest.parts import Parts
from ingest.pipeline import Pipeline
from ingest.presence import Presence
from ingest.settings import Settings
from ingest.workers.notify import AlertLog, Notifier
from ingest.workers.photowatch import PhotoWatch
from ingest.workers.pruning import Pruner
from ingest.workers.sweep import Sweeper
from ingest.workers.worker import Worker
from linli.errors import InvalidSetting
from linli.ports.history import PointSink
from linli.ports.operational import IngestStore
from linli.ports.photos import PhotoStore
from stores.operational import OperationalStore, open_store, store_url
from stores.photos import PhotoFolder
from stores.sqlite import file_of

log = logging.getLogger("ingest")


def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raises LinliError when it cannot start."""
    with ExitStack() as stack:
        if (database := file_of(store_url(settings))) is not None:
            if settings.communities:
                raise InvalidSetting(
                    "LINLI_COMMUNITIES shares the work on PostgreSQL; SQLite takes one ingest"
                )
            stack.enter_context(identity.lock(settings.folder))
            stack.enter_context(identity.lock_store(database))
        store = stack.enter_context(opened(settings))
        if settings.inventory:
            seeding.seed(settings.inventory, store, now_ms())
        metrics = Metrics()
        photos = PhotoFolder(settings.folder / "photos")
        duties = stack.enter_context(
            contextlib.closing(Duties(lambda: workers(settings, store, photos, metrics)))
        )
        loop = wire(settings, store, duties, photos, metrics)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: loop.stop())
        _spare_the_collector()
        log.info("running", extra={"data_dir": settings.data_dir, "broker": settings.broker_host})
        loop.run()
        log.info("stopped")


def _spare_the_collector() -> None:
    """What is loaded now stays; looking through it again and again would be a tenth of ingest's CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 5, 10)


def wire(
    settings: Settings, store: IngestStore, duties: Duties, photos: PhotoStore, metrics: Metrics
) -> Loop:
    """All of ingest's loop, over a store that is open."""
    ownership = Ownership(store, settings.communities)
    memory = Memory(store, ownership.holds)
    presence = Presence(settings.offline_after_s * 1_000, settings.mute_after_s * 1_000)
    committer = Committer(
        store, memory, Pipeline(store, photos, presence, settings.unknown_devices_max), now_ms
    )
    inbox = Inbox(settings.ingest_group_ms, settings.ingest_group_messages)
    broker = Broker(
        settings.broker_host,
        settings.broker_port,
        identity.client_id(settings.folder, store_url(settings), ownership.share),
        settings.broker_username,
        settings.broker_password,
    )
    mqtt = Mqtt(broker, ownership.filters, inbox.put, now_ms)
    parts = Parts(
        store=store,
        ownership=ownership,
        duties=duties,
        memory=memory,
        mqtt=mqtt,
        inbox=inbox,
        decoder=Decoder(),
        committer=committer,
        acceptance=Acceptance(store, memory, committer),
        presence=presence,
        history=HistoryWatch(store),
        receipts=Receipts(memory.ledger, mqtt.send, now_ms),
        announcer=Announcer(store, mqtt),
        metrics=metrics,
    )

    def on_ready() -> None:
        if settings.ingest_metrics_port:
            metrics.serve(settings.ingest_metrics_host, settings.ingest_metrics_port)

    return Loop(parts, system_clock(), on_ready)


def workers(
    settings: Settings, store: OperationalStore, photos: PhotoStore, metrics: Metrics
) -> list[Worker]:
    """What runs beside the loop: it reads what is committed, and ingest never waits for it."""
    found: list[Worker] = [
        AlertLog(store),
        Notifier(store, settings.webhook_url, metrics, system_clock()),
        Sweeper(photos, store.photos_known, now_ms),
        PhotoWatch(photos, store, now_ms),
        Pruner(settings, store, photos, metrics, system_clock()),
    ]
    sink = point_sink(settings)
    if sink is None:
        return [*found, ForwardingOff(store, system_clock())]
    return [*found, Forwarder(store, sink, metrics, system_clock())]


def point_sink(settings: Settings) -> PointSink | None:
    """The time-series store that is set; None when none is."""
    if not settings.influxdb_url:
        return None
    from stores.influxdb import open_influxdb

    return open_influxdb(
        settings.influxdb_url,
        settings.influxdb_token,
        settings.influxdb_org,
        settings.influxdb_bucket,
        settings.influxdb_retention_hours * 3_600,
    )


@contextmanager
def opened(settings: Settings, *, there: bool = False) -> Iterator[OperationalStore]:
    """The operational store, open for the time of the block.

    Raises InvalidSetting when it must be `there` already and is not: a command that looks for what ingest has
    kept would find nothing in a store that it has just made.
    """
    url = store_url(settings)
    file = file_of(url)
    if there and file is not None and not file.exists():
        raise InvalidSetting(
            f"there is no store {file}; LINLI_DATA_DIR names the folder in which ingest keeps it"
        )
    settings.folder.mkdir(parents=True, exist_ok=True)
    store = open_store(url)
    with contextlib.closing(store):
        yield store
