"""What /metrics shows: the store's totals as they are asked for, and the requests this process answered."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.services import Services
from linli.errors import StoreError

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
COUNTERS = {"events": "Events stored", "deposits": "Deposits judged", "photos": "Photos stored"}
GAUGES = {
    "alerts_firing": "Alerts firing",
    "devices": "Devices known or heard",
    "devices_unknown": "Devices heard that nobody accepted",
}


class Requests:
    """Counts answers by method, route template and status; never by raw path, which anyone can make up."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._counter = Counter(
            "linli_api_requests", "Requests answered", ["method", "route", "status"], registry=registry
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through and count."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            self._counter.labels(method, _template(scope), str(status)).inc()


def _template(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "none"))


class StoreCollector(Collector):
    """Reads the store at each scrape."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterable[Metric]:
        """`linli_store_up` 0 and nothing else of the store, when it does not answer."""
        streams = GaugeMetricFamily("linli_api_streams", "Open live streams")
        streams.add_metric([], self._services.feed.clients)
        yield streams
        try:
            metrics = list(self._store())
        except StoreError:
            metrics = []
        yield GaugeMetricFamily("linli_store_up", "Whether the store answers", value=1.0 if metrics else 0.0)
        yield from metrics

    def _store(self) -> Iterator[Metric]:
        store = self._services.store
        totals = store.totals()
        for name, text in COUNTERS.items():
            yield CounterMetricFamily(f"linli_{name}", text, value=totals[name])
        for name, text in GAUGES.items():
            yield GaugeMetricFamily(f"linli_{name}", text, value=totals[name])
        dead = CounterMetricFamily("linli_dead_letters", "Refused, by reason", labels=["reason"])
        for reason, count in store.dead_letter_counts().items():
            dead.add_metric([reason], count)
        yield dead
        lag = self._services.forward_lag()
        if lag is not None:
            yield GaugeMetricFamily(
                "linli_forward_lag_events", "Events the time-series store does not have yet", value=lag
            )
        yield from self._reports()

    def _reports(self) -> Iterator[Metric]:
        age = GaugeMetricFamily("linli_report_age_seconds", "Since a part of ingest spoke", labels=["part"])
        values = GaugeMetricFamily("linli_report", "What a part of ingest says", labels=["part", "name"])
        for part, (body, at_ms) in self._services.store.reports().items():
            age.add_metric([part], max(0, self._services.clock() - at_ms) / 1000)
            for name, value in read_report(body).items():
                if isinstance(value, int | float):
                    values.add_metric([part, name], float(value))
        yield age
        yield values


def read_report(body: bytes) -> dict[str, Any]:
    """A report's members; empty when it is none that can be read."""
    try:
        report = json.loads(body)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}
