# Everything a person or the CI does here. `make` alone shows the list.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test walks check assets bench lighthouse prove lock compose-check setup setup-dev

# The newest Python of this machine that is new enough and can make environments (a shim that leads nowhere does not
# count). The system's own come first: distributions build theirs with profiles, a third faster than most built by hand.
PYTHON := $(shell for name in /usr/bin/python3.1{4,3,2,1} python3.13 python3.12 python3.11 python3.14 python3; do \
	if "$$name" -c "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))" >/dev/null 2>&1; \
	then echo "$$name"; break; fi; done)
PY := .venv/bin/python
# Our own code too is compiled once, and not by each process, where the machine keeps Python from writing what it compiled.
COMPILED := $(PY) -m compileall -q -x node_modules services workers web infra tests

help: ## show this list
	@grep -E "^[a-z-]+:.*## " $(MAKEFILE_LIST) | sed -E "s/^([a-z-]+):.*## /\1\t/" | \
		while IFS="$$(printf "\t")" read -r name text; do printf "  make %-14s %s\n" "$$name" "$$text"; done

setup:
	@if [ -z "$(PYTHON)" ]; then echo "setup: no Python 3.11 or newer on this machine: install one" >&2; exit 1; fi
	@$(PYTHON) infra/ops/bootstrap.py run
	@$(COMPILED)

setup-dev:
	@if [ -z "$(PYTHON)" ]; then echo "setup: no Python 3.11 or newer on this machine: install one" >&2; exit 1; fi
	@$(PYTHON) infra/ops/bootstrap.py dev
	@$(COMPILED)

assets: setup ## build styles, scripts and fonts where their sources changed
	@$(PY) -m infra.ops.assets

run: assets ## set up everything and start the product with demo data
	@exec $(PY) -m infra.ops.cli up --demo

# Two processes, and the servers beside them, fill two cores; a third only takes the others' caches.
test: setup-dev assets ## run the whole suite on real servers, in random order, with coverage
	$(PY) -m slipcover --json --out .coverage.json -m pytest -n 2 --assert=plain  # values are shown where a test is run alone
	$(PY) -m slipcover --merge .coverage.json --out .coverage.json --fail-under 90

walks: setup-dev assets ## walk the running product in a browser and by its API, many at once, with processes killed
	$(PY) -m pytest -n 2 -m "walk and not prove"

check: setup-dev ## formatting, lint, types, layers, house rules, migrations
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m infra.ops.checks
	$(PY) -m infra.ops.migrations.check

bench: setup-dev assets ## measure hot paths, free times and bookings, sending, and the market with 1,000 and 50,000 clinics (CLINICS=1000: quicker)
	$(PY) -m tests.bench
	$(PY) -m tests.bench.schedule
	$(PY) -m tests.bench.sending
	$(PY) -m tests.bench.market --clinics $(or $(CLINICS),1000 50000)
	$(PY) -m tests.bench.clients

lighthouse: setup-dev ## measure the running demo's first pages with Lighthouse, as on a phone (`make run` first)
	$(PY) -m tests.bench.pages

prove: setup-dev assets ## the long proofs: kills in the middle, every page, generated calls, mutants of the rules
	$(PY) -m pytest -m prove
	$(PY) -m tests.mutants

compose-check: setup-dev ## check docker-compose.yml against the settings and, where it is installed, docker-compose
	$(PY) -m pytest -q tests/infra/test_compose.py

lock: setup-dev ## write the lock files anew from pyproject.toml
	.venv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --no-annotate \
		pyproject.toml -o requirements.lock
	.venv/bin/uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url --no-annotate \
		--group dev pyproject.toml -c requirements.lock -o requirements-dev.lock
