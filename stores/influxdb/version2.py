"""InfluxDB 2.x: buckets, /api/v2/write and /query."""

import json
from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta, Struct

from linli.errors import HistoryFailed, HistoryRefused
from linli.ports.history import Opened, SeriesQuery
from linli.ports.operational import Bucket
from stores.influxdb import influxql
from stores.influxdb.place import Place
from stores.influxdb.transport import Answer, Transport, check
from stores.influxdb.version2_writes import Version2Writes


class _Bucket(Struct):
    id: str
    orgID: str  # noqa: N815 - InfluxDB's own name
    name: str


class _SetUp(Struct):
    allowed: bool = False


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


class InfluxDB2(Version2Writes):
    """A bucket of an organisation."""

    def __init__(self, transport: Transport, place: Place, version: str) -> None:
        super().__init__(transport, place)
        self._words = f"InfluxDB {version}, organisation {place.org}, bucket {place.bucket}"

    def prepare(self, on_empty: Callable[[], None]) -> Opened:
        if not self._place.org:
            raise HistoryRefused("InfluxDB 2 needs its organisation: set LINLI_INFLUXDB_ORG")
        bucket = self._bucket()
        if bucket is None:
            on_empty()
            bucket = self._make_bucket()
        self._map(bucket)
        return Opened(self._words, bucket.id)  # a bucket made again under the same name has another id

    def series(self, query: SeriesQuery) -> list[Bucket]:
        return influxql.series(self._transport, self._place.bucket, query)

    def count(self, measurement: str, start_ms: int, end_ms: int) -> int:
        return influxql.count(self._transport, self._place.bucket, measurement, start_ms, end_ms)

    def _bucket(self) -> "_Bucket | None":
        wanted = {"name": self._place.bucket, "org": self._place.org}
        answer = self._transport.ask("GET", "/api/v2/buckets", wanted)
        if answer.status == 404:
            return None
        if answer.status == 401 and self._is_new():
            raise HistoryRefused(
                "this InfluxDB has not been set up yet: give it a user, an organisation and a token first"
                " (`influx setup`, or its page), and set LINLI_INFLUXDB_TOKEN"
            )
        check(answer.status, answer.words, answer.headers)
        found = answer.read(_Buckets).buckets
        return found[0] if found else None

    def _is_new(self) -> bool:
        answer = self._transport.ask("GET", "/api/v2/setup")
        return answer.status == 200 and answer.read(_SetUp).allowed

    def _make_bucket(self) -> "_Bucket":
        answer = self._transport.ask("GET", "/api/v2/orgs", {"org": self._place.org})
        check(answer.status, answer.words, answer.headers)
        keep = [{"type": "expire", "everySeconds": self._place.keep_s}] if self._place.keep_s else []
        new = {
            "orgID": answer.read(_Orgs).orgs[0].id,
            "name": self._place.bucket,
            "retentionRules": keep,
        }
        made = _post_json(self._transport, "/api/v2/buckets", new)
        if made.status == 422 and (bucket := self._bucket()) is not None:  # another process was faster
            return bucket
        try:
            check(made.status, made.words, made.headers)
        except HistoryFailed as error:
            if "retention" not in str(error):
                raise
            # 2.x answers a retention that is too short with a 500, which is nothing that passes.
            raise HistoryRefused(f"the bucket {self._place.bucket} cannot be made: {error}") from error
        return made.read(_Bucket)

    def _map(self, bucket: "_Bucket") -> None:
        """InfluxQL needs a mapping from database to bucket. 2.8 maps every bucket; older ones may not."""
        answer = self._transport.ask("GET", "/api/v2/dbrps", {"orgID": bucket.orgID})
        if answer.status in (401, 403):
            return  # a token for one bucket may not look; reading will say it if the mapping is missing
        check(answer.status, answer.words, answer.headers)
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
        check(made.status, made.words, made.headers)


def _post_json(transport: Transport, path: str, body: dict[str, Any]) -> Answer:
    headers = {"Content-Type": "application/json"}
    return transport.ask("POST", path, body=json.dumps(body).encode(), headers=headers)
