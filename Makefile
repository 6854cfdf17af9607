# Everything works from a fresh clone on a machine that has Python 3.11+ and make.
# Another Python: make test PYTHON=python3.13, in an environment of its own, .venv-3.13
PYTHON ?= python3
ifdef VENV
else ifeq ($(origin PYTHON),file)
VENV := .venv
else
VENV := .venv-$(or $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'),unknown)
endif
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOWEST := $(VENV)-lowest
TOOLS := .venv-tools
DOCS_STAMP := $(VENV)/.installed-docs
BENCH_STAMP := $(VENV)/.installed-bench
PEERS := benchmarks/.peers
CLIENTS := tests/clients
CLIENTS_STAMP := $(CLIENTS)/node_modules/.installed

.PHONY: help setup test test-lowest audit dist docs setup-clients test-clients lint types demo demo-cluster example typecheck-outputs bench bench-peers bench-verify mutants reach differential projects soak test-cluster soak-cluster autobahn comments fixtures clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: $(STAMP)  ## make the virtual environment and install the project with its development tools

$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $(STAMP)

test: setup lint types  ## check style and types, then run the tests, a file at a time on each processor
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile

test-lowest: $(LOWEST)/.installed  ## run the tests with the lowest versions that pyproject.toml allows
	$(LOWEST)/bin/python -m pytest --numprocesses=auto --dist=loadfile

# What is needed by what is needed is as new as can be: its floors are for others to know.
$(LOWEST)/.installed: pyproject.toml $(TOOLS)/.installed
	$(PYTHON) -m venv --clear $(LOWEST)
	$(TOOLS)/bin/uv pip install --quiet --compile-bytecode --python $(LOWEST)/bin/python --resolution lowest-direct --editable . --group dev
	@touch $@

$(TOOLS)/.installed: Makefile
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.11.6' 'pip-audit>=2.10' 'build>=1.3' 'twine>=6.2'
	@touch $@

audit: $(TOOLS)/.installed  ## look for known faults in the lowest and the newest versions that pyproject.toml allows
	$(TOOLS)/bin/python -m tests.audit $(if $(OFFLINE),--offline-is-fine)

dist: $(TOOLS)/.installed  ## build sdist and wheel, and try them: contents, an empty environment for each of PYTHONS, the Dockerfile's steps
	rm -rf dist
	$(TOOLS)/bin/python -m tests.distribution $(or $(PYTHONS),$(PYTHON))

docs: $(DOCS_STAMP)  ## build the documentation (docs/_build/html), and run what it shows; LINKS=1 asks other sites, too
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --builder html docs docs/_build/html
	$(if $(LINKS),$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --builder linkcheck docs docs/_build/links)
	$(BIN)/python -m pytest tests/docs -rs

$(DOCS_STAMP): $(STAMP) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group docs
	@touch $@

setup-clients: $(CLIENTS_STAMP)  ## install the npm packages that test-clients needs (Node.js 20 or newer)

$(CLIENTS_STAMP): $(CLIENTS)/package.json $(CLIENTS)/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "Node.js 20 or newer is needed"; exit 1; }
	cd $(CLIENTS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

test-clients: setup setup-clients  ## test with what needs Node.js: partysocket, y-partykit, pages in Chromium, pyright
	$(BIN)/python -m pytest $(CLIENTS) -rs

demo-cluster: setup  ## a chat on three nodes and a private PostgreSQL, whose owner is killed while people talk
	$(BIN)/python examples/cluster_demo.py

EXAMPLES := chat cursors poll webhook whiteboard

example: setup  ## serve an example in both forms, with its page (NAME=cursors; PORT=1999)
	$(if $(filter $(NAME),$(EXAMPLES)),,$(error NAME is one of: $(EXAMPLES)))
	@echo "Open http://127.0.0.1:$(or $(PORT),1999)/$(NAME)/ in two windows"
	cd examples/$(NAME) && $(abspath $(BIN))/pkcompat serve --port $(or $(PORT),1999)

typecheck-outputs: setup setup-clients  ## mypy --strict and pyright over what the codemod writes
	$(BIN)/python -m pytest tests/pkcodemods/test_output_types.py $(CLIENTS)/test_pyright.py -rs

lint: setup  ## ruff: format and lint; import-linter: which package may import which
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: setup  ## mypy --strict
	$(BIN)/mypy

demo: setup  ## migrate a small chat project, and run both forms side by side under recorded traffic
	$(BIN)/python examples/demo.py

bench: $(BENCH_STAMP)  ## measure everything, beside peers that are installed; writes benchmarks/RESULTS.md (ONLY=storage, QUICK=1)
	$(BIN)/python -m benchmarks $(addprefix --only ,$(ONLY)) $(if $(QUICK),--quick)

$(BENCH_STAMP): $(STAMP) pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group bench
	@touch $@

bench-peers: setup  ## install what `make bench` measures us beside: PartyKit (Node.js 20 or newer), uvloop, django-upgrade
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --editable . --group bench-peers
	@if node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; then \
		cd benchmarks/javascript && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; \
	else echo "PartyKit is left out: Node.js 20 or newer is needed"; fi

bench-verify: setup  ## how many events verify compares a second under generated traffic
	$(BIN)/python benchmarks/verify.py

reach: setup  ## how much of the modules in fixtures/ generated traffic runs, with five seeds; some minutes
	REACH=long $(BIN)/python -m pytest --numprocesses=auto tests/differential/test_application_reach.py \
		tests/differential/test_golden_reach.py

differential: setup  ## hold both forms of 500 random modules to each other; a minute
	DIFFERENTIAL=long $(BIN)/python -m pytest tests/differential/test_differential.py

projects: setup  ## hold the small projects in fixtures/projects to every command; some minutes
	PROJECTS=long $(BIN)/python -m pytest tests/differential/test_projects.py --numprocesses=auto --dist=load

soak: setup  ## hold the project to docs/reliability.md (MINUTES=3; from 30 on the long form; ONLY=kills, SEED=7, WRITE=1)
	$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),3) $(addprefix --only ,$(ONLY)) $(addprefix --seed ,$(SEED)) \
		$(if $(WRITE),--write)

