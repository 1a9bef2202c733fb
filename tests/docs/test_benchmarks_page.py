"""Every row of the benchmarks is on their page, and no other."""

import re
from pathlib import Path

from benchmarks.__main__ import ROWS

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def test_the_page_has_the_rows() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE) == list(ROWS)
