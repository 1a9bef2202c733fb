#!/usr/bin/env bash
# Prints the Python that `make setup` uses: the one given, or the first on the PATH that is 3.11 or newer and can
# make a virtual environment. Otherwise one line on stderr that says what is missing.
set -u

fit() { # prints nothing when $1 will do, else why it will not
  "$1" - 2>/dev/null <<'PY' || echo "$1 does not run"
import sys
if sys.version_info < (3, 11):
    print(f"{sys.executable} is Python {sys.version.split()[0]}; linli needs 3.11 or newer")
else:
    try:
        import ensurepip, venv
    except ImportError as missing:
        print(f"{sys.executable} has no {missing.name}; on Debian: apt-get install python3-venv")
PY
}

if [ $# -gt 0 ]; then
  candidates=("$1")
else
  candidates=(python3 python3.11 python3.12 python3.13 python3.14 /usr/bin/python3)
fi
reason=
for candidate in "${candidates[@]}"; do
  command -v "$candidate" >/dev/null || continue
  why=$(fit "$candidate")
  [ -z "$why" ] && { command -v "$candidate"; exit 0; }
  reason=${reason:-$why}
done
echo "make setup: ${reason:-no ${candidates[0]} found; linli needs Python 3.11 or newer}. Name another with PYTHON=…" >&2
exit 1
