# Two commands do everything on a fresh machine with Python 3.11 or later: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_ARGS ?=

# Whatever the environment says, Python keeps its bytecode: the thousand processes that the tests start would each compile
# their modules again, and pytest would rewrite its own in each of its workers.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-all lint types contract tests benchmarks pictures clean
.DELETE_ON_ERROR:

run: $(VENV)/installed
	$(BIN)/concbench run pool-vs-process $(RUN_ARGS)

test: lint types contract tests

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

contract: $(VENV)/installed-dev
	$(BIN)/lint-imports

# The tests that need the machine to themselves come last, one at a time. Most of the others wait now and then, so that
# three at a time keep two cores busy.
tests: $(VENV)/installed-dev
	$(BIN)/pytest -q -n 3 --dist worksteal -m "not alone and not thorough"
	$(BIN)/pytest -q -m alone

# Also the variations of tests (marked as thorough), and more examples of each property, for some minutes more.
test-all: lint types contract
	$(BIN)/pytest -q -n 3 --dist worksteal --hypothesis-profile=thorough -m "not alone"
	$(BIN)/pytest -q -m alone

# Minutes long, and a quiet machine helps: fidelity, duty, start-up, the watch's cost.
benchmarks: $(VENV)/installed-dev
	$(BIN)/python -m benchmarks

# The README's pictures, from the runs in results/: measured again with `concbench run pool-vs-process --save NAME`.
pictures: $(VENV)/installed-dev
	$(BIN)/concbench report results/example-tutorial.json --format svg --chart sleep-timeline-pool-map -o docs/pictures --force
	$(BIN)/concbench report results/example-pool-vs-process.json --format svg --chart cpu-breakdown -o docs/pictures --force
	$(BIN)/concbench report results/example-scaling.json --format svg --chart scaling-sleep-threadpool-map -o docs/pictures --force

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "concbench needs Python 3.11 or later, and $(PYTHON) is " + sys.version.split()[0] + ": name another with make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/installed-dev: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ $(VENV)/installed