test-cluster: setup  ## put a cluster's promises to the test: nodes and PostgreSQL are killed, stopped, cut off; some minutes (ONLY=kills)
	$(if $(ONLY),,CLUSTER=long $(BIN)/python -m pytest tests/cluster tests/pkcompat/clusters)
	$(BIN)/python -m tests.cluster --minutes $(or $(MINUTES),2) $(addprefix --only ,$(ONLY)) $(addprefix --seed ,$(SEED))

soak-cluster: setup  ## the same in its long form (MINUTES=30; ONLY=kills, SEED=7, WRITE=1)
	$(BIN)/python -m tests.cluster --minutes $(or $(MINUTES),30) $(addprefix --only ,$(ONLY)) $(addprefix --seed ,$(SEED)) \
		$(if $(WRITE),--write)

autobahn: setup  ## the WebSocket cases of Autobahn|Testsuite, some minutes; its client needs a Python 2.7 (SECTIONS="1 7")
	$(BIN)/python -m tests.autobahn $(SECTIONS)

mutants: setup  ## how many wrong class forms generated traffic finds; some minutes
	$(BIN)/python benchmarks/mutants.py

comments: setup  ## look for places in the fixtures where the codemod loses a comment; some minutes (ONLY=lambdas)
	$(BIN)/python -m tests.pkcodemods.comment_places $(ONLY)

fixtures: setup  ## write what the codemod makes of the fixtures, and fixtures/INDEX.md; review the difference
	$(BIN)/python -m tests.pkcodemods.regenerate_fixtures
	$(BIN)/python -m tests.fixture_index

clean:  ## remove what make made
	rm -rf $(VENV) $(LOWEST) $(TOOLS) $(PEERS) dist docs/_build $(CLIENTS)/node_modules benchmarks/javascript/node_modules .mypy_cache .pytest_cache .ruff_cache
