#!/usr/bin/env bash
# A bin's computer: a clean environment with `.[edge]` and nothing else, at the versions of the lock. There the
# command line answers, and running the bin until it would publish has imported no server's package.
# $PY is a Python that can make the environment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "Making an environment with only .[edge]"
"${PY:?}" -m venv "$work/venv"
# Constraints may carry no hashes beside a local project, so the versions are kept and the hashes left out.
sed -nE 's/^([A-Za-z0-9._-]+==[^ ]+( ; [^\\]+[^\\ ])?) *\\?$/\1/p' requirements.lock >"$work/constraints.txt"
# Built from a copy, so that no build folder is left in the checkout.
mkdir "$work/source"
git ls-files -z -c -o --exclude-standard | tar --null -T - -cf - | tar -xf - -C "$work/source"
"$work/venv/bin/python" -m pip install --disable-pip-version-check --no-input -q \
  -c "$work/constraints.txt" "$work/source[edge]"

cd "$work" # so that the installed package is what is imported
"$work/venv/bin/python" -m pip list --disable-pip-version-check --format freeze
"$work/venv/bin/python" -m edge bin --help >/dev/null
"$work/venv/bin/python" -m edge camera --help >/dev/null
"$work/venv/bin/python" "$work/source/deploy/edge_alone.py"
