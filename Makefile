# Everything a contributor runs. On a machine with Python >= 3.11 and make, `make demo` or `make test` is the first command.
.DEFAULT_GOAL := help
.PHONY: help demo test bench nightly digests kernels labs docs fmt lint clean

BIN := .venv/bin
READY := .venv/ready
export PYTHONHASHSEED ?= 0

help:
	@echo "make demo     the whole main job in a throw-away folder, about a minute"
	@echo "make test     style, types, layers, notebooks and tests: what CI runs"
	@echo "make bench    every figure this project claims, measured now"
	@echo "make nightly  the slow tests and the oldest JupyterLab as well"
	@echo "make digests  the same values from other versions of the libraries"
	@echo "make kernels  the notebook's tests with an older IPython and kernel"
	@echo "make labs     the sidebar in the oldest JupyterLab that is supported"
	@echo "make docs     the pages of docs/ as a site in build/docs"
	@echo "make fmt      format the code"
	@echo "make lint     style, types, layers and the size report, without the tests"
	@echo "make clean    remove what these commands made"

$(READY): pyproject.toml constraints.txt .ci/environment
	@PYTHON="$(PYTHON)" sh .ci/environment
	@touch $@

demo: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh docs/tutorial/demo.sh demo-home

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/house/sizes.py

test: lint
	$(BIN)/python -m pytest -n 2 -m "not slow and not browser"
	$(BIN)/python -m pytest -m "browser and not slow"  # alone: a page on busy cores outlasts its timeouts

nightly: lint
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term
	$(MAKE) labs

digests: $(READY)
	$(BIN)/python -m venv --clear .venv/other
	.venv/other/bin/python -m pip install --quiet --disable-pip-version-check -r .ci/other-versions.txt
	PYTHONPATH=. .venv/other/bin/python tests/golden/columns.py | diff tests/golden/columns.json -
	@echo "every column has the same digest with the versions of .ci/other-versions.txt"

kernels: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .venv/older -r .ci/older-notebook.txt
	PYTHONPATH=$(CURDIR)/.venv/older $(BIN)/python -m pytest -q -p no:cacheprovider tests/notebooks/test_kernel.py \
	  tests/fronts/test_magics.py tests/fronts/test_completion.py tests/fronts/test_nasty_sql.py
	@echo "the magic answers alike with the versions of .ci/older-notebook.txt"

labs: $(READY)
	$(BIN)/python -m venv --clear .venv/labs
	.venv/labs/bin/python -m pip install --quiet --disable-pip-version-check -r .ci/older-lab.txt
	$(BIN)/python -c 'import site; print(site.getsitepackages()[0])' > "$$(.venv/labs/bin/python -c 'import site; print(site.getsitepackages()[0])')/base.pth"
	PYTHONPATH=$(CURDIR) .venv/labs/bin/python -m pytest -q -p no:cacheprovider tests/browser/test_sidebar.py
	@echo "the sidebar works in the version of .ci/older-lab.txt"

bench: $(READY)
	$(BIN)/python -m benchmarks

docs: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	$(BIN)/mkdocs build --strict --config-file .ci/mkdocs.yml --site-dir "$(CURDIR)/build/docs"

fmt: $(READY)
	$(BIN)/python tests/house/commands_page.py
	$(BIN)/python tests/house/http_page.py
	$(BIN)/python tests/house/dialects_page.py
	$(BIN)/python tests/house/ddl_page.py
	$(BIN)/python tests/house/document_page.py
	$(BIN)/python tests/house/errors_page.py
	$(BIN)/python tests/house/presets_page.py
	$(BIN)/python tests/house/warehouses_page.py
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv demo-home build dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	       .import_linter_cache .grimp_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
