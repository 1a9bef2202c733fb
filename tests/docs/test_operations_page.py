"""docs/operations.md against the code: every setting is there with the default it has."""

import re
from pathlib import Path

import pytest
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from api.settings import Settings as ApiSettings
from ingest.settings import Settings as IngestSettings
from linli.settings import variable

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


@pytest.mark.parametrize("settings", [IngestSettings, ApiSettings])
def test_every_setting_is_on_the_page_with_its_default(settings: type[Struct]) -> None:
    for field in fields(settings):
        row = re.search(rf"^\|.*`{variable(field.name)}`.*$", PAGE, re.MULTILINE)
        assert row, f"{variable(field.name)} is not in docs/operations.md"
        if field.default not in ("", NODEFAULT):
            assert f"`{field.default}`" in row.group(), f"{variable(field.name)} is {field.default!r}"


def test_the_page_names_no_setting_that_does_not_exist() -> None:
    known = {variable(field.name) for each in (IngestSettings, ApiSettings) for field in fields(each)}
    assert set(re.findall(r"LINLI_[A-Z_]+[A-Z]", PAGE)) <= known
