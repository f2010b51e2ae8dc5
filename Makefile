# make demo: the main job on the data shipped in the package.  make test: the quick tests.
# Both need python3 >= 3.11 with venv, and nothing else; the first call installs into $(VENV).
PYTHON ?= python3
VENV   ?= .venv
READY  := $(VENV)/.ready
BIN    := $(VENV)/bin
BENCH  := build/bench-venv

# Where the cents are made, every branch is tested.
EXACT  := attribution/arrays/*,attribution/credit/*

.PHONY: demo test test-all lint bench bench-full docs clean

demo: $(READY)
	$(BIN)/attribution demo --out build/demo

# Tests are compiled once, whatever the environment says of Python's bytecode.
test test-all: export PYTHONDONTWRITEBYTECODE :=

test: $(READY)
	$(BIN)/python -m pytest -n auto --maxprocesses 4

test-all: $(READY)
	$(BIN)/python -m pytest -m "" -n auto --maxprocesses 4 --cov --cov-branch --cov-report=
	$(BIN)/coverage report --include='$(EXACT)' --fail-under=100
	$(BIN)/coverage report --omit='$(EXACT)' --fail-under=95

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(BENCH)/.ready
	$(BENCH)/bin/python -m benchmarks $(ROWS)

bench-full: $(BENCH)/.ready
	$(BENCH)/bin/python -m benchmarks --full $(ROWS)

docs: $(READY)
	$(BIN)/sphinx-build -q -W -b html docs build/docs

clean:
	rm -rf build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# The library and its peers in an environment of their own. Where the peers cannot be
# installed together, each is tried by itself, and the rows of those that fail say so.
$(BENCH)/.ready: $(READY) benchmarks/requirements.lock
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BENCH)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BENCH)/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r benchmarks/requirements.lock || \
	  for peer in $$(grep -v '^#' benchmarks/requirements.in); do \
	    $(BENCH)/bin/python -m pip install -q --disable-pip-version-check $$peer || echo "$$peer is not installed: its rows will say so." >&2; \
	  done
	@touch $@

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || \
	  { echo "$(PYTHON) is missing, older than 3.11 or without the venv module: install Python 3.11 or later with venv, or name one, as in make PYTHON=python3.12." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q attribution
	@touch $@
