# Thin on purpose: each target is one Python file. Paths are relative and quoted, so a blank in the checkout's path does no harm.
PYTHON ?= python3
VENV := .venv/bin/python
LAB := PYTHONPATH=roles/lab/files $(VENV) -m inference_lab

.DEFAULT_GOAL := help
.PHONY: help python env env-test demo demo-down test bench lint lab-up lab-down

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

env: python ## Make .venv, link the collection, unpack kubernetes.core
	@$(PYTHON) dev/bootstrap.py run

env-test: python
	@$(PYTHON) dev/bootstrap.py test

python:
	@command -v $(PYTHON) >/dev/null || { echo "make: no $(PYTHON) on PATH. Install Python 3.11 to 3.13 (Debian: apt install python3 python3-venv)" >&2; exit 1; }

demo: env ## Build and start the lab, apply inventories/lab twice, show what exists
	@$(VENV) dev/demo.py

demo-down: lab-down ## Stop the demo's lab and remove its state

test: env-test ## Run every ring: gates, unit, integration, molecule
	@$(VENV) tests/run.py

bench: env-test ## Measure against the peers; writes docs/benchmarks.md (half an hour on a quiet machine)
	@PYTHONPATH=tests:roles/lab/files $(VENV) -m bench.run

lint: env-test ## Run the gates that need no lab and little time
	@$(VENV) -m pytest -q tests/gates/test_lint.py

lab-up: env ## Start the lab alone, for your own inventory
	@$(LAB) build
	@$(LAB) up

lab-down: env ## Stop the lab; nothing stays behind but the cache
	@$(LAB) down
