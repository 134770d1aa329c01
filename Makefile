# make demo: train on the digits and print the diagnosis.  make test: every check.  Both install what they need.
PYTHON ?= python3
VENV := .venv
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test docs clean

demo: $(VENV)/installed
	$(VENV)/bin/dlrecipe train configs/digits.yaml
	$(VENV)/bin/dlrecipe diagnose latest

test: $(VENV)/installed-dev
	scripts/check

# The pages that are made from the code.
docs: $(VENV)/installed
	$(VENV)/bin/python -c 'from dlrecipe.config.reference import config_page; print(config_page(), end="")' > docs/config.md
	$(VENV)/bin/python -c 'from dlrecipe.diagnosis.explain import rules_page; print(rules_page(), end="")' > docs/rules.md

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("dlrecipe needs Python 3.11 or newer; try: make PYTHON=python3.11 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	@echo "Installing dlrecipe and what it needs into $(VENV), once: this can take a minute."
	@$(VENV)/bin/pip install --quiet --editable .
	@$(VENV)/bin/python -m compileall -q dlrecipe  # pip compiles what it copies, and copies nothing here
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "Installing the tools for development."
	@$(VENV)/bin/pip install --quiet --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
