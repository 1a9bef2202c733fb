"""docker-compose.yml: what can be known of it without a daemon."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import credentials
from deploy.process import ROOT

FILE = ROOT / "docker-compose.yml"
SERVICES = {"secrets", "mosquitto", "influxdb", "ingest", "api", "simulator"}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
    return found


def test_compose_itself_takes_the_file() -> None:
    command = _compose()
    if command is None:
        reason = "neither `docker compose` nor docker-compose is here"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    checked = subprocess.run(
        [*command, "-f", str(FILE), "config"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert checked.returncode == 0, checked.stderr
    assert set(yaml.safe_load(checked.stdout)["services"]) >= SERVICES - {"simulator"}


def _compose() -> list[str] | None:
    docker = shutil.which("docker")
    if docker is not None:
        plugin = subprocess.run([docker, "compose", "version"], capture_output=True, check=False)
        if plugin.returncode == 0:
            return [docker, "compose"]
    old = shutil.which("docker-compose")
    return None if old is None else [old]


def test_every_image_is_pinned_to_a_whole_version(services: dict[str, Any]) -> None:
    assert set(services) == SERVICES
    images = {service["image"] for service in services.values()}
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    images |= set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE))
    for image in images:
        assert re.search(r":\d+\.\d+\.\d+(-[a-z-]+)?$", image), image


def test_what_stays_up_has_a_health_check_and_waits_for_what_it_needs(services: dict[str, Any]) -> None:
    for name in SERVICES - {"secrets"}:
        assert services[name]["healthcheck"]["test"], name
        assert services[name]["depends_on"], name


def test_the_simulator_speaks_with_the_password_that_was_made_for_bins(
    services: dict[str, Any], tmp_path: Path
) -> None:
    """With-secrets.sh as the service calls it, on the secrets as `credentials` makes them."""
    simulator = services["simulator"]
    shell, script, name, *_ = simulator["entrypoint"]
    local = (
        (ROOT / "deploy" / "compose" / Path(script).name)
        .read_text()
        .replace("/secrets/", f"{tmp_path}/linli/")
    )
    (tmp_path / "with-secrets.sh").write_text(local)
    credentials.make(tmp_path)
    environ = {**os.environ, **simulator["environment"]}
    program = (
        "import os; print(os.environ['LINLI_BROKER_USERNAME'], len(os.environ['LINLI_BROKER_PASSWORD']))"
    )
    said = subprocess.run(
        [shell, str(tmp_path / "with-secrets.sh"), name, sys.executable, "-c", program],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    user, length = said.stdout.split()
    assert user == "bin"
    assert int(length) >= 16


def test_no_secret_has_a_value_in_the_file(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|TOKEN|SECRET", variable):
                assert str(value).startswith("/secrets/"), f"{name}: {variable}"


def test_ports_are_published_on_this_machine_unless_said(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert len(published) == 2
    assert all(port.startswith("${LINLI_PUBLISH_ON:-127.0.0.1}:") for port in published)


def test_what_the_file_and_the_image_name_is_there(services: dict[str, Any]) -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (?!--from)(\S+) ", dockerfile, re.MULTILINE)
    mounted = [
        volume.split(":")[0]
        for service in services.values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    ]
    assert copied
    assert mounted
    for path in [*copied, *mounted, "deploy/inventory.example.toml", "deploy/compose/with-secrets.sh"]:
        assert (ROOT / path).exists(), path
