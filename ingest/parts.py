"""What ingest's loop drives, as `app` puts it together."""

from msgspec import Struct

from ingest.acceptance import Acceptance
from ingest.broker.announce import Announcer
from ingest.broker.inbox import Inbox
from ingest.broker.mqtt import Mqtt
from ingest.broker.receipts import Receipts
from ingest.commit import Committer
from ingest.decode import Decoder
from ingest.duties import Duties
from ingest.historywatch import HistoryWatch
from ingest.memory import Memory
from ingest.metrics import Metrics
from ingest.ownership import Ownership
from ingest.presence import Presence
from linli.ports.operational import IngestStore


class Parts(Struct, frozen=True):
    """One of each."""

    store: IngestStore
    ownership: Ownership
    duties: Duties
    memory: Memory
    mqtt: Mqtt
    inbox: Inbox
    decoder: Decoder
    committer: Committer
    acceptance: Acceptance
    presence: Presence
    history: HistoryWatch
    receipts: Receipts
    announcer: Announcer
    metrics: Metrics
