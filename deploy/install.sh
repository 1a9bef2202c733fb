#!/usr/bin/env bash
# install.sh PYTHON LOCK: what the lock names, with that Python. A line now and then in place of pip's hundred;
# what pip has to say on stderr is shown as it is, and its status is ours.
set -euo pipefail
python=$1 lock=$2
total=$(grep -cE '^[A-Za-z0-9]' "$lock")

"$python" -m pip install --disable-pip-version-check --no-input --require-hashes --no-deps -r "$lock" |
  {
    fetched=0
    while IFS= read -r line; do
      case $line in
        Collecting* | Processing*)
          fetched=$((fetched + 1))
          if ((fetched % 20 == 1)); then echo "  fetching package $fetched of at most $total"; fi
          ;;
        Installing*) echo "  installing $fetched packages" ;;
      esac
    done
  }
echo "  done"
