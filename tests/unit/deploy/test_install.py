"""How `make setup` shows what pip does: little of its progress, all of its errors."""

import subprocess
from pathlib import Path

import pytest

from deploy.process import ROOT

PIP = """#!/bin/sh
echo "Looking in indexes: somewhere"
for n in $(seq 44); do
  echo "Collecting package$n==1.0 (from -r requirements.lock (line $n))"
  echo "  Downloading package$n-1.0-py3-none-any.whl (1.0 MB)"
done
echo "Processing /a/folder/package45-1.0-py3-none-any.whl (from -r requirements.lock (line 45))"
echo "ERROR: no space left on the device" >&2
echo "Installing collected packages: package1, package2"
exit {status}
"""


@pytest.mark.parametrize("status", [0, 1])
def test_a_line_now_and_then_and_every_error(tmp_path: Path, status: int) -> None:
    python, lock = tmp_path / "python", tmp_path / "requirements.lock"
    python.write_text(PIP.replace("{status}", str(status)))
    python.chmod(0o755)
    lock.write_text("".join(f"package{n}==1.0 \\\n    --hash=sha256:00\n" for n in range(46)))
    done = subprocess.run(
        ["bash", str(ROOT / "deploy" / "install.sh"), str(python), str(lock)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert done.stderr == "ERROR: no space left on the device\n"
    assert done.stdout.splitlines() == [
        "  fetching package 1 of at most 46",
        "  fetching package 21 of at most 46",
        "  fetching package 41 of at most 46",
        "  installing 45 packages",
        *(["  done"] if status == 0 else []),
    ]
