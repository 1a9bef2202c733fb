"""How many points a time-series store holds, asked of the store itself and not of linli's own adapter."""

import http.client
import json
import urllib.parse
import urllib.request
from collections import Counter
from dataclasses import dataclass
from typing import Any

from deploy.errors import DeployError

MEASUREMENTS = ("telemetry", "deposit", "alert")
TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """A store that speaks InfluxQL (InfluxDB 1.x, 2.x), or VictoriaMetrics, which does not."""

    url: str
    token: str = ""
    bucket: str = "linli"

    def points(self, community: str, since_ms: int) -> dict[str, int]:
        """Different points of each measurement since then. Raises DeployError."""
        if self._is_victoria():
            return {name: self._exported(name, community, since_ms) for name in MEASUREMENTS}
        return {name: self._selected(name, community, since_ms) for name in MEASUREMENTS}

    def _is_victoria(self) -> bool:
        try:
            return b"vm_app_version" in self._get("/metrics")
        except DeployError:
            return False

    def _selected(self, measurement: str, community: str, since_ms: int) -> int:
        # A count(*) counts each field by itself; a point is a row, whatever fields it has.
        # The names come from our own truth file, and a community's holds no quote (linli.identifiers).
        query = f"SELECT * FROM {measurement} WHERE community = '{community}' AND time >= {since_ms}ms"  # noqa: S608
        answer = json.loads(self._get("/query", db=self.bucket, q=query, epoch="ns"))
        results: list[dict[str, Any]] = answer.get("results", [{"error": answer}])
        for result in results:
            if "error" in result:  # errors hide in a 200
                raise DeployError(f"the time-series store answered {result['error']}")
        return sum(len(series["values"]) for result in results for series in result.get("series", []))

    def _exported(self, measurement: str, community: str, since_ms: int) -> int:
        # VictoriaMetrics makes a series of every numeric field, so a point is a place and a time.
        match = f'{{__name__=~"{measurement}_.*",community="{community}"}}'
        found: Counter[tuple[str, int]] = Counter()
        for line in self._get(
            "/api/v1/export", **{"match[]": match, "start": f"{since_ms / 1000:.3f}"}
        ).splitlines():
            series = json.loads(line)
            tags = {name: value for name, value in series["metric"].items() if name != "__name__"}
            place = json.dumps(tags, sort_keys=True)
            found.update((place, time_ms) for time_ms in set(series["timestamps"]))
        return len(found)

    def _get(self, path: str, **query: str) -> bytes:
        request = urllib.request.Request(f"{self.url.rstrip('/')}{path}?{urllib.parse.urlencode(query)}")  # noqa: S310
        if self.token:
            request.add_header("Authorization", f"Token {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the person's own address
                body: bytes = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise DeployError(f"the time-series store at {self.url}: {error}") from error
        return body
