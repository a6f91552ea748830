# The verbs of this project, the same on a laptop and in CI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt

.PHONY: help install run test check fix bench clean

help: ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/installed ## virtual environment with what the service needs

run: install ## serve http://127.0.0.1:8000 (ARGS="--port 9000" for more)
	@$(BIN)/offbook serve $(ARGS)

test: $(VENV)/installed-dev ## every test that needs no GPU and no network (ARGS="-k name")
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/installed-dev ## format, lint, types, import contract, migration drift
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@data=$$(mktemp -d) && export OFFBOOK_DATA_DIR=$$data && unset OFFBOOK_DATABASE__URL && \
	  $(BIN)/alembic upgrade head && $(BIN)/alembic check; status=$$?; rm -rf $$data; exit $$status

fix: $(VENV)/installed-dev ## mend format and lint
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/installed-dev ## speed, as ratios within one run; writes build/bench.json
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## the virtual environment and everything built; data stay
	@rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/installed: pyproject.toml constraints.txt
	@test -x $(BIN)/python || { echo "Making the virtual environment in $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing Offbook (about 0.7 GB)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "Installing what the tests and checks need"
	@$(PIP) --editable '.[dev]'
	@touch $@
