"""What the pages say, in Chinese and English: a small catalogue file for each language."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from fastapi import Request

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
TAGS = {"zh": "zh-CN", "en": "en"}
COOKIE = "linli_lang"
FOLDER = Path(__file__).parent / "catalogue"


@dataclass(frozen=True, slots=True)
class Words:
    """One language. Calling it with a key gives the text; a key it lacks is a fault (KeyError)."""

    language: Language
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        return self.texts[key].format_map(values)

    def named(self, group: str, name: str) -> str:
        """The word for something a store or a device names; its own name when the catalogue has none."""
        return self.texts.get(f"{group}.{name}", name)

    def has(self, key: str) -> bool:
        """Whether there is a text."""
        return key in self.texts


@cache
def words(language: Language) -> Words:
    """The catalogue of a language."""
    raw = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    return Words(language, dict(_flat(raw, "")))


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, str(value)


def language_of(request: Request) -> Language:
    """As asked by `?lang=`, else as remembered, else as the browser prefers, else Chinese."""
    for wish in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        for language in LANGUAGES:
            if wish == language:
                return language
    return _preferred(request.headers.get("accept-language", ""))


def _preferred(header: str) -> Language:
    ranked: list[tuple[float, Language]] = []
    for part in header[:500].split(","):
        tag, _, quality = part.strip().partition(";q=")
        name = tag.strip().lower()[:2]
        ranked += [(_quality(quality), language) for language in LANGUAGES if language == name]
    return max(ranked, key=lambda one: one[0])[1] if ranked else "zh"


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
