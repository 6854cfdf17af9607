# Everything works from a fresh clone on a machine that has Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup test lint types demo bench-migrate clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: $(STAMP)  ## make the virtual environment and install the project with its development tools

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $(STAMP)

test: setup lint types  ## check style and types, then run the tests
	$(BIN)/python -m pytest

lint: setup  ## ruff: format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup  ## mypy --strict
	$(BIN)/mypy

demo: setup  ## migrate a small chat project, and run both forms side by side under recorded traffic
	$(BIN)/python examples/demo.py

bench-migrate: setup  ## time `pkcompat migrate` over 2,000 files, beside peers that are installed
	$(BIN)/python benchmarks/migrate.py

clean:  ## remove what make made
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
