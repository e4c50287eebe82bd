# Phendula. `make help` lists what can be made, from the comments beside the targets.
# Everything is set up on the way: python3 >= 3.11, make and git are all that a machine must have.

PYTHON ?= python3
BOOTSTRAP := $(PYTHON) scripts/bootstrap.py
UV := $(shell command -v uv || echo .tools/uv/bin/uv)
BIN := .venv/bin
ENGINE := engine/.venv/bin/python
TESTS ?= tests
# Two processes test at a time, a file each: most tests wait for processes and pages. WORKERS=0: one after another.
WORKERS ?= 2
# Without restart: a worker that dies ends the run with its test named; otherwise xdist may wait for ever.
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart=0

.DEFAULT_GOAL := help
.PHONY: help run setup setup-app setup-engine train catalogue test test-fast test-engine test-browser bench pictures lint format types audit lock clean distclean

help: ## list these targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## set up what is missing, then start everything (Ctrl-C stops it)
	@exec $(BIN)/phendula up

setup: ## both environments and the trained model
	@$(BOOTSTRAP)

setup-app: ## the application's environment only
	@$(BOOTSTRAP) tools app

setup-engine: ## the engine's environment and the trained model only
	@$(BOOTSTRAP) tools engine model

train: ## train the model, when its examples have changed (FORCE=1: anyway)
	@$(BOOTSTRAP) $(if $(FORCE),--force) model

catalogue: setup-app ## bring locale/ up to date with the texts in domain.yml and the desk
	$(BIN)/pybabel extract --mapping-file babel.cfg --project Phendula --keywords N_ --no-location --no-wrap --output-file locale/phendula.pot .
	$(BIN)/pybabel update --domain phendula --input-file locale/phendula.pot --output-dir locale --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

test: setup ## every test (TESTS=tests/bot: some of them)
	@$(MAKE) --no-print-directory test-engine
	$(PYTEST) $(TESTS)

test-fast: setup-app ## the tests that start no processes and no browser
	$(PYTEST) $(TESTS) -m "not processes and not browser"

test-engine: ## the tests of the engine's components, in the engine's environment
	@$(BOOTSTRAP) tools app engine
	$(BIN)/python scripts/with_database.py $(ENGINE) -m pytest -q engine/tests

test-browser: setup ## the phone page and the desk in Chromium
	$(PYTEST) tests/browser

bench: setup ## speed of the real processes beside the stock assistant (EXAMPLES=all: learn from all; hours)
	$(BIN)/python -m benchmarks.run $(if $(EXAMPLES),--examples $(EXAMPLES))

pictures: setup-app ## take docs/pictures anew, from a running Phendula (WEB=http://localhost:8000)
	$(BIN)/python scripts/pictures.py $(WEB)

lint: setup-app ## style, types and the texts' form
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup-app ## rewrite the code in the house's style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup-app ## check the type hints
	$(BIN)/mypy

audit: setup-app ## known holes in what we depend on (asks the package index)
	$(BIN)/pip-audit --skip-editable

lock: ## bring both locks up to date with their pyproject.toml
	$(UV) lock
	$(UV) --directory engine lock

clean: ## remove caches
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis var/setup
	find . -name __pycache__ -not -path '*/.venv/*' -not -path './.tools/*' -prune -exec rm -rf {} +

distclean: clean ## remove both environments and the model too (never the data in var/)
	rm -rf .venv engine/.venv .tools models
