# `make` lists the verbs; `make demo` and `make test` need only git, make and Python 3.11 or later.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench clean
BIN := .venv/bin
WORKERS ?= 2
# What must hold on every PostgreSQL and through a transaction pooler, not only on version 15.
EVERYWHERE := tests/integration/store tests/integration/engine/test_full_sync.py

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install everything that developing needs, into .venv
	@sh scripts/setup.sh test

demo: ## show the service at work on a simulated Ploomes (ONCE=1: one sync, then stop)
	@sh scripts/setup.sh run
	@$(BIN)/ploomes-sync demo $(if $(ONCE),--once)

test: ## check the code and run all tests (ARGS="-k word" for some)
	@sh scripts/setup.sh test
	@$(MAKE) --no-print-directory check
	$(if $(ARGS),,$(BIN)/pytest -q -n $(WORKERS) --postgres=17,18,pooler $(EVERYWHERE))
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: ## lint, format, types, and which part may import which
	@sh scripts/setup.sh check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: ## rewrite the code in the one format
	@sh scripts/setup.sh check
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: ## measure; the figures in the documentation come from here
	@sh scripts/setup.sh check
	$(BIN)/python -m bench

clean: ## remove everything that the set-up and the tools have made
	rm -rf .venv .cache node_modules dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
