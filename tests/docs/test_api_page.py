"""docs/api.md against the running code: every route is there, and none that does not exist."""

import re
from pathlib import Path

from api.app import create_app
from api.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def test_the_page_lists_exactly_the_routes_there_are(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=str(tmp_path)))
    real = {(verb.upper(), path) for path, verbs in app.openapi()["paths"].items() for verb in verbs}
    assert set(re.findall(r"`(GET|POST) (/[^` ]+)`", PAGE)) == real


def described(text: str, schemas: dict[str, object]) -> str:
    """A schema with all that it refers to."""
    seen: set[str] = set()
    while names := set(re.findall(r"#/components/schemas/(\w+)", text)) - seen:
        seen |= names
        text += "".join(str(schemas[name]) for name in sorted(names))
    return text


def test_every_answer_in_json_has_an_example(tmp_path: Path) -> None:
    openapi = create_app(Settings(data_dir=str(tmp_path))).openapi()
    for path, verbs in openapi["paths"].items():
        for verb, operation in verbs.items():
            answer = next(body for status, body in operation["responses"].items() if status.startswith("2"))
            content = answer.get("content", {}).get("application/json")
            if content is None:  # a photo, the stream, the metrics
                continue
            assert "'example" in described(str(content), openapi["components"]["schemas"]), f"{verb} {path}"
