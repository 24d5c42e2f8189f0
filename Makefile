# Two commands do everything: `make demo` and `make test`. Each sets up what it needs.

PYTHON ?= python3
BIN := .venv/bin
# Twice the two cores of a fresh machine: tests also wait, for processes, disks and pages.
WORKERS ?= 4
# Else, where an environment sets it, each process that a test starts compiles the package anew.
export PYTHONDONTWRITEBYTECODE :=
# Stores of tests are in memory where there is room: a commit waits for a disk, and they make many.
# No test takes the power away; a disk that forgets is tests/crash/forgetful.py.
MEMORY := /dev/shm
ROOM_MB := $(shell df -Pm $(MEMORY) 2>/dev/null | awk 'NR == 2 { print $$4 }')
export PYTEST_DEBUG_TEMPROOT ?= $(shell [ "$(ROOM_MB)" -gt 1500 ] 2>/dev/null && [ -w $(MEMORY) ] && echo $(MEMORY))

.DEFAULT_GOAL := help
.PHONY: help demo test check tests proofs mutants crash order fuzz examples tag lock clean

help: ## What there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt tests/clients/js/package-lock.json
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --prefix tests/clients/js; \
	else echo "There is no npm: the tests with the TypeScript SDK will be skipped."; fi
	@touch $@

# Installing builds the browser tag, too; this is for when its sources change.
TAG := src/headwater/http/tag/built.sha256
$(TAG): .venv/installed $(shell find web -name node_modules -prune -o -name dist -prune -o -type f -print)
	$(BIN)/python web/hatch_build.py
	@touch $@

tag: $(TAG) ## Build the browser tag

demo: .venv/installed $(TAG) ## The main job on a server of its own; EXIT=1 stops when done
	$(BIN)/headwater demo $(if $(EXIT),--exit) $(if $(PORT),--port $(PORT))

test: check tests proofs ## Everything CI checks

check: .venv/installed-dev $(TAG) ## Lint and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python web/hatch_build.py --check

tests: .venv/installed-dev $(TAG) ## The test suite, on SQLite and PostgreSQL
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

proofs: .venv/installed-dev ## Short forms of the slow proofs
	$(BIN)/python tools/mutants.py --quick
	$(BIN)/headwater demo --exit --data .venv/demo --visitors 60

mutants: .venv/installed-dev ## Every named break of a promise must turn its test red
	$(BIN)/python tools/mutants.py

crash: .venv/installed-dev ## Long form of the crash rounds
	$(BIN)/python -m tests.crash --rounds 100 --seconds 5
	$(BIN)/python -m tests.crash.away --rounds 12

order: .venv/installed-dev ## Long form of the permutation tests
	ORDER_EXAMPLES=1000 $(BIN)/pytest tests/order

fuzz: .venv/installed-dev ## Long form of the generated requests
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-100} $(BIN)/pytest -n 2 --dist load tests/http/test_fuzz.py

examples: .venv/installed-dev ## Record the examples of the API page anew
	$(BIN)/python -m tests.examples

lock: .venv/installed ## Compile the locked requirements anew
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile -q pyproject.toml $(LOCK) -o requirements.txt
	$(BIN)/uv pip compile -q pyproject.toml --group dev $(LOCK) -o requirements-dev.txt
	printf 'hatchling>=1.27\neditables>=0.5\nnodejs-wheel-binaries>=22\n' | $(BIN)/uv pip compile -q - $(LOCK) -o requirements-build.txt

LOCK := --generate-hashes --no-emit-index-url --universal --python-version 3.11 --no-header --no-annotate --upgrade

clean: ## Remove what was built
	rm -rf .venv demo-data build dist
