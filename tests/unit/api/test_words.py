"""The catalogues: complete, the same in both languages, and all a page may ask for."""

import re
import string
from pathlib import Path

import pytest
from fastapi import Request

from api.pages.words import LANGUAGES, Language, language_of, words
from linli.alerts.state import AlertKind, Reason, Severity, State
from linli.inventory import DeviceType
from linli.waste import Outcome

API = Path(__file__).parents[3] / "api"
KEY = re.compile(r"""\bw\(\s*["']([a-z_.0-9]+[a-z_0-9])["']""")
SOURCES = [*API.rglob("*.py"), *API.rglob("*.html")]


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_and_holes() -> None:
    zh, en = words("zh").texts, words("en").texts
    assert zh.keys() == en.keys()
    assert {key: holes(text) for key, text in zh.items()} == {key: holes(text) for key, text in en.items()}
    assert all(zh.values())
    assert all(en.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_that_a_page_asks_for_is_missing(language: Language) -> None:
    asked = {key for path in SOURCES for key in KEY.findall(path.read_text("utf-8"))}
    assert len(asked) > 80
    assert asked - words(language).texts.keys() == set()


def test_no_key_stays_that_no_page_asks_for() -> None:
    named = {"kind", "severity", "state", "change", "outcome", "type", "presence", "why", "reason"}
    put_together = {"ledger", "problem"}
    text = "".join(path.read_text("utf-8") for path in SOURCES)
    literal = {key for key in words("zh").texts if key.partition(".")[0] not in named | put_together}
    assert {key for key in literal if not re.search(rf"""["']{re.escape(key)}["']""", text)} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_the_domain_names_has_a_word(language: Language) -> None:
    wanted = {
        *(f"kind.{one}" for one in AlertKind),
        *(f"severity.{one}" for one in Severity),
        *(f"state.{one}" for one in State),
        *(f"reason.{one}" for one in Reason),
        *(f"outcome.{one}" for one in Outcome),
        *(f"type.{one}" for one in DeviceType),
        *(f"change.{one}" for one in ("fired", "resolved", "acknowledged")),
        *(f"presence.{one}" for one in ("online", "offline", "asleep", "unknown")),
    }
    assert wanted - words(language).texts.keys() == set()


def test_the_chinese_catalogue_is_chinese() -> None:
    plain = {"site.dash", "alert.by_person", "device.chart_range", "alerts.between", "compliance.weight"}
    plain |= {"compliance.value", "bins.temperature", "bins.fill", "ledger.gap_comma"}
    for key, text in words("zh").texts.items():
        assert key in plain or re.search(r"[\u4e00-\u9fff]", text), key


@pytest.mark.parametrize(
    ("query", "cookie", "header", "expected"),
    [
        ("", "", "", "zh"),
        ("", "", "en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("", "", "fr,zh-TW;q=0.7,en;q=0.3", "zh"),
        ("", "", "fr", "zh"),
        ("", "", "en;q=x,zh;q=0.1", "zh"),
        ("", "en", "zh", "en"),
        ("lang=zh", "en", "en", "zh"),
        ("lang=xx", "", "en", "en"),
    ],
)
def test_the_language_of_a_visit(query: str, cookie: str, header: str, expected: str) -> None:
    headers = [(b"accept-language", header.encode()), (b"cookie", f"linli_lang={cookie}".encode())]
    scope = {"type": "http", "query_string": query.encode(), "headers": headers}
    assert language_of(Request(scope)) == expected
