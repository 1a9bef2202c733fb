"""The reference that the API gives of itself."""

import re

from linli import __version__
from linli.events import CHANNELS
from linli.profiles import builtin
from tests.unit.api.asking import get
from tests.unit.api.conftest import Site


def test_every_route_is_documented(reading: Site) -> None:
    paths = get(reading, "openapi.json")["paths"]
    assert len(paths) >= 16
    for path, methods in paths.items():
        for method, said in methods.items():
            assert said["tags"], (method, path)
            assert said["summary"], (method, path)
            assert said["description"], (method, path)
            for one in said.get("parameters", []):
                assert one["in"] != "path" or one["schema"]["pattern"], (path, one)


def test_every_json_answer_has_an_example(reading: Site) -> None:
    schemas = get(reading, "openapi.json")["components"]["schemas"]
    for name, schema in schemas.items():
        if name in {"HTTPValidationError", "ValidationError"}:
            continue
        for field, said in schema.get("properties", {}).items():
            nested = "$ref" in str(said)
            assert nested or "examples" in said, f"{name}.{field} has no example"


def test_the_examples_are_as_linli_writes_them(reading: Site) -> None:
    schemas = reading.client.get("/api/v1/openapi.json").json()["components"]["schemas"]

    def example(name: str, field: str) -> str:
        return str(schemas[name]["properties"][field]["examples"][0])

    assert re.fullmatch("[0-9a-f]{16}", example("Alert", "id"))
    shanghai = builtin("shanghai")
    assert example("Deposit", "profile") == f"{shanghai.id}/{shanghai.version}"
    assert example("Device", "software") == f"linli-edge/{__version__}"
    assert schemas["ChannelName"]["enum"] == list(CHANNELS)
