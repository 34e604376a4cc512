# Zhiheng: `make demo` and `make test` set up everything they need, from nothing.
.PHONY: demo test lint bench clean help
PYTHON ?= python3
PORT ?= 8000
SCALE ?= 0.01
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE := 1

help:
	@echo "make demo    a province in a box on http://127.0.0.1:$(PORT) (PORT=, SCALE=, ZHIHENG_HOME=)"
	@echo "make test    every check and test; PostgreSQL and browser tests run where the machine has them"
	@echo "make lint    style, types, floors"
	@echo "make bench   speed, as ratios to a reference measured in the same run"

demo: $(VENV)/ready
	@$(BIN)/zhiheng demo --scale $(SCALE) --port $(PORT)

test: $(VENV)/ready-dev lint
	@$(BIN)/python -m tests.run

lint: $(VENV)/ready-dev
	@echo "· ruff";           $(BIN)/ruff check -q . && $(BIN)/ruff format -q --check .
	@echo "· mypy";           $(BIN)/mypy zhiheng
	@echo "· import-linter";  $(BIN)/lint-imports --no-cache > build/lint-imports.txt || (cat build/lint-imports.txt; exit 1)

bench: $(VENV)/ready-dev
	@$(BIN)/python -m bench

clean:
	rm -rf $(VENV) build test-results

$(VENV)/bin/python:
	@echo "· making $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  (echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Set PYTHON=/path/to/python3.11."; exit 1)
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m venv --clear $(VENV) || \
	  ( rm -rf $(VENV); \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	      echo "· the venv module is missing; installing it"; \
	      apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); \
	    else echo "Python's venv module is missing. Run: sudo apt-get install python3-venv"; exit 1; fi )

$(VENV)/ready: $(VENV)/bin/python requirements.txt pyproject.toml $(wildcard zhiheng/locale/*/LC_MESSAGES/django.po)
	@echo "· installing Zhiheng (a minute or two the first time)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@$(BIN)/pybabel -q compile -d zhiheng/locale -D django
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.txt
	@echo "· installing what the tests need"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@mkdir -p build
	@touch $@
