# `make` lists the verbs; `make demo` and `make test` need only git, make and Python 3.11 or later.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench load clean
BIN := .venv/bin
# Tests wait at times, for a process to start or a lease to end: one more than there are cores.
WORKERS ?= $(shell expr $$(nproc) + 1)

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install everything that developing needs, into .venv
	@sh scripts/setup.sh test

demo: ## show the service at work on a simulated Ploomes (ONCE=1: one sync, then stop)
	@sh scripts/setup.sh run
	@$(BIN)/ploomes-sync demo $(if $(ONCE),--once)

test: ## check the code and run all tests (ARGS="-k word" for some)
	@sh scripts/setup.sh test
	@# The check runs beside the tests; what it says comes last. tests/rounds.py tells which test needs which server.
	@mkdir -p .cache && { make --no-print-directory check >.cache/check.txt 2>&1; echo $$? >.cache/check.status; } & \
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup --durations=10 $(or $(ARGS),--postgres=each); tests=$$?; \
	wait; cat .cache/check.txt; exit $$((tests > 0 || $$(cat .cache/check.status) > 0))

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

load: ## put the service under a realistic load (SECONDS=60 USERS=20)
	@sh scripts/setup.sh check
	@$(BIN)/python -m scripts.load
	$(BIN)/python -m bench.load $(or $(SECONDS),60) $(or $(USERS),20)

clean: ## remove everything that the set-up and the tools have made
	rm -rf .venv .cache node_modules dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
