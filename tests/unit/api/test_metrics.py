"""/metrics, /healthz and /readyz."""

import re

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from api.routes.health import FRESH_MS
from linli.ports.forwarder_report import ForwarderReport, ForwarderState, Outlook
from linli.ports.forwarding import FORWARD_CURSOR
from tests.unit.api.conftest import Serve, Site
from tests.unit.api.neighbourhood import NOW


def samples(site: Site) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = site.client.get("/metrics").text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_stores_totals_are_there(reading: Site) -> None:
    found = samples(reading)
    totals = reading.store.totals()
    assert found["linli_events_total", ()] == totals["events"]
    assert found["linli_deposits_total", ()] == 261
    assert found["linli_alerts_firing", ()] == 5
    assert found["linli_devices_unknown", ()] == 1
    assert found["linli_dead_letters_total", (("reason", "json"),)] == 2
    assert found["linli_store_up", ()] == 1
    assert found["linli_report_age_seconds", (("part", "ingest"),)] == 0
    assert found["linli_report", (("name", "messages"), ("part", "ingest"))] == 1234


def test_requests_are_counted_by_route_and_never_by_path(site: Site) -> None:
    for path in ("/alerts/made-up-1", "/api/v1/devices/garden/made-up-2", "/made-up-3", "/static/made-up-4"):
        site.client.get(path)
    site.client.request("MADEUP5", "/made-up-6")
    site.client.get("/api/v1/devices", headers={"Host": "made-up-7"})
    text = site.client.get("/metrics").text
    assert not re.search("(?i)made-?up", text)
    found = samples(site)

    def count(method: str, route: str, status: str) -> float:
        labels = (("method", method), ("route", route), ("status", status))
        return found["linli_api_requests_total", labels]

    assert count("GET", "/api/v1/devices/{community}/{device}", "404") == 1
    assert count("GET", "/alerts/{alert_id}", "404") == 1
    assert count("GET", "none", "421") == 1
    assert count("other", "none", "404") == 1


def test_ready_needs_a_fresh_word_from_ingest(site: Site) -> None:
    answer = site.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {"store": "ok", "ingest": "ok", "photos": "ok", "forwarder": "off: no InfluxDB is set"},
    }
    site.store.report("ingest", b"{}", NOW - FRESH_MS - 1)
    stale = site.client.get("/readyz")
    assert stale.status_code == 503
    assert stale.headers["content-type"] == "application/problem+json"
    assert stale.json()["checks"]["ingest"] == "silent for 30 s"
    site.store.report("ingest", b"{}", NOW + FRESH_MS + 1_000)
    assert site.client.get("/readyz").json()["checks"]["ingest"] == "its clock is 31 s ahead of ours"
    assert site.client.get("/healthz").status_code == 200


def test_ready_needs_every_community_with_one_of_those_that_share_the_work(site: Site) -> None:
    def says() -> str:
        words: str = site.client.get("/readyz").json()["checks"]["ingest"]
        return words

    [first, *others] = sorted(site.store.inventory().communities)
    assert others
    site.store.report("ingest", b"{}", NOW - FRESH_MS - 1)  # that was before they shared
    site.store.report(f"ingest:{first}", b"{}", NOW)
    assert says() == f"nobody takes {', '.join(others)}"
    site.store.report(f"ingest:{','.join(others)}", b"{}", NOW)
    assert says() == "ok"
    site.store.report(f"ingest:{first}", b"{}", NOW - FRESH_MS - 1)
    assert says() == f"nobody takes {first}"
    site.store.report("ingest", b"{}", NOW)
    assert says() == "ok"


def test_without_an_influxdb_nothing_is_behind(site: Site) -> None:
    """Nobody moves the cursor any more: every event stored since would look unwritten."""
    site.store.set_cursor(FORWARD_CURSOR, 1)
    assert site.store.forward_lag() > 0
    assert ("linli_forward_lag_events", ()) not in samples(site)
    assert "forward_lag" not in site.client.get("/api/v1/totals").json()


def test_the_forwarder_is_said_in_words_and_makes_nothing_unready(start: Serve) -> None:
    site = start(influxdb_url="http://127.0.0.1:9")
    site.store.set_cursor(FORWARD_CURSOR, 0)
    said = ForwarderReport(ForwarderState.AWAY, "connection refused", Outlook.PASSES)
    site.store.report("forwarder", msgspec.json.encode(said), NOW)
    answer = site.client.get("/readyz")
    assert answer.status_code == 200
    words = answer.json()["checks"]["forwarder"]
    assert words.startswith("away: connection refused, ")
    assert words.endswith(" events behind")
    assert samples(site)["linli_forward_lag_events", ()] == site.store.forward_lag()
    assert site.client.get("/api/v1/totals").json()["forward_lag"] == site.store.forward_lag()
    said = ForwarderReport(
        ForwarderState.REFUSED, "answered 401: unauthorized access", Outlook.LASTS, behind_s=75
    )
    site.store.report("forwarder", msgspec.json.encode(said), NOW)
    words = site.client.get("/readyz").json()["checks"]["forwarder"]
    assert words.startswith("refused: answered 401: unauthorized access, ")
    assert words.endswith("(the oldest came 75 s ago); it will not heal by itself, a person must act")
    site.store.report("forwarder", b"\xff not json", NOW)
    assert site.client.get("/readyz").json()["checks"]["forwarder"].startswith("has never reported")
    assert site.client.get("/metrics").status_code == 200


def test_photos_that_cannot_be_written_make_nothing_unready_and_are_said(site: Site) -> None:
    body = (
        b'{"state":"cannot be written","detail":"photos cannot be written to /data: No space left on device"}'
    )
    site.store.report("photos", body, NOW)
    answer = site.client.get("/readyz")
    assert answer.status_code == 200
    said = answer.json()["checks"]["photos"]
    assert "No space left on device; they wait on their devices, events go on" in said
