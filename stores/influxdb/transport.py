"""HTTP to a time-series store, and what its answers mean: taken, not now, never."""

import base64
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
import urllib3

from linli.errors import HistoryFailed, HistoryRefused, HistoryUnavailable
from stores import bounded

CONNECT_S = 3.0
READ_S = 5.0
"""For the whole answer to a question: people wait for it, and they share the threads they wait in."""
WRITE_S = 30.0
"""For the whole answer to a writing: a small server may be busy with its files."""
GZIP_LEVEL = 1
"""Lines repeat themselves: level 1 takes them to a tenth, and costs a third of level 6."""
WORDS_MAX = 1_000_000
"""Of an error's message: it may quote thousands of bad lines, and each that is quoted need not be sought."""
PAUSE_MAX_S = 3_600.0
"""However long a server asks to be left alone, it is asked again after this."""
_SEEN = 200
_NEAR = ("localhost", "127.0.0.1", "::1")
_LASTING = {
    "no space left on device": "its disk is full, or was: make room, and restart it if it says so still",
    "not attempting to open shard": "it could not open one of its shards, and must be restarted",
}
"""What an InfluxDB says in a 500 that does not pass by itself, and what it means."""

T = TypeVar("T")


class NoAnswer(HistoryUnavailable):
    """Nothing came in time, or no end of it: whoever asks next would only wait too."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers (any case) and a body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def words(self) -> str:
        """What it says went wrong: 1.x says it in `error`, 2.x in `message`."""
        return words(self.body)

    def read(self, shape: type[T]) -> T:
        """The body as JSON of this shape. Raises HistoryUnavailable, with what came, when it is another."""
        return decode(self.body, shape)


def decode(body: bytes, shape: type[T]) -> T:
    """JSON of this shape. Raises HistoryUnavailable, with what came, when it is another."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise misunderstood(body, str(error)) from error


def misunderstood(body: bytes, why: str) -> HistoryUnavailable:
    """For an answer that is none of the store's: a proxy, another version, another service for a while."""
    return HistoryUnavailable(f"the answer is not understood ({why}): {body[:_SEEN]!r}")


class Transport:
    """Asks one server. A connection is kept; nothing is ever tried again behind the caller's back."""

    def __init__(
        self,
        url: str,
        token: str,
        read_s: float = READ_S,
        write_s: float = WRITE_S,
        *,
        packs: bool | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.write_s = write_s
        self._packs = _is_far(url) if packs is None else packs
        self._read_s = read_s
        self._pool = bounded.pool(connections=8)

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        within_s: float | None = None,
    ) -> Answer:
        """The answer, whatever its status. Raises NoAnswer, and HistoryRefused for what is no address."""
        if not self.url.startswith(("http://", "https://")):
            raise HistoryRefused(f"{self.url!r} is no address: it must begin with http:// or https://")
        target = f"{self.url}{path}"
        if query:
            target += "?" + urlencode(query)
        try:
            found = self._pool.request(
                method,
                target,
                body=body,
                headers={**self._login(), **(headers or {})},
                timeout=urllib3.Timeout(connect=CONNECT_S, read=within_s or self._read_s),
                redirect=False,
            )
        except ValueError as error:  # urllib3 cannot read the address, or the token has no place in a header
            raise HistoryRefused(f"{self.url} cannot be asked: {error}") from error
        except urllib3.exceptions.HTTPError as error:
            raise unreachable(self.url, error) from error
        return Answer(found.status, found.headers, found.data)

    def post_lines(self, path: str, query: Mapping[str, str], lines: bytes) -> Answer:
        """Send lines."""
        body, encoding = self.pack(lines)
        headers = {"Content-Type": "text/plain; charset=utf-8", **encoding}
        return self.ask("POST", path, query, body=body, headers=headers, within_s=self.write_s)

    def pack(self, lines: bytes) -> tuple[bytes, dict[str, str]]:
        """The lines as they are sent, and the header that says so: gzipped, but not to a server beside us,
        where packing costs more than all that it saves.
        """
        if not self._packs:
            return lines, {}
        return gzip.compress(lines, GZIP_LEVEL, mtime=0), {"Content-Encoding": "gzip"}

    def close(self) -> None:
        """Closes its connections."""
        self._pool.clear()

    def _login(self) -> dict[str, str]:
        """2.x and 1.8 take a token, 1.x with a login `user:password`. Never Bearer: /query refuses it."""
        if not self.token:
            return {}
        if ":" in self.token:
            return {"Authorization": "Basic " + base64.b64encode(self.token.encode()).decode()}
        return {"Authorization": f"Token {self.token}"}


def _is_far(url: str) -> bool:
    try:
        return urlsplit(url).hostname not in _NEAR
    except ValueError:  # no address: `ask` will say so
        return True


def unreachable(url: str, error: Exception) -> NoAnswer:
    """For a refused connection, a time-out, a broken or endless answer: urllib3's errors."""
    cause = error.__cause__
    why = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(error)
    return NoAnswer(f"{url} does not answer: {why}")


def words(body: bytes | str) -> str:
    """The sentence in an error's body: JSON of InfluxDB, or whatever stands between us and it says."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        text = body if isinstance(body, str) else body.decode(errors="replace")
        return text[:1_000].strip()
    if isinstance(said, dict):
        return str(said.get("message") or said.get("error") or said)[:WORDS_MAX]
    return str(said)[:1_000]


def check(status: int, said: str, headers: Mapping[str, str] | None = None) -> None:
    """Raise what an answer that is not 2xx means.

    HistoryUnavailable: not now. HistoryFailed: it failed, perhaps for good. HistoryRefused: it will not.
    """
    if 200 <= status < 300:
        return
    text = f"answered {status}: {said}"
    if status in (408, 429, 502, 503, 504):
        raise HistoryUnavailable(text, _pause_s(headers or {}))
    if status >= 500:
        meant = next((words for sign, words in _LASTING.items() if sign in said), None)
        raise HistoryFailed(f"{text} ({meant})" if meant else text, lasting=meant is not None)
    raise HistoryRefused(text)


def _pause_s(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds. Its other form, a date, is nobody's here."""
    said = headers.get("Retry-After", "")
    return min(float(said), PAUSE_MAX_S) if said.isascii() and said.isdigit() and len(said) < 9 else None
