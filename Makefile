# Everything a contributor does has a verb here: `make help` lists them.
# The virtual environment is made once (.venv) and again only when pyproject.toml changes.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
VIEW   := tests/.typing/oftra

.DEFAULT_GOAL := help
.PHONY: help setup check lint typecheck test bless docs run demo-clicks demo-airflow bench fuzz clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make the virtual environment and install Oftra with what its tests need.

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Oftra needs Python 3.11 or newer; say which with make PYTHON=python3.12" >&2; exit 1; }
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

check: lint typecheck ## Lint, formatting and types; no tests.

lint: $(READY)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/oftra fmt --check examples tests/golden >&2

typecheck: $(READY) ## mypy in its strict mode.
	@$(MAKE) --no-print-directory $(VIEW)
	@MYPYPATH=$(dir $(VIEW)) $(BIN)/mypy --no-error-summary -p oftra

# The package `oftra` is laid together from four folders (pyproject.toml says how). mypy reads folders, not
# installation records, so it is shown the same package as links.
.PHONY: $(VIEW)
$(VIEW):
	@if [ -L $@ ]; then rm $@; fi; mkdir -p $@
	@find $@ -xtype l -delete
	@for entry in compiler/* targets grammar cli; do \
		case $$entry in */__pycache__) ;; *) ln -sfn ../../../$$entry $@/$${entry##*/} ;; esac; done

test: check ## All checks, then all tests (needs Java 17 or newer; fetches other Sparks and jars into ~/.cache once).
	@$(BIN)/python -m pytest -n auto --dist loadfile

bless: $(READY) ## Write what the tests expect anew: golden files, error texts, generated docs. Read the diff.
	@$(BIN)/python -m pytest --bless
	@git --no-pager diff --stat

docs: $(READY) ## Generate docs/errors and docs/functions from the code.
	@$(BIN)/python -m pytest tests/docs --bless

run: $(READY) ## Compile the example for every target, run it on DuckDB and print its tables.
	@cd examples/flights && ../../$(BIN)/oftra compile && ../../$(BIN)/oftra run

ENGINE ?= duckdb
EVENTS ?= 20000

demo-clicks: $(READY) ## Events through a real Kafka broker, and whether the numbers add up (ENGINE=duckdb, flink or spark, EVENTS=20000).
	@$(BIN)/python examples/clicks/demo.py $(ENGINE) --events $(EVENTS)

demo-airflow: $(READY) ## The flights' DAG in a real Airflow: to its end, and stopped by its gate without a day of the data.
	@$(BIN)/python examples/flights/airflow_demo.py

bench: $(READY) ## Measure compile times beside dbt's, queries beside standard SQL, shared work beside none (an hour).
	@$(BIN)/python benchmarks/measure.py
	@$(BIN)/python benchmarks/queries.py
	@$(BIN)/python benchmarks/sinks.py

N    ?= 500
SEED ?= 0

fuzz: $(READY) ## Ask both engines N random programs from SEED on, and tell where they differ (N=500 SEED=0).
	@$(BIN)/python tests/properties/fuzz.py $(N) --seed $(SEED)

clean: ## Remove the virtual environment and everything generated.
	@rm -rf $(VENV) build tests/.typing benchmarks/out examples/*/build .mypy_cache .ruff_cache .pytest_cache .hypothesis
