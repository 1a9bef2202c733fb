"""The generations of InfluxDB: how each is recognised, set up, written and read."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import urllib3
from msgspec import Meta, Struct

from linli.errors import HistoryRefused, HistoryUnavailable
from linli.ports.history import SeriesQuery
from linli.ports.operational import Bucket
from stores import bounded
from stores.influxdb import influxql, victoria
from stores.influxdb.transport import CONNECT_S, Answer, Transport, check, unreachable, words
from stores.influxdb.writing import judge


@dataclass(frozen=True, slots=True)
class Place:
    """Where the points go: a bucket of an organisation (2.x), or a database of the bucket's name (1.x)."""

    org: str
    bucket: str


class Server(Protocol):
    """One generation. All raise HistoryUnavailable and HistoryRefused; `post` raises LinesRefused too."""

    @property
    def words(self) -> str:
        """What it is, for a person."""

    def prepare(self) -> None:
        """Make the bucket or database where it is missing."""

    def post(self, lines: bytes) -> None:
        """Write lines."""

    def series(self, query: SeriesQuery) -> list[Bucket]:
        """Read a channel."""

    def count(self, measurement: str, start_ms: int, end_ms: int) -> int:
        """Count points."""


def recognise(transport: Transport, place: Place) -> Server:
    """Ask who answers. Raises HistoryUnavailable, and HistoryRefused when it is none of these."""
    ping = transport.ask("GET", "/ping")
    if ping.status >= 500 or ping.status == 429:
        check(ping.status, ping.words)
    version = ping.headers.get("X-Influxdb-Version", "")[:100].removeprefix(
        "v"
    )  # 2.x says v2.8.0, 1.x 1.6.7~rc0
    if version.startswith("1."):
        return InfluxDB1(transport, place, version)
    if version:
        return InfluxDB2(transport, place, version)
    health = transport.ask("GET", "/health")
    if health.status == 200 and health.body.strip() == b"OK":
        return VictoriaMetrics(transport, place)
    raise HistoryRefused(f"what answers at {transport.url} is neither InfluxDB nor VictoriaMetrics")


class InfluxDB1:
    """1.x: /write and /query."""

    def __init__(self, transport: Transport, place: Place, version: str) -> None:
        self._transport, self._database = transport, place.bucket
        self.words = f"InfluxDB {version}, database {place.bucket}"

    def prepare(self) -> None:
        # Asked first, because a login that may write need not be one that may create.
        known = influxql.ask(self._transport, "SHOW DATABASES")
        if [self._database] not in [row for one in known for row in one.values]:
            influxql.ask(self._transport, f"CREATE DATABASE {influxql.identifier(self._database)}")

    def post(self, lines: bytes) -> None:
        # An unknown precision would be read as ns without a word; `n` is what 1.x calls it.
        query = {"db": self._database, "precision": "n"}
        answer = self._transport.post_lines("/write", query, lines)
        judge(answer.status, answer.words)
        check(answer.status, answer.words)

    def series(self, query: SeriesQuery) -> list[Bucket]:
        return influxql.series(self._transport, self._database, query)

    def count(self, measurement: str, start_ms: int, end_ms: int) -> int:
        return influxql.count(self._transport, self._database, measurement, start_ms, end_ms)


class _Version2Writes:
    """/api/v2/write by the official client: synchronous, one string of lines, gzip, no retries inside."""

    def __init__(self, transport: Transport, place: Place) -> None:
        self._transport, self._place = transport, place
        self._client: Any = None

    def post(self, lines: bytes) -> None:
        from influxdb_client.rest import ApiException

        try:
            self._writer().write(bucket=self._place.bucket, org=self._place.org, record=lines)
        except ApiException as error:
            said = words(error.body or "") if error.status else str(error)
            judge(error.status or 0, said)
            check(error.status or 500, said)
        except urllib3.exceptions.HTTPError as error:
            raise unreachable(self._transport.url, error) from error
        except Exception as error:  # whatever the client raises for an answer it does not understand
            raise HistoryUnavailable(
                f"the answer to a writing is not understood ({type(error).__name__}): {str(error)[:200]}"
            ) from error

    def _writer(self) -> Any:
        if self._client is None:
            # Half a second to import, and only who writes to 2.x needs it.
            from influxdb_client.client.influxdb_client import InfluxDBClient
            from influxdb_client.client.write_api import SYNCHRONOUS

            client = InfluxDBClient(
                url=self._transport.url,
                token=self._transport.token,
                org=self._place.org,
                timeout=(CONNECT_S * 1000, self._transport.write_s * 1000),
                enable_gzip=True,
                retries=False,
            )
            bounded.bound(client.api_client.rest_client.pool_manager)
            self._client = client.write_api(write_options=SYNCHRONOUS)
        return self._client


