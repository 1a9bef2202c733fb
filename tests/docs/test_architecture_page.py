"""docs/architecture.md against the folders: each part of a room that has a section stands there, no other."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
SECTIONS = dict(re.findall(r"^## What is where in `(\w+)/`\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL))


def parts(room: str) -> set[str]:
    """Its modules, and its folders with a slash."""
    modules = {path.stem for path in (ROOT / room).glob("[a-z]*.py")}
    folders = {path.parent.name + "/" for path in (ROOT / room).glob("[a-z]*/__init__.py")}
    return modules | folders


@pytest.mark.parametrize("room", ["linli", "ingest", "stores", "edge"])
def test_each_part_of_a_room_stands_on_the_page(room: str) -> None:
    named = set(re.findall(r"`([a-z_0-9]+/?)`", SECTIONS[room]))
    assert parts(room) - named == set()
    assert named - parts(room) <= {"evaluate"}, "it is there no more"
