# linli: everything a person runs, from a fresh clone. `make help` says what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?=
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.linli-stamp
export PYTHONUNBUFFERED := 1

# The demo's settings: `make demo SECONDS=60 PHOTOS=photos.tar INFLUXDB_URL=http://… BROKER=mosquitto`, DATABASE_URL.
# SECONDS is bash's own name too, so it is only taken when it was really given to make.
DEMO_ARGS := \
	$(if $(filter command environment,$(firstword $(origin SECONDS))),--seconds '$(SECONDS)') \
	$(if $(PHOTOS),--photos '$(PHOTOS)') \
	$(if $(INFLUXDB_URL),--influxdb-url '$(INFLUXDB_URL)') \
	$(if $(DATABASE_URL),--database-url '$(DATABASE_URL)') \
	$(if $(BROKER),--broker '$(BROKER)') \
	$(if $(SEED),--seed '$(SEED)') \
	$(if $(BINS),--bins '$(BINS)') \
	$(if $(HOUSEHOLDS),--households '$(HOUSEHOLDS)')
SERVE_ARGS := $(if $(BROKER),--broker '$(BROKER)') $(if $(INVENTORY),--inventory '$(INVENTORY)')

.PHONY: help setup demo serve test check test-edge test-training bench nightly lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make demo SECONDS=60 PHOTOS=val.tar INFLUXDB_URL=http://127.0.0.1:8086 BROKER=auto|mosquitto|iotcore"
	@echo "  DATABASE_URL=postgresql+psycopg://user:password@host/empty keeps the demo in PostgreSQL"
	@echo "  PYTHON=/path/to/python3.11 chooses the Python; BROKER and INVENTORY also go with make serve"

setup: $(STAMP) ## make .venv and install what requirements.lock names
	@:

$(STAMP): requirements.lock deploy/python.sh
	@python=$$(bash deploy/python.sh $(PYTHON)) && \
	echo "Setting up $(VENV) with $$python: about 400 MB, one to two minutes, only this once." && \
	"$$python" -m venv $(VENV) && \
	bash deploy/install.sh $(PY) requirements.lock && \
	touch $@

demo: setup ## a simulated neighbourhood and its dashboard; with SECONDS=60 it stops and compares with the truth
	@$(PY) -m deploy demo $(DEMO_ARGS)

serve: setup ## broker, ingest and API for real bins
	@$(PY) -m deploy serve $(SERVE_ARGS)

test: setup ## the whole suite; TESTS=tests/unit chooses
	@$(PY) -m pytest $(TESTS)

check: setup ## ruff, mypy, import contracts, docs tests
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-logo
	@$(PY) -m pytest -q tests/docs tests/unit/test_walls.py

test-edge: setup ## a clean environment with only .[edge]: the bin runs and imports no server
	@PY=$(PY) bash deploy/test_edge.sh

test-training: setup ## the tests of training, with torch, in an environment of their own
	@PY=$(PY) bash deploy/test_training.sh

bench: setup ## the rows of docs/benchmarks.md; about half an hour
	@$(PY) -m benchmarks

nightly: setup ## faults composed at random, by the thousand (RUNS=3000 SEED=1), a district that comes back, training
	@$(PY) -m tests.faults --runs $(or $(RUNS),3000) --seed $(or $(SEED),1)
	@$(PY) -m tests.faults --sabotage
	@LINLI_TEST_DEVICES=2000 $(PY) -m pytest -q --timeout 1200 tests/e2e/test_edge_return.py
	@PY=$(PY) bash deploy/test_training.sh

lock: setup ## compile requirements.lock from pyproject.toml (needs the package registry)
	@test -x $(VENV)/bin/uv || $(PY) -m pip install --disable-pip-version-check -q 'uv==0.13.9'
	@$(VENV)/bin/uv pip compile pyproject.toml -q -o requirements.lock \
		--universal --python-version 3.11 --generate-hashes \
		--no-config --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
		--extra edge --extra ingest --extra api --extra simulators --extra embedded --extra deploy --extra dev
	@! grep -nE 'https?://|file:|@ /' requirements.lock || { echo 'the lock carries an address'; exit 1; }
	@touch $(STAMP)
	@git --no-pager diff --stat -- requirements.lock
