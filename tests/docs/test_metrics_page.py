"""docs/operations.md names every metric there is, and none that does not exist."""

import re
from pathlib import Path

from ingest.metrics import Metrics
from tests.unit.api.conftest import running

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


def test_every_metric_is_on_the_page(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        site.client.get("/healthz")
        text = site.client.get("/metrics").text
    families = dict(re.findall(r"^# TYPE (linli_\w+) (\w+)$", text, re.MULTILINE))
    for family in Metrics().registry.collect():
        suffix = "_total" if family.type == "counter" else ""
        families[family.name + suffix] = family.type
    real = {name for name in families if not name.endswith("_created")}
    named = set(re.findall(r"`(linli_\w+)", PAGE))
    # Without an InfluxDB and without an ingest, these have nothing to say; the pages' own tests show them.
    quiet = {
        "linli_forward_lag_events",
        "linli_report",
        "linli_report_age_seconds",
        "linli_dead_letters_total",
    }
    assert named - quiet == real - quiet
    assert quiet <= named
