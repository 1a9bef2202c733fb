"""docs/operations.md against the code: every setting is there with the default it has."""

import re
from pathlib import Path

import pytest
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from api.settings import Settings as ApiSettings
from edge.settings import EdgeSettings
from ingest.settings import Settings as IngestSettings
from linli.settings import variable

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


SETTINGS = (IngestSettings, ApiSettings, EdgeSettings)


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_setting_is_on_the_page_with_its_default(settings: type[Struct]) -> None:
    for field in fields(settings):
        rows = re.findall(rf"^\|.*`{variable(field.name)}`.*$", PAGE, re.MULTILINE)
        assert rows, f"{variable(field.name)} is not in docs/operations.md"
        if field.default not in ("", NODEFAULT):
            assert any(f"`{field.default}`" in row for row in rows), (
                f"{variable(field.name)}: {field.default!r}"
            )


def test_the_page_names_no_setting_that_does_not_exist() -> None:
    known = {variable(field.name) for each in SETTINGS for field in fields(each)}
    assert set(re.findall(r"LINLI_[A-Z_]+[A-Z]", PAGE)) <= known
