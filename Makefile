# Run `make help` for what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?= python3
PORT ?= 8888
VENV := .venv
NODE_MODULES := node_modules/.package-lock.json
BIN := $(VENV)/bin
RESULTS := test-results
# Installing the package must not build the bundle: $(BUNDLE) below is the one place that does.
PIP_INSTALL := HATCH_JUPYTER_BUILDER_SKIP_NPM=1 $(BIN)/python -m pip install --quiet --constraint constraints.txt
OFFLINE := HF_HUB_OFFLINE=1
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo)
export CHROMIUM ?= /usr/bin/chromium
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1

STATIC := python/headwise/static
BUNDLE := $(STATIC)/headwise.css
JS_SOURCES := $(shell find js -type f -not -path '*/tests/*' 2>/dev/null)
BENCHMARKS := head_view model_view jupyterlab capture tiles metrics tracking runs_view
STEPS := ruff format biome types pyright pytest vitest ui

.PHONY: help
help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: $(VENV)/.made-demo $(BUNDLE) ## Start JupyterLab on examples/tour.ipynb (PORT=8888).
	@echo "JupyterLab prints its address below. Open it in a browser; Ctrl+C here stops it."
	cd examples && $(OFFLINE) ../$(BIN)/python -m jupyterlab --no-browser --port=$(PORT) \
		--config=jupyter_demo_config.py $(if $(AS_ROOT),,--allow-root)

.PHONY: test
test: $(VENV)/.made-dev $(BUNDLE) $(CHROMIUM) ## Linters, types, pytest, vitest and the browser tests.
	@rm -rf $(RESULTS) && mkdir -p $(RESULTS)
	@$(MAKE) --no-print-directory --keep-going $(STEPS) || true
	@$(BIN)/python tests/closing_count.py $(RESULTS) $(STEPS)

.PHONY: test-slow
test-slow: $(VENV)/.made-dev $(BUNDLE) ## The Python tests that `make test` leaves out.
	$(OFFLINE) $(BIN)/python -m pytest -m slow

.PHONY: lint
lint: ruff format biome types pyright ## Linters and type checks only.

.PHONY: build
build: $(BUNDLE) ## Build the front end into python/headwise/static.

.PHONY: screenshots
screenshots: $(VENV)/.made-dev $(BUNDLE) $(CHROMIUM) ## Pictures of the views: screenshots/ and docs/pictures/.
	$(OFFLINE) npx playwright test --config ui-tests/playwright.config.ts --project screenshots

.PHONY: bench
bench: $(VENV)/.made-dev $(BUNDLE) $(CHROMIUM) ## headwise and other tools on the same arrays (not part of the tests).
	@# A missed target is a result; what fails is a benchmark that could not measure headwise.
	@failed=; for one in $(BENCHMARKS); do \
		echo "== $$one"; $(BIN)/python -m benchmarks.$$one || failed="$$failed $$one"; \
	done; test -z "$$failed" || { echo "failed:$$failed" >&2; exit 1; }

.PHONY: clean
clean: ## Remove everything that make has made.
	rm -rf $(VENV) node_modules $(RESULTS) $(STATIC) screenshots dist build playwright-report
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- steps of `make test`; each leaves $(RESULTS)/<step>.ok when it passes -------------------------

.PHONY: $(STEPS)

$(STEPS): | $(VENV)/.made-dev

define step
	@echo "== $@"
	@mkdir -p $(RESULTS) && rm -f $(RESULTS)/$@.ok
	$(1)
	@touch $(RESULTS)/$@.ok
endef

ruff:
	$(call step,$(BIN)/ruff check)

format:
	$(call step,$(BIN)/ruff format --check)

biome:
	$(call step,npx biome check --error-on-warnings)

types:
	$(call step,npx tsc --noEmit)

pyright:
	$(call step,npx pyright --warnings)

pytest: $(BUNDLE)
	@# Two processes on two cores: torch with more threads than one in each would only wait for the other.
	$(call step,$(OFFLINE) OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" \
		--numprocesses 2 --dist loadfile --junit-xml=$(RESULTS)/pytest.xml)

vitest: | $(CHROMIUM)
	$(call step,npx vitest run --reporter=default --reporter=junit --outputFile.junit=$(RESULTS)/vitest.xml)

ui: $(BUNDLE) | $(CHROMIUM)
	$(call step,$(OFFLINE) PLAYWRIGHT_JUNIT_OUTPUT_FILE=$(CURDIR)/$(RESULTS)/ui.xml \
		npx playwright test --config ui-tests/playwright.config.ts --project ui --project hosts \
		--reporter=list$(,)junit$(,)./ui-tests/hosts/report.ts)

, := ,

# --- what the steps stand on ----------------------------------------------------------------------

$(VENV)/.made-venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "headwise needs Python 3.11 or newer; this is $$($(PYTHON) --version). Use: make PYTHON=python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@# JupyterLab's helper scripts are CommonJS; without this Node reads them by ../package.json.
	@echo '{ "type": "commonjs" }' > $(VENV)/package.json
	@touch $@

$(VENV)/.made-demo: $(VENV)/.made-venv pyproject.toml constraints.txt
	@echo "== installing headwise[demo] into $(VENV) (about two minutes the first time)"
	$(PIP_INSTALL) --editable '.[demo]'
	@touch $@

$(VENV)/.made-dev: $(VENV)/.made-venv $(NODE_MODULES) pyproject.toml constraints.txt
	@echo "== installing headwise[demo,dev] into $(VENV) (about two minutes the first time)"
	$(PIP_INSTALL) --editable '.[demo,dev]'
	@touch $@ $(VENV)/.made-demo

$(NODE_MODULES): package.json package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node, 10) < 20 ? 1 : 0)' \
		|| { echo "headwise needs Node 20 or newer with npm; this is: $$(node --version)" >&2; exit 1; }
	@# Not `npm ci`: it refuses a lock file without the packages of platforms that the registry lacks.
	npm install --no-save --no-audit --no-fund
	@touch $@

$(BUNDLE): $(NODE_MODULES) $(JS_SOURCES)
	npm run --silent build

$(CHROMIUM):
	@echo "== installing chromium"
	$(AS_ROOT) apt-get update -qq
	$(AS_ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium
	@test -x $(CHROMIUM) || { echo "no browser at $(CHROMIUM): set CHROMIUM to the path of Chromium or Chrome" >&2; exit 1; }
