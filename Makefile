# Everything a newcomer runs. Needs git, make and Python 3.11 to 3.13 with venv and pip; nothing else,
# and no virtual environment active. Each target sets up what it needs, once.
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

VENV := .venv
BIN := $(VENV)/bin
# The first Python on the path that is new enough and can make a virtual environment.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& { echo $$p; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet --require-hashes --only-binary :all:
export PYTHONDONTWRITEBYTECODE ?=

.PHONY: help demo bench score shuffle oracle soak soak-hosts fuzz docs test test-systems lint format lock wheel clean

help: ## what can be asked for
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

# A virtual environment moved or copied from elsewhere points to a Python that is not there: make it anew.
$(VENV)/.made: Makefile
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 with venv is needed (Debian: apt install python3-venv)" >&2; exit 1; }
	@test -x $(BIN)/python && $(PIP) --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements/run.txt requirements/build.txt pyproject.toml
	@echo "installing what the gateway needs" >&2
	@$(INSTALL) -r requirements/build.txt -r requirements/run.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@echo "installing what the tests need" >&2
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

$(VENV)/.fuzz: $(VENV)/.dev requirements/fuzz.txt
	@$(INSTALL) -r requirements/fuzz.txt
	@touch $@

demo: $(VENV)/.run ## the main job on this machine, start to end; ONCE=1 stops when it is done; ARCHIVE=orthanc insists on a real one
	@$(BIN)/gateway demo --pages build/demo $(if $(ONCE),--once) $(if $(ARCHIVE),--archive $(ARCHIVE))

# The thousands of processes that tests start would each compile the gateway anew.
test test-systems: export PYTHONDONTWRITEBYTECODE :=

test: $(VENV)/.dev ## all tests, on SQLite and PostgreSQL, with branch coverage
	@$(BIN)/python -m pytest --ignore=tests/systems -n auto --cov --cov-report=term $(ARGS)

test-systems: $(VENV)/.dev ## tests against other systems; installs Debian packages where root may
	@.ci/packages systems
	@$(BIN)/python -m pytest tests/systems -n auto $(ARGS)

oracle: $(VENV)/.dev ## the R4 check beside HL7's reference validator: where do they disagree? Needs Maven and a JDK of 17 or later
	@.ci/packages oracle
	@$(BIN)/python -m tests.systems.oracle

bench: $(VENV)/.dev ## how fast it is on this machine; FULL=1 takes hours and writes docs/benchmarks.md
	@$(BIN)/gateway bench $(if $(FULL),--size full --write docs/benchmarks.md) $(ARGS)

score: $(VENV)/.dev ## how right the R4 check is: HL7's cases, official examples, mutants by kind
	@$(BIN)/python -m tests.r4.score $(ARGS)

shuffle: $(VENV)/.dev ## a thousand mixed messages in order, and twice and shuffled: does the same stand?
	@$(BIN)/python -m tests.shuffle $(ARGS)

soak: $(VENV)/.dev ## is anything lost when everything fails? Ten minutes, needs root; QUICK=1 two, WRITE=1 into docs/soak.md
	@$(BIN)/python -m tests.soak $(if $(QUICK),--quick) $(if $(WRITE),--write docs/soak.md) $(ARGS)

soak-hosts: $(VENV)/.dev ## the part of it with two gateway hosts, one of them lost
	@$(BIN)/python -m tests.soak --stores hosts $(ARGS)

fuzz: $(VENV)/.fuzz ## whatever bytes come, do HL7 v2 and MLLP hold? Searched for MINUTES=10; what breaks lies in build/fuzz/found
	@$(BIN)/python -m tests.fuzz --minutes $(or $(MINUTES),10) $(ARGS)

docs: $(VENV)/.dev ## write the parts of the documents that the code itself says
	@$(BIN)/python -m tests.docs.generated

lint: $(VENV)/.dev ## style, types, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --num-workers auto
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## bring every file into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

COMPILE := CUSTOM_COMPILE_COMMAND="make lock" ../$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

lock: $(VENV)/.dev ## renew the pinned requirements (UPGRADE=1 takes newer releases)
	@cd requirements && for name in run build dev fuzz; do \
		$(COMPILE) $(if $(UPGRADE),--upgrade) --output-file $$name.txt $$name.in; done

wheel: $(VENV)/.dev ## dist/*.whl
	@$(BIN)/python -m build --quiet --wheel --no-isolation

clean: ## remove all that make has made
	rm -rf $(VENV) build dist *.egg-info .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
