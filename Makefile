# Everything from a fresh clone. Needs beforehand: make and Python 3.11 or newer.
#
#   make demo    install maskaudit into .venv and audit a small dataset with planted errors
#   make dev     install maskaudit into .venv with all that developers need
#   make test    every check that CI runs
#   make random  the quick tests with new random examples, many more of them
#   make docs    build the documentation site into build/site; a warning is an error
#   make mutants change the code in small ways and see whether tests notice; choose with MUTANTS="audit/gates --count 50"
#   make fuzz    put broken files through every command; choose with FUZZ="--count 5000 --seed 3"
#   make bench   speed in one table, peers in the same run; single files in detail with BENCH="--help"
#   make readme  renew the README's picture of a report
#   make native  build the C++ core anew, without installing anything
#   make sanitize build the C++ core with sanitizers and run the tests that call it
#   make oldest  run tests with the oldest versions of the dependencies that are allowed
#   make clean   remove what was built (make distclean: .venv and benchmark data too)
#
# Parts of `make test`: lint types imports unit doctest examples docs wheel browser.
# Another Python: make test PYTHON=python3.12

PYTHON ?= python3
BENCH ?=
MUTANTS ?=
FUZZ ?=
# Tests of the rooms that call the C++ core.
SANITIZE ?= tests/native tests/geometry tests/measure tests/comparison/test_matching.py \
	tests/comparison/test_label_maps.py tests/comparison/test_average_precision.py \
	tests/touching/test_logistic.py tests/touching/test_mixture.py tests/dataset/test_plain_png.py \
	tests/findings/test_csv_cells.py tests/findings/test_text_columns.py tests/loaders/test_coco_images.py tests/loaders/test_annotation_columns.py
PYTEST_ARGS ?=

BIN := .venv/bin
# Stamps: what .venv holds. Remade when pyproject.toml or the C++ core changes.
RUN := .venv/.installed
DEV := .venv/.installed-dev
BENCHED := .venv/.installed-bench
MUTATED := .venv/.installed-mutants
PIP_INSTALL = CXX="$$(sh .ci/compiler $(BIN)/python)" \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable
# What the installation compiles.
CORE := $(wildcard audit/native/*.cpp audit/native/*.h) audit/native/cmake/CMakeLists.txt
PYTEST := $(BIN)/python -m pytest
# One process a core, but no swarm on large machines: each one imports the whole package.
PARALLEL := -n auto --maxprocesses 4 --dist loadgroup

.NOTPARALLEL:
.PHONY: help dev native sanitize oldest demo test bench readme clean distclean lint types imports docs fuzz mutants unit random doctest examples wheel browser chromium

help:
	@sed -n '3,18p' Makefile | sed 's/^# \{0,1\}//'

demo: $(RUN)
	$(BIN)/maskaudit demo --out maskaudit-demo

dev: $(DEV)

# One pytest run for all tests, so that its closing line counts all of them.
test: lint types imports docs chromium
	$(PYTEST) $(PARALLEL) --cov --cov-report=term:skip-covered $(PYTEST_ARGS)

bench: $(BENCHED)
	$(BIN)/python benchmarks/$(if $(BENCH),run,summary).py $(BENCH)

readme: chromium
	$(BIN)/python .ci/readme.py

native: | .venv/bin/python
	sh .ci/native $(BIN)/python

sanitize: $(DEV)
	sh .ci/sanitize $(BIN)/python $(SANITIZE)

oldest: | .venv/bin/python
	sh .ci/oldest $(BIN)/python

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)
	$(BIN)/mypy

imports: $(DEV)
	$(BIN)/lint-imports

unit: $(DEV)
	$(PYTEST) $(PARALLEL) tests -m "not slow and not browser" $(PYTEST_ARGS)

# `make test` draws the same examples every time; this target does not.
random: $(DEV)
	$(PYTEST) $(PARALLEL) tests -m "not slow and not browser" --hypothesis-profile random $(PYTEST_ARGS)

# Broken files through every command, always the same; FUZZ="--count 5000 --seed 3" for more and others.
fuzz: $(DEV)
	$(BIN)/python .ci/fuzz.py $(FUZZ)

mutants: $(MUTATED)
	$(BIN)/python .ci/mutants.py $(MUTANTS)

docs: $(DEV)
	$(BIN)/mkdocs build --strict --quiet

doctest: $(DEV)
	$(PYTEST) audit $(PYTEST_ARGS)

examples: $(DEV)
	$(PYTEST) $(PARALLEL) tests/test_examples.py $(PYTEST_ARGS)

wheel: $(DEV)
	$(PYTEST) tests/test_packaging.py $(PYTEST_ARGS)

browser: chromium
	$(PYTEST) tests -m browser $(PYTEST_ARGS)

# Never fails: the tests say what they could not run, and fail under CI=true.
chromium: $(DEV)
	@sh .ci/chromium $(BIN)/python

clean:
	rm -rf build dist htmlcov maskaudit-demo maskaudit-report .maskaudit .coverage .coverage.* *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf audit/native/*.so; find audit/native/cmake -mindepth 1 ! -name CMakeLists.txt -delete
	find audit tests examples benchmarks -name __pycache__ -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv benchmarks/.data

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "maskaudit needs Python 3.11 or newer, but '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)" >&2; \
	  echo "Name a newer one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { \
	  rm -rf .venv; \
	  echo "Python cannot make virtual environments; on Debian: apt-get install python3-venv" >&2; exit 1; }

$(RUN): pyproject.toml $(CORE) | .venv/bin/python
	@echo "Installing maskaudit into .venv ..."
	@$(PIP_INSTALL) .
	@touch $@

# Holds all of $(RUN), so it counts as that too.
$(DEV): pyproject.toml $(CORE) | .venv/bin/python
	@echo "Installing maskaudit into .venv ..."
	@$(PIP_INSTALL) '.[dev]'
	@touch $(RUN) $@

$(MUTATED): $(DEV)
	@$(PIP_INSTALL) '.[dev,mutants]'
	@touch $@

$(BENCHED): pyproject.toml $(CORE) | .venv/bin/python
	@echo "Installing maskaudit into .venv ..."
	@$(PIP_INSTALL) '.[bench]'
	@touch $(RUN) $@