class _Bucket(Struct):
    id: str
    orgID: str  # noqa: N815 - InfluxDB's own name
    name: str


class _Buckets(Struct):
    buckets: list[_Bucket]


class _Org(Struct):
    id: str


class _Orgs(Struct):
    orgs: Annotated[list[_Org], Meta(min_length=1)]


class _Mapping(Struct):
    database: str


class _Mappings(Struct):
    content: list[_Mapping] = []


class InfluxDB2(_Version2Writes):
    """2.x (3 by the same routes, untried): buckets, /api/v2/write and /query."""

    def __init__(self, transport: Transport, place: Place, version: str) -> None:
        super().__init__(transport, place)
        self.words = f"InfluxDB {version}, organisation {place.org}, bucket {place.bucket}"

    def prepare(self) -> None:
        if not self._place.org:
            raise HistoryRefused("InfluxDB 2 needs its organisation: set LINLI_INFLUXDB_ORG")
        self._map(self._bucket() or self._make_bucket())

    def series(self, query: SeriesQuery) -> list[Bucket]:
        return influxql.series(self._transport, self._place.bucket, query)

    def count(self, measurement: str, start_ms: int, end_ms: int) -> int:
        return influxql.count(self._transport, self._place.bucket, measurement, start_ms, end_ms)

    def _bucket(self) -> "_Bucket | None":
        wanted = {"name": self._place.bucket, "org": self._place.org}
        answer = self._transport.ask("GET", "/api/v2/buckets", wanted)
        if answer.status == 404:
            return None
        check(answer.status, answer.words)
        found = answer.read(_Buckets).buckets
        return found[0] if found else None

    def _make_bucket(self) -> "_Bucket":
        """A bucket that keeps its points for ever; how long to keep them is a person's to say."""
        answer = self._transport.ask("GET", "/api/v2/orgs", {"org": self._place.org})
        check(answer.status, answer.words)
        new = {"orgID": answer.read(_Orgs).orgs[0].id, "name": self._place.bucket, "retentionRules": []}
        made = _post_json(self._transport, "/api/v2/buckets", new)
        if made.status == 422 and (bucket := self._bucket()) is not None:  # another process was faster
            return bucket
        check(made.status, made.words)
        return made.read(_Bucket)

    def _map(self, bucket: "_Bucket") -> None:
        """InfluxQL needs a mapping from database to bucket. 2.8 maps every bucket; older ones may not."""
        answer = self._transport.ask("GET", "/api/v2/dbrps", {"orgID": bucket.orgID})
        if answer.status in (401, 403):
            return  # a token for one bucket may not look; reading will say it if the mapping is missing
        check(answer.status, answer.words)
        if any(one.database == bucket.name for one in answer.read(_Mappings).content):
            return
        new = {
            "orgID": bucket.orgID,
            "bucketID": bucket.id,
            "database": bucket.name,
            "retention_policy": "autogen",
            "default": True,
        }
        made = _post_json(self._transport, "/api/v2/dbrps", new)
        check(made.status, made.words)


class VictoriaMetrics(_Version2Writes):
    """Takes /api/v2/write from the official client. Its 204 is not durable, and it takes garbage too."""

    words = "VictoriaMetrics, which answers before it has saved: for trying out, not for keeping"

    def prepare(self) -> None:
        """There is nothing to make: it has one space for all."""

    def series(self, query: SeriesQuery) -> list[Bucket]:
        return victoria.series(self._transport, query)

    def count(self, measurement: str, start_ms: int, end_ms: int) -> int:
        return victoria.count(self._transport, measurement, start_ms, end_ms)


def _post_json(transport: Transport, path: str, body: dict[str, Any]) -> Answer:
    headers = {"Content-Type": "application/json"}
    return transport.ask("POST", path, body=json.dumps(body).encode(), headers=headers)
