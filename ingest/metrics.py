"""What ingest counts, for Prometheus and for the store's report. Labels come from fixed sets alone.

All are named `linli_ingest_…`: they count since ingest started, and the API's page what is stored.
"""

import time

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, start_http_server

from ingest.broker.inbox import Inbox
from ingest.broker.mqtt import Mqtt
from ingest.draft import Draft
from ingest.memory import Memory
from linli.errors import InvalidSetting
from linli.ports.forwarder_report import ForwarderReport, ForwarderState, Outlook
from linli.refusal import Refusal

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)

FORWARD_STATES = [
    each
    for each in ForwarderState
    if each not in (ForwarderState.STARTING, ForwarderState.OFF, ForwarderState.SILENT)
]


class Metrics:
    """One set of counters for one ingest."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        make = self._counter
        self.messages = make("messages", "Messages committed")
        self.events = make("events", "Events stored")
        self.duplicates = make("duplicates", "Events that came again")
        self.dropped = make("dropped", "Events given up by their device")
        self.photos = make("photos", "Photos kept")
        self.photos_again = make("photos_again", "Photos that came again")
        self.photos_waiting = make(
            "photos_waiting", "Photos that could not be written and wait on their device"
        )
        self.replies = make("replies", "Answers to commands")
        self.alert_changes = Counter(
            "linli_ingest_alert_changes", "Alerts fired or resolved", ["change"], registry=self.registry
        )
        self.dead_letters = Counter(
            "linli_ingest_dead_letters", "Messages and events refused", ["reason"], registry=self.registry
        )
        for reason in Refusal:
            self.dead_letters.labels(reason)
        self.receipts = make("receipts", "Receipts sent")
        self.store_failures = make("store_failures", "Times the store was away")
        self.faults = make("faults", "Turns of the loop that failed for a fault of linli")
        self.points = make("points", "Points written to the time-series store")
        self.webhooks = make("webhooks", "Notifications delivered")
        self.webhook_failures = make("webhook_failures", "Notifications that did not arrive at once")
        self.commit_seconds = Histogram(
            "linli_ingest_commit_seconds", "One commit group", buckets=_SECONDS, registry=self.registry
        )
        self.group_messages = Histogram(
            "linli_ingest_group_messages",
            "Messages in a commit group",
            buckets=_SIZES,
            registry=self.registry,
        )
        self.pruned = Counter(
            "linli_ingest_pruned", "Rows let go after their time", ["sort"], registry=self.registry
        )
        self.prune_seconds = Histogram(
            "linli_ingest_prune_seconds", "One step of pruning", buckets=_SECONDS, registry=self.registry
        )
        self.forward_lag = self._gauge("forward_lag", "Stored events that are no points yet")
        self.forward_behind = self._gauge("forward_behind_seconds", "How long ago the oldest of them came")
        self.forward_stuck = self._gauge("forward_stuck", "1 when forwarding will not heal by itself")
        self.forward_state = Gauge(
            "linli_ingest_forward_state", "1 for the state of forwarding", ["state"], registry=self.registry
        )
        self.broker_ready = self._gauge("broker_ready", "1 when connected and subscribed")
        self.inbox_messages = self._gauge("inbox_messages", "Messages that wait for their commit")
        self._events_seen = 0.0
        self._seen_at = time.monotonic()
        self._totals = {"events": 0, "messages": 0, "duplicates": 0, "refused": 0}

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(f"linli_ingest_{name}", text, registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"linli_ingest_{name}", text, registry=self.registry)

    def count(self, draft: Draft) -> None:
        """Add what was committed."""
        counted = draft.counted
        for name, counter in (
            ("events", self.events),
            ("duplicates", self.duplicates),
            ("dropped", self.dropped),
            ("photos", self.photos),
            ("photos_again", self.photos_again),
            ("photos_waiting", self.photos_waiting),
            ("replies", self.replies),
        ):
            if counted[name]:
                counter.inc(counted[name])
        for change in ("fired", "resolved"):
            if counted[f"alerts_{change}"]:
                self.alert_changes.labels(change).inc(counted[f"alerts_{change}"])
        for reason, times in draft.refused.items():
            self.refuse(reason, times)
        self._totals["events"] += counted["events"]
        self._totals["duplicates"] += counted["duplicates"]

    def forwarding(self, report: ForwarderReport) -> None:
        """How forwarding goes, and how far the time-series store is behind."""
        for each in FORWARD_STATES:
            self.forward_state.labels(each).set(each == report.state)
        self.forward_lag.set(report.lag)
        self.forward_behind.set(report.behind_s)
        self.forward_stuck.set(report.outlook is Outlook.LASTS)

    def count_group(self, messages: int) -> None:
        """Add a committed group."""
        self.messages.inc(messages)
        self.group_messages.observe(messages)
        self._totals["messages"] += messages

    def refuse(self, reason: Refusal, times: int) -> None:
        """Count something refused."""
        self.dead_letters.labels(reason).inc(times)
        self._totals["refused"] += times

    def report(self, mqtt: Mqtt, inbox: Inbox, memory: Memory) -> bytes:
        """How ingest is, as JSON for the store."""
        self.broker_ready.set(mqtt.ready)
        self.inbox_messages.set(len(inbox))
        now = time.monotonic()
        events = self._totals["events"]
        rate = (events - self._events_seen) / max(0.001, now - self._seen_at)
        self._events_seen, self._seen_at = events, now
        body = self._totals | {
            "state": "running",
            "broker": mqtt.state.value,
            "connection": mqtt.connection,
            "inbox": len(inbox),
            "devices": len(memory.devices),
            "events_per_s": round(rate, 1),
        }
        return msgspec.json.encode(body)

    def page(self) -> bytes:
        """What the page shows."""
        return generate_latest(self.registry)

    def serve(self, host: str, port: int) -> None:
        """Open the page. Called once, when ingest is subscribed: that it answers means that ingest is
        ready. Raises InvalidSetting when the port cannot be had.
        """
        try:
            start_http_server(port, addr=host, registry=self.registry)
        except OSError as error:
            raise InvalidSetting(
                f"LINLI_INGEST_METRICS_PORT: {host}:{port} cannot be opened: {error}"
            ) from error
