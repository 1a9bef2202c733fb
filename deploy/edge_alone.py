"""Where only `.[edge]` is installed: runs the bin, imports all of it, and names what it must not bring in."""

import importlib
import json
import os
import pkgutil
import re
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

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
WITHIN_S = 60.0


def installed() -> set[str]:
    return {found.name.lower().replace("-", "_") for found in metadata.distributions()}


def imported_by_all_modules() -> set[str]:
    import edge

    for module in pkgutil.walk_packages(edge.__path__, "edge."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return {name.split(".")[0] for name in sys.modules}


def imported_by_a_run(folder: Path) -> set[str]:
    """Runs a bin with a level sensor and no broker until its outbox holds a reading; what it imported."""
    (folder / "photos").mkdir()
    (folder / "levels.json").write_text(json.dumps({"kitchen": {"fill_pct": 40}}), encoding="utf-8")
    settings = {
        "community": "garden",
        "device": "bin-1",
        "compartments": "kitchen=kitchen",
        "camera_path": str(folder / "photos"),
        "sensor": "level_file",
        "sensor_path": str(folder / "levels.json"),
        "reading_every_s": 0.2,
        "data_dir": str(folder / "data"),
        "broker_port": 9,  # nobody listens there
    }
    config = folder / "edge.toml"
    config.write_text(
        "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items()), encoding="utf-8"
    )
    log = folder / "imports.log"
    with log.open("wb") as errors:
        running = subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", "edge", "bin", "--config", str(config)],
            stderr=errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        deadline = time.monotonic() + WITHIN_S
        while not holds_a_reading(folder / "data"):
            if running.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"the bin took no reading:\n{said(log)}")
            time.sleep(0.1)
    finally:
        running.terminate()
        status = running.wait(WITHIN_S)
    if status != 0:
        sys.exit(f"the bin ended with status {status}:\n{said(log)}")
    lines = re.findall(
        r"^import time:\s+\d+ \|\s+\d+ \|\s+(\S+)$", log.read_text(errors="replace"), re.MULTILINE
    )
    return {name.split(".")[0] for name in lines}


def said(log: Path) -> str:
    """What the bin logged, without Python's own lines about its imports."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(line for line in lines if not line.startswith("import time:"))


def holds_a_reading(data: Path) -> bool:
    return any(b"fill_pct" in path.read_bytes() for path in data.rglob("*") if path.is_file())


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        ran = imported_by_a_run(Path(folder))
    if "edge" not in ran or "paho" not in ran:
        print("the run shows no imports at all, so it proves nothing")
        return 1
    strangers = (ran | imported_by_all_modules()) & (SERVER | OURS) | installed() & SERVER
    for name in sorted(strangers):
        print(f"the bin brings in {name}")
    if not strangers:
        print(f"the bin runs alone: it took a reading with {len(ran)} packages, and none of a server")
    return 1 if strangers else 0


if __name__ == "__main__":
    sys.exit(main())
