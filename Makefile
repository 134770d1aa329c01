# make demo: train on the digits and print the diagnosis.  make test: every check.  Both install what they need.
PYTHON ?= python3
VENV := .venv
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test clean

demo: $(VENV)/installed
	$(VENV)/bin/dlrecipe train configs/digits.yaml
	$(VENV)/bin/dlrecipe diagnose latest

test: $(VENV)/installed-dev
	scripts/check

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("dlrecipe needs Python 3.11 or newer; set PYTHON=…" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/pip install --quiet --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(VENV)/bin/pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
