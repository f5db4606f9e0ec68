# Two commands do everything on a fresh machine with Python 3.11 or later: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_ARGS ?=
# Other interpreters, as python3.12 and so on, and an environment of each with the engines that have wheels for it.
PYTHONS := $(or $(CONCBENCH_PYTHONS),$(HOME)/.cache/concbench-pythons/bin)
ENGINES := $(patsubst $(PYTHONS)/%,build/engines/%/installed,$(wildcard $(PYTHONS)/python3.1[2-9]))
define ENGINES_OF
import tomllib; \
extras = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]; \
print(*(line for name in ("dask", "joblib", "loky", "mpi", "mpire", "ray") for line in extras[name]), sep="\n")
endef
EXAMPLES := example-pool-vs-process example-tutorial example-scaling example-semantics
SUITE_tutorial := pool-vs-process --tutorial

# Whatever the environment says, Python keeps its bytecode: the thousand processes that the tests start would each compile
# their modules again, and pytest would rewrite its own in each of its workers.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-all lint types contract tests benchmarks docs docs-links docs-messages schema pictures clean
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
tests: $(VENV)/installed-dev $(ENGINES)
	$(BIN)/pytest -q -n 3 --dist worksteal -m "not alone and not thorough"
	$(BIN)/pytest -q -m "alone and not thorough"

# Also the variations of tests (marked as thorough), and more examples of each property, for some minutes more.
test-all: lint types contract $(ENGINES)
	$(BIN)/pytest -q -n 3 --dist worksteal --hypothesis-profile=thorough -m "not alone"
	$(BIN)/pytest -q -m alone

# Minutes long, and a quiet machine helps: fidelity, duty, start-up, the watch's cost.
benchmarks: $(VENV)/installed-dev
	$(BIN)/python -m benchmarks

# The site, into build/docs: any warning is an error, and nothing is fetched.
docs: $(VENV)/installed-dev
	$(BIN)/sphinx-build -W --keep-going -q -b html docs build/docs

# Whether links to other sites still work; it needs a network.
docs-links: $(VENV)/installed-dev
	$(BIN)/sphinx-build -q -b linkcheck docs build/linkcheck

# The sentences of the site for translators, as build/messages/*.pot; translations go to docs/locale.
docs-messages: $(VENV)/installed-dev
	$(BIN)/sphinx-build -q -b gettext docs build/messages

# The JSON Schema of run documents, after a change of the model.
schema: $(VENV)/installed-dev
	$(BIN)/python -m concbench.runs.schema > docs/reference/run.schema.json

# The pictures of README and docs, from what is in results/.
pictures: $(VENV)/installed-dev
	$(BIN)/concbench report results/example-advice.json --format svg --chart hero -o docs/pictures --force
	$(BIN)/python -m docs.recording draw results/example-advice.cast docs/pictures/advise.svg
	$(BIN)/concbench report results/example-tutorial.json --format svg --chart sleep-timeline-pool-map -o docs/pictures --force
	$(BIN)/concbench report results/example-pool-vs-process.json --format svg --chart cpu-breakdown -o docs/pictures --force
	$(BIN)/concbench report results/example-scaling.json --format svg --chart scaling-sleep-threadpool-map -o docs/pictures --force

# Measures what is in results/ anew, some minutes long, on a machine that should do nothing else. Then: make pictures.
.PHONY: examples example-advice $(EXAMPLES)
examples: example-advice $(EXAMPLES)

# One measurement makes both the run and the recording of its terminal.
example-advice: $(VENV)/installed-dev
	rm -rf build/example
	mkdir -p build/example
	cp docs/examples/crawler.py build/example
	$(BIN)/python -m docs.recording record results/example-advice.cast --folder build/example -- \
	  concbench advise crawler.py:links --items 60
	mv build/example/results/advise-*.json results/example-advice.json

$(EXAMPLES): example-%: $(VENV)/installed-dev
	rm -f results/$@.json
	$(BIN)/concbench run $(or $(SUITE_$*),$*) --save $@

clean:
	rm -rf $(VENV) build

# A new pip, as one that is older than an interpreter may not run under it, and not every build of Python installs one.
build/pip: $(VENV)/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --target $@ pip
	touch $@

build/engines/%/installed: pyproject.toml build/pip
	rm -rf $(@D)
	$(PYTHONS)/$* -m venv --without-pip $(@D)
	$(BIN)/python -c '$(ENGINES_OF)' > $(@D)/engines.txt
	PYTHONPATH=build/pip $(@D)/bin/python -m pip install --quiet --only-binary :all: -r $(@D)/engines.txt
	touch $@

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "concbench needs Python 3.11 or later, and $(PYTHON) is " + sys.version.split()[0] + ": name another with make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/installed-dev: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ $(VENV)/installed
