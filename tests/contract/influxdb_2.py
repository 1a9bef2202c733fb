"""A server that answers as a real InfluxDB 2.8.0 was recorded to, for requests of linli's own kind.

No package carries a 2.x server, so this is a protocol test and no more: every answer below (status, header,
words) is one that 2.8.0 gave; what it keeps is only as much as the answers need.
"""

import gzip
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "a-token-of-this-test"
ORG_ID = "1f2680aa891b6a9c"
LINE = re.compile(r"^(\w+)((?:,\w+=[^ ,=]+)*) ((?:\w+=(?:\"[^\"]*\"|-?[0-9.e+-]+),?)+) (\d+)$")
OLDEST_NS = 1_700_000_000_000_000_000

Answer = tuple[int, Any]


def refused(status: int, code: str, message: str) -> Answer:
    return status, {"code": code, "message": message}


UNAUTHORIZED = refused(401, "unauthorized", "unauthorized access")


@dataclass
class InfluxDB2:
    """What it holds, what it was asked, and what it is told to answer instead."""

    buckets: dict[str, str] = field(default_factory=dict)
    retention: dict[str, list[Any]] = field(default_factory=dict)
    version: str = "v2.8.0"
    is_new: bool = False
    """Nobody has set it up: it knows no token."""
    mapped: bool = True
    """2.8 maps every bucket by itself; an older 2.x may not."""
    lines: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    encodings: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    instead: dict[str, Answer] = field(default_factory=dict)
    delay_s: float = 0.0
    results: Any = field(default_factory=lambda: [{"statement_id": 0}])
    url: str = ""

    def paths(self, method: str) -> list[str]:
        return [path for asked, path, _ in self.asked if asked == method]

    def answer(self, method: str, path: str, query: dict[str, str], headers: Any, body: bytes) -> Answer:
        if path == "/ping":
            return 204, None
        if path == "/health":
            return 200, {"name": "influxdb", "status": "pass", "version": "v2.8.0"}
        if path == "/api/v2/setup":
            return 200, {"allowed": self.is_new}
        if path in self.instead:
            return self.instead[path]
        login = headers.get("Authorization", "")
        if (
            self.is_new
            or login not in (f"Token {TOKEN}", f"Bearer {TOKEN}")
            or (path == "/query" and "Bearer" in login)
        ):
            return UNAUTHORIZED
        route = getattr(self, f"{method}_{path.strip('/').replace('/', '_')}".lower())
        answer: Answer = route(query, headers, body)
        return answer

    def get_api_v2_orgs(self, query: dict[str, str], _headers: Any, _body: bytes) -> Answer:
        if query["org"] != "home":
            return refused(404, "not found", f'organization name "{query["org"]}" not found')
        return 200, {"orgs": [{"id": ORG_ID, "name": "home"}]}

    def get_api_v2_buckets(self, query: dict[str, str], _headers: Any, _body: bytes) -> Answer:
        name = query["name"]
        if name not in self.buckets:
            return refused(404, "not found", f'bucket "{name}" not found')
        return 200, {"buckets": [{"id": self.buckets[name], "orgID": ORG_ID, "name": name}]}

    def post_api_v2_buckets(self, _query: dict[str, str], _headers: Any, body: bytes) -> Answer:
        said = json.loads(body)
        if said["name"] in self.buckets:
            return refused(422, "conflict", f"bucket with name {said['name']} already exists")
        if any(rule["everySeconds"] < 3_600 for rule in said["retentionRules"]):
            return refused(500, "internal error", "retention policy duration must be at least 1h0m0s")
        self.retention[said["name"]] = said["retentionRules"]
        self.buckets[said["name"]] = "89ac9a0e3535c942"
        return 201, {"id": "89ac9a0e3535c942", "orgID": said["orgID"], "name": said["name"]}

    def get_api_v2_dbrps(self, _query: dict[str, str], _headers: Any, _body: bytes) -> Answer:
        names = self.buckets if self.mapped else {}
        return 200, {"content": [{"database": name, "bucketID": self.buckets[name]} for name in names]}

    def post_api_v2_dbrps(self, _query: dict[str, str], _headers: Any, body: bytes) -> Answer:
        self.mapped = True
        return 201, json.loads(body)

    def post_api_v2_write(self, query: dict[str, str], headers: Any, body: bytes) -> Answer:
        if query["bucket"] not in self.buckets:
            return refused(404, "not found", f'bucket "{query["bucket"]}" not found')
        if query.get("precision") != "ns":
            return refused(400, "invalid", "invalid precision; valid precision units are ns, us, ms, and s")
        self.encodings.append(headers.get("Content-Encoding", ""))
        if self.encodings[-1] == "gzip":
            try:
                body = gzip.decompress(body)
            except (EOFError, OSError):
                return refused(500, "internal error", "An internal error has occurred - check server logs")
        lines = body.decode().splitlines()
        self.sizes.append(len(lines))
        bad = [line for line in lines if not LINE.match(line)]
        if bad:  # and nothing of the request is stored
            said = "\n".join(f"unable to parse '{line}': missing field value" for line in bad)
            return refused(400, "invalid", said)
        dropped = [words for line in lines if (words := self._keep(line))]
        if dropped:
            said = f"failure writing points to database: partial write: {dropped[-1]} dropped={len(dropped)}"
            return refused(422, "unprocessable entity", said)
        return 204, None

    def _keep(self, line: str) -> str:
        """Store a line; the words of why not. A conflict drops the line and not its neighbours."""
        found = LINE.match(line)
        assert found is not None
        measurement, tags, fields, at_ns = found.groups()
        if int(at_ns) < OLDEST_NS:
            where = f"{measurement}{tags} at 1970-01-01T00:00:00Z dropped because it violates a Retention"
            where += " Policy Lower Bound at 2023-11-14T22:13:20Z"
            return (
                "dropped 1 points outside retention policy of duration 720h0m0s - oldest point"
                f" {where}, newest point {where}"
            )
        values = dict(part.split("=", 1) for part in re.findall(r"\w+=(?:\"[^\"]*\"|[^,]+)", fields))
        for name, value in values.items():
            sort = "string" if value.startswith('"') else "float"
            known = self.types.setdefault(f"{measurement}.{name}", sort)
            if known != sort:
                return (
                    f'field type conflict: input field "{name}" on measurement "{measurement}" is type'
                    f" {sort}, already exists as type {known}"
                )
        self.lines.setdefault((measurement + tags, at_ns), {}).update(values)
        return ""

    def post_query(self, query: dict[str, str], _headers: Any, _body: bytes) -> Answer:
        if not query["q"].startswith(("SELECT ", "SHOW ")):
            return refused(
                400, "invalid", f"error parsing query: found {query['q']}, expected SELECT, DELETE, …"
            )
        if " INTO " in query["q"]:
            return 200, {"results": [{"statement_id": 0, "error": "not implemented: SELECT INTO"}]}
        if query["db"] not in self.buckets:
            return 200, {"results": [{"statement_id": 0, "error": f"database not found: {query['db']}"}]}
        return 200, {"results": self.results}


@contextmanager
def serving(state: InfluxDB2) -> Iterator[InfluxDB2]:
    """Serve it on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one piece: in two, Nagle would hold the second back for 40 ms

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            state.asked.append((self.command, parts.path, query))
            time.sleep(state.delay_s)
            status, said = state.answer(self.command, parts.path, query, self.headers, body)
            raw = b"" if said is None else said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("X-Influxdb-Build", "OSS")
            self.send_header("X-Influxdb-Version", state.version)
            for name, value in state.headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(raw)))
            with suppress(ConnectionError):  # who asked may have gone
                self.end_headers()
                self.wfile.write(raw)
                self.wfile.flush()

        do_GET = do_POST = handle_any  # noqa: N815 - http.server's own names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
