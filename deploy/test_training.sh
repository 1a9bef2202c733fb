#!/usr/bin/env bash
# The tests that need torch, which no set-up brings. They run in an environment of their own, .venv-train: the lock
# and, on top of it, the extra `train`. It is made once, and again when one of the two changes. There no test of
# training may skip. $PY is a Python that can make the environment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
venv=.venv-train
python=$venv/bin/python
made=$venv/.linli-stamp

if [ ! "$made" -nt requirements.lock ] || [ ! "$made" -nt pyproject.toml ]; then
  echo "Setting up $venv with torch: some gigabytes, only this once."
  "${PY:?}" -m venv --clear "$venv"
  bash deploy/install.sh "$python" requirements.lock
  # linli itself is what is in this folder; its other extras are in the lock.
  "$python" - >"$venv/train.txt" <<'PYTHON'
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
print(*(need for need in project["optional-dependencies"]["train"] if not need.startswith("linli[")), sep="\n")
PYTHON
  "$python" -m pip install --disable-pip-version-check --no-input -q -r "$venv/train.txt"
  touch "$made"
fi

"$python" -m pytest --timeout 1800 tests/unit/models/test_training_*.py "$@" | tee "$venv/tests.log"
if grep '^SKIPPED' "$venv/tests.log"; then
  echo "a test of training was skipped; here everything is installed that it needs"
  exit 1
fi
