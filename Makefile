# Each target sets up what it needs: `make demo` and `make test` are all that a fresh machine has to be told.

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check lint fmt types

help: ## Show this list
	@grep -E '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /\1\t/' | expand -t 10

demo: .venv/.ready tools/emulator/node_modules/.ready ## Set up, then see a person sign in from an app and from the site into one account
	@$(BIN)/python tools/demo.py

test: .venv/.ready tools/emulator/node_modules/.ready ## Set up, then run every test and measure the coverage of branches
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

check: lint types .venv/.ready ## Lint, types, layers and unit tests: fast enough to run before each commit
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q -m "not integration"

lint: .venv/.ready ## Check style and format
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet || (echo "Run make fmt." && exit 1)

fmt: .venv/.ready ## Format, and mend what can be mended
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

types: .venv/.ready ## Check types strictly
	@$(BIN)/mypy

.venv/.ready: requirements/dev.txt pyproject.toml
	@echo "== Python packages (about half a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 …")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

tools/emulator/node_modules/.ready: tools/emulator/package-lock.json | .venv/.ready
	@echo "== Firebase Auth emulator from npm (about a minute)"
	@$(BIN)/python tools/node_setup.py
	@touch $@
