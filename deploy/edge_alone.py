"""Where only `.[edge]` is installed: imports every module of the bin and names what it must not bring in."""

import importlib
import pkgutil
import sys
from importlib import metadata

SERVER = {
    "alembic",
    "fastapi",
    "influxdb_client",
    "iotcore",
    "jinja2",
    "prometheus_client",
    "pydantic",
    "sqlalchemy",
    "starlette",
    "torch",
    "uvicorn",
}
OURS = {"stores", "ingest", "api", "deploy", "simulators"}


def main() -> int:
    import edge

    for module in pkgutil.walk_packages(edge.__path__, "edge."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    loaded = {name.split(".")[0] for name in sys.modules} & (SERVER | OURS)
    installed = {name.name.lower().replace("-", "_") for name in metadata.distributions()} & SERVER
    for name in sorted(loaded | installed):
        print(f"the bin brings in {name}")
    if not loaded | installed:
        print("the bin runs alone: no server dependency is installed or imported")
    return 1 if loaded | installed else 0


if __name__ == "__main__":
    sys.exit(main())
