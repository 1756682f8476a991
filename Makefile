# Every target does its own set-up: all it needs is make, git and Python >= 3.11 with venv.
# PYTHON=... chooses the interpreter; without it the first that really runs and is new enough is taken.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHONS := $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3 python3.14 python)
PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
RUNS_DIR := runs
DEMO := --config config.toml --tenant sandbox --runs-dir $(RUNS_DIR)

# .venv is made again when the repository was moved or the lock's content is another; the stamps carry both.
STATE := $(shell { pwd; cat requirements.lock; } | cksum | cut -d ' ' -f 1)
LOCKED := .venv/.locked-$(STATE)
READY := .venv/.ready-$(STATE)

# The name of a usable interpreter: a pyenv shim that exists but fails, or a Python without venv, is passed over.
define find_python
for candidate in $(PYTHONS); do \
  if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
  then python="$$candidate"; break; fi; \
done; \
if [ -z "$${python:-}" ]; then \
  echo "zuora-batch needs Python >= 3.11 with venv; none of these is one: $(PYTHONS)" >&2; \
  echo "Install one (on Debian and Ubuntu with python3-venv), or name it: make PYTHON=/path/to/python3.12 ..." >&2; \
  exit 1; \
fi
endef

.PHONY: help setup fmt lint types imports dead-code sizes unit test torture demo bench lock clean force

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## make .venv with everything in it (the other targets do this by themselves)

# A .venv whose interpreter is gone is made again.
ifneq ($(shell $(PY) -c 'print("runs")' 2>/dev/null),runs)
$(LOCKED): force
endif

# The lock is complete, so nothing is resolved (--no-deps): a release that came after it changes nothing.
$(LOCKED):
	@$(find_python); echo "setup: .venv with $$python ($$("$$python" --version))"; "$$python" -m venv --clear .venv
	@$(PIP) install --no-deps --require-hashes -r requirements.lock
	@touch $@

$(READY): $(LOCKED) pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

fmt: $(READY) ## format, and repair what can be repaired
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

lint: $(READY) ## format check and ruff
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .

types: $(READY) ## basedpyright: strict for what ships
	$(PY) -m basedpyright

imports: $(READY) ## import contracts: who may import whom
	.venv/bin/lint-imports

dead-code: $(READY) ## vulture: what nobody calls
	$(PY) -m vulture

sizes: $(READY) ## file and function lengths
	$(PY) scripts/check_sizes.py

unit: $(READY) ## tests alone, without coverage; ARGS="-k name" goes to pytest
	$(PY) -m pytest -n auto $(ARGS)

test: lint types imports dead-code sizes ## everything that must hold before a commit
	$(PY) -m pytest -n auto --cov --cov-report=term

torture: $(READY) ## the long form of the harness (hours), one table of figures; ARGS="--only storage --seed 7"
	$(PY) -m tests.torture $(ARGS)

# Config and tenant are named: whatever default_tenant says one day, the demonstration stays on the built-in one.
# `sandbox --reset` refuses any other, and then nothing is run.
demo: $(READY) ## a month-end on the built-in simulated tenant
	.venv/bin/zuora-batch sandbox --reset $(DEMO)
	@echo ".venv/bin/zuora-batch run jobs/month-end.csv --yes $(DEMO)"
	@code=0; .venv/bin/zuora-batch run jobs/month-end.csv --yes $(DEMO) || code=$$?; \
	if [ $$code -eq 1 ]; then code=0; printf '%s\n' \
	  "demo: exit code 1 is expected here: the run is finished, and 6 of its 282 rows meet what a month-end meets:" \
	  "demo:   wrong-date-007, wrong-date-041   bill runs whose invoices are posted cannot be cancelled" \
	  "demo:   detach-031                       its invoice schedule is still Pending" \
	  "demo:   detach-064                       an invoice of its schedule is not posted yet" \
	  "demo:   account-009                      the account is on hold" \
	  "demo:   journal-009                      3 of 10 journal entries are in accounting already, they stay (partial)"; \
	fi; \
	exit $$code

bench: $(READY) ## rows a second and memory, at 10,000 and 100,000 rows (some minutes); ARGS="2000" for others
	$(PY) scripts/bench.py $(ARGS)

lock: ## make requirements.lock again (UPGRADE=--upgrade: with the newest releases)
	@$(find_python); [ -x .lock-venv/bin/uv ] || { "$$python" -m venv --clear .lock-venv && \
	  .lock-venv/bin/python -m pip --disable-pip-version-check --quiet install uv; }
	.lock-venv/bin/uv --no-config pip compile pyproject.toml --group dev --all-extras --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" $(UPGRADE) --quiet --output-file requirements.lock

clean: ## remove what make and the tools made; runs/ stays
	rm -rf .venv .lock-venv .hypothesis .import_linter_cache .pytest_cache .ruff_cache .coverage .coverage.* \
	  build dist htmlcov
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
