# Hilum's tasks. `make demo` and `make test` work on a fresh machine as the first command ever typed.

USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c '$(USABLE)' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
BENCH := .cache/bench
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
MEMBERS := hookspecs core/ehealth core/host $(wildcard plugins/*)

.PHONY: help demo setup test bench lint types contract words docs reference lock clean

help:  ## list the tasks
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/:/' | awk -F: '{printf "make %-10s %s\n", $$1, $$2}'

demo: $(VENV)/run.stamp  ## the main job from start to end on the embedded simulator
	@$(BIN)/hilum demo

setup: $(VENV)/dev.stamp  ## the environment for developing, with everything that is pinned
	@echo "$(VENV) is ready: . $(BIN)/activate"

test: $(VENV)/dev.stamp  ## every check and every test; installs the system packages they need when it may
	@tools/test

bench: $(BENCH)/stamp  ## how fast it is, beside what it could be at best
	@$(BENCH)/bin/python -m benchmarks

lint: $(VENV)/dev.stamp  ## style, import rules, translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/python tools/words.py --check

types: $(VENV)/dev.stamp  ## mypy and pyright
	$(BIN)/mypy
	$(BIN)/basedpyright

contract: $(VENV)/dev.stamp  ## write down the contract between host and plugins as it is now
	$(BIN)/python tools/contract.py

words: $(VENV)/dev.stamp  ## update and compile the translations
	$(BIN)/python tools/words.py

docs: $(VENV)/dev.stamp  ## build the documentation into .cache/docs
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -d .cache/doctrees docs .cache/docs

reference: $(VENV)/dev.stamp  ## write the reference pages that are generated
	$(BIN)/python tools/reference.py
	$(BIN)/python tools/attacks.py

lock:  ## pin all dependencies anew (needs uv)
	uv lock --upgrade
	uv export --frozen --all-packages --no-default-groups --group build $(EXPORT) > requirements/run.txt
	uv export --frozen --all-packages --all-groups --no-group bench --no-group bench-ykman $(EXPORT) > requirements/dev.txt
	uv export --frozen --only-group bench $(EXPORT) > requirements/bench.txt
	uv export --frozen --only-group bench-ykman $(EXPORT) > requirements/bench-ykman.txt

EXPORT := --quiet --no-emit-workspace --no-emit-project --no-annotate --no-header --format requirements-txt

clean:  ## remove the environment and everything that was made
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	@$(or $(PYTHON),false) -c '$(USABLE)' || { echo "Python 3.11 or later with venv was not found (Debian and Ubuntu: python3-venv); or set PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON); this is done once." >&2
	@$(PYTHON) -m venv $(VENV)

# Members are installed after their pinned dependencies, so that nothing is resolved again.
$(VENV)/run.stamp: requirements/run.txt $(addsuffix /pyproject.toml,$(MEMBERS)) | $(VENV)/bin/python
	@$(PIP) --require-hashes -r requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation $(foreach m,$(MEMBERS),--editable ./$(m))
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

# The benchmarks compare with programs that nothing else here needs.
$(BENCH)/stamp: requirements/run.txt requirements/bench.txt requirements/bench-ykman.txt tools/bench-environment $(addsuffix /pyproject.toml,$(MEMBERS))
	@$(or $(PYTHON),false) -c '$(USABLE)' || { echo "Python 3.11 or later with venv was not found; or set PYTHON=/path/to/python3" >&2; exit 1; }
	@tools/bench-environment $(BENCH) $(PYTHON) $(MEMBERS)
	@touch $@
