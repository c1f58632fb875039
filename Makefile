# The verbs of the course: `make help` lists them. Everything is installed into .venv in this folder, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
TEST_READY := $(VENV)/.test-ready
HUB_READY := $(VENV)/.hub-ready
# JupyterHub's own proxy comes from npm.
PROXY := configurable-http-proxy@5.3.0
# Not in the locks: which build fits (CPU or CUDA) is the platform's matter, and the index's default is taken.
TORCH := torch==2.13.0
# Independent computations that the reference is compared with: not in the locks either, for they ask for torch.
ORACLES := torchmetrics==1.9.0 lightning-utilities==0.15.3 prdc==0.2
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# nbgrader calls alembic by name, so the environment's programs must be found. Set inside the recipes only:
# exported for the whole file, it would make PYTHON=python3 mean the environment that is about to be made.
WITH_PATH := PATH="$(CURDIR)/$(BIN):$$PATH"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-test setup-hub demo hub test test-hub test-containers test-long bench fuzz lint format build docs pictures lock clean check-python

help: ## list the verbs
	@echo "make VERB [PYTHON=/path/to/python3]"
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(RUN_READY) ## install the course into .venv (done by the other verbs where needed)

setup-test: $(TEST_READY) ## the same, with what the tests need

setup-hub: $(HUB_READY) ## the same, with JupyterHub and its proxy

demo: $(RUN_READY) ## make an example class, grade it, write its report
	$(WITH_PATH) $(BIN)/course demo $(ARGS)

hub: $(HUB_READY) ## start a JupyterHub with the course on this machine, a demonstration (Ctrl-C ends it)
	@$(WITH_PATH) $(BIN)/python -m autograder.hub.demo $(ARGS)

test-hub: $(TEST_READY) $(HUB_READY) ## try roles, exchange and load, and a week in a real browser; pictures in build/hub-pictures
	rm -rf build/hub-pictures
	$(WITH_PATH) HUB_PICTURES=build/hub-pictures $(BIN)/python -m pytest -rs tests/hub tests/exchange $(ARGS)

test: $(TEST_READY) lint ## check style and types, run the tests (or ARGS='tests/test_cli.py'); lists what was skipped and why
ifeq ($(strip $(ARGS)),)
	@# The second half is run where the first has failed, too.
	$(WITH_PATH); $(BIN)/python -m pytest -rs -m "not alone and not long and not containers" -n 2 --dist loadfile; first=$$?; \
	$(BIN)/python -m pytest -rs -m "alone and not long and not containers" && exit $$first
else
	$(WITH_PATH) $(BIN)/python -m pytest -rs $(ARGS)
endif

test-containers: $(TEST_READY) ## build the images and run a course in containers (root; docker.io and debootstrap; 25 GB)
	$(WITH_PATH) $(BIN)/python -m pytest -rs tests/containers $(ARGS)

test-long: $(TEST_READY) ## whole days beside stock nbgrader, Gradescope and PostgreSQL: minutes more
	$(WITH_PATH) $(BIN)/python -m pytest -rs -m long -n 2 --dist loadfile --ignore=tests/hub --ignore=tests/exchange $(ARGS)

bench: $(RUN_READY) ## measure this engine beside nbgrader and otter-grader (ARGS=--short for minutes)
	$(WITH_PATH) PYTHONPATH=. $(BIN)/python benchmarks/grading.py $(ARGS)

fuzz: $(TEST_READY) ## send a million mutated replies through the decoder (RUNS=1000000)
	$(BIN)/python tests/fuzz/replies.py -runs=$(or $(RUNS),1000000) -verbosity=0

lint: $(TEST_READY) ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(TEST_READY) ## rewrite the code in the project's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

build: $(RUN_READY) ## make release/ afresh from assignments/ and reference/
	$(WITH_PATH) $(BIN)/course build $(ARGS)

docs: $(TEST_READY) ## make the site of the documentation in build/site; a broken link is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --clean
	@echo build/site/index.html

pictures: $(TEST_READY) ## make the pictures of the README and the site afresh from the example class (needs chromium)
	$(WITH_PATH) PYTHONPATH=.:tests $(BIN)/python docs/pictures/make.py

lock: ## pin the dependencies afresh (needs a package index)
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip --disable-pip-version-check --quiet install uv
	build/lock/bin/uv pip compile pyproject.toml $(LOCK_OPTIONS) --output-file requirements.lock
	build/lock/bin/uv pip compile pyproject.toml $(LOCK_OPTIONS) --extra hub \
	  --constraint requirements.lock --output-file requirements-hub.lock
	build/lock/bin/uv pip compile pyproject.toml $(LOCK_OPTIONS) --extra test --extra hub --extra docs \
	  --constraint requirements-hub.lock --output-file requirements-test.lock
	build/lock/bin/uv pip compile pyproject.toml $(LOCK_OPTIONS) --extra hub --extra containers \
	  --constraint requirements-hub.lock --output-file docker/engine.lock
	build/lock/bin/uv pip compile docker/student.in $(LOCK_OPTIONS) \
	  --constraint requirements-hub.lock --output-file docker/student.lock

LOCK_OPTIONS := --quiet --upgrade --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url

clean: ## remove .venv and everything that was generated here, release/ excepted
	rm -rf $(VENV) build .demo .pytest_cache .ruff_cache .mypy_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

check-python:
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	  echo "$(PYTHON) was not found. Install Python 3.11 or newer ('sudo apt install python3 python3-venv')," \
	       "or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is $$("$(PYTHON)" --version 2>&1); the course needs 3.11 or newer." \
	       "Name another: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
	  version=$$("$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "$(PYTHON) cannot make virtual environments: run 'sudo apt install python$$version-venv'." >&2; exit 1; }

$(RUN_READY): requirements.lock pyproject.toml
	@$(MAKE) --no-print-directory check-python
	@echo "Setting up .venv from requirements.lock: some minutes and 2.5 GB, once"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	$(PIP) install --requirement requirements.lock
	$(PIP) install --constraint requirements.lock $(TORCH)
	$(PIP) install --no-deps --editable .
	@touch $@

$(TEST_READY): requirements-test.lock $(RUN_READY)
	$(PIP) install --requirement requirements-test.lock
	$(PIP) install --no-deps $(ORACLES)
	@touch $@

$(HUB_READY): requirements-hub.lock $(RUN_READY)
	@command -v npm >/dev/null 2>&1 || { \
	  echo "JupyterHub's proxy needs Node.js: run 'sudo apt install npm', then the same command again." >&2; exit 1; }
	$(PIP) install --requirement requirements-hub.lock
	npm install --silent --no-audit --no-fund --prefix $(VENV)/proxy $(PROXY)
	@touch $@
