"""docs/mqtt.md against the code: every example decodes, everything that exists is on the page."""

import json
import re
from pathlib import Path

import pytest

from linli import messages
from linli.alerts.state import AlertKind
from linli.batch import Batch, decode_batch
from linli.events import CHANNELS, EVENT_KINDS, Event
from linli.messages import Command, Receipt, Reply, Status
from linli.profiles import builtin, names
from linli.refusal import Refusal
from linli.topics import DOWNWARD, PREFIX, UPWARD
from linli.waste import Kind

PAGE_AT = Path(__file__).parents[2] / "docs" / "mqtt.md"
PAGE = PAGE_AT.read_text()
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


def decoder_of(example: dict[str, object]):
    """Which message an example is, by a field that only it has."""
    for field, decode in {
        "events": decode_batch,
        "through": messages.decode_receipt,
        "session": messages.decode_status,
        "sha256": lambda line: messages.decode_photo_header(line + b"\n"),
        "command": messages.decode_command,
        "ok": messages.decode_reply,
    }.items():
        if field in example:
            return decode
    return None


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_is_what_the_code_reads(text: str) -> None:
    example = json.loads(text)
    decode = decoder_of(example)
    if decode is None:  # an alert, which linli sends: tests/contract holds it against what is published
        assert {"id", "state", "kind", "pages"} <= set(example)
        return
    decoded = decode(text.strip().encode())
    assert getattr(decoded, "refused", []) == [] or isinstance(decoded, Receipt)


def test_the_five_minute_line_is_good() -> None:
    payload = re.findall(r"-m '(\{.*?\})'", PAGE)
    assert payload
    assert all(decode_batch(text.encode()).refused == [] for text in payload)


@pytest.mark.parametrize("channel", [*UPWARD, *DOWNWARD])
def test_every_topic_is_on_the_page(channel: str) -> None:
    assert f"`{PREFIX}/<community>/<device>/{channel}`" in PAGE


@pytest.mark.parametrize(
    "field",
    sorted(
        {name for kind in EVENT_KINDS.values() for name in kind.__struct_fields__}
        | {name for each in (Batch, Receipt, Status, Command, Reply) for name in each.__struct_fields__}
        | set(EVENT_KINDS)
        | set(CHANNELS)
        | {kind.value for kind in Kind}
        | {kind.value for kind in AlertKind}
    ),
)
def test_every_name_is_on_the_page(field: str) -> None:
    assert re.search(rf"`{field}`|\"{field}\"|`{field}:", PAGE), f"{field} is not in docs/mqtt.md"


@pytest.mark.parametrize("jurisdiction", names())
def test_the_items_on_the_page_are_those_a_profile_and_the_model_know(jurisdiction: str) -> None:
    section = PAGE.partition("#### Items")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE)
    listed = {item: kind for kind, items in rows for item in re.findall(r"`(\w+)`", items)}
    profile = builtin(jurisdiction)
    assert listed == profile.items
    labels = json.loads((PAGE_AT.parents[1] / "models" / "artifacts" / "labels.json").read_text())
    assert set(labels["items"]) <= set(listed)


def test_the_kinds_are_those_that_decode() -> None:
    assert set(EVENT_KINDS.values()) == set(Event.__args__)


def test_the_reasons_on_the_page_are_those_there_are() -> None:
    section = PAGE.partition("## What is refused, by name")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [reason.value for reason in Refusal]
