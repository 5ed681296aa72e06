# Everything that is done here has a name; `make` alone lists them. They need python3, and bring the rest.

PYTHON3 ?= python3
# Stories wait more than they work.
WORKERS ?= 8
environments := $(PYTHON3) -m local.bootstrap
# What was compiled is kept, whatever the shell says: else SAM CLI compiles itself anew for 6 s at each call.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup check test long unit faults fuzz local local-stop demo bundle self-deploy judge migrate bench bench-evidence reference lock format clean
.DEFAULT_GOAL := help

help:  ## This list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup:  ## The environments: product, SAM CLI, emulator (a second run does nothing)
	@command -v $(PYTHON3) >/dev/null || { echo 'set-up stopped: there is no $(PYTHON3) on the PATH' >&2; exit 1; }
	@$(environments)

check: setup  ## All that can be known without running: format, lint, types, template, state machine, pins
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	SAM_CLI_TELEMETRY=0 .tools/sam/bin/sam validate --lint --region us-east-1
	.tools/sam/bin/cfn-lint --regions us-east-1 -- docs/examples/*.yaml
	.tools/asl/asl-validator --json-path statemachine/deploy.asl.json
	@! grep -n '://' $$(find functions tests local -name 'requirements.*') || { echo 'a pin names an address' >&2; exit 1; }
	@! grep -n '"resolved"' tests/asl/package-lock.json || { echo 'a pin names an address' >&2; exit 1; }

test: check  ## check, then every test but the long stories; what CI runs
	.venv/bin/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not long"

long: check  ## The stories that take minutes each: releases of many functions, and of hotplug itself
	.venv/bin/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m long

unit: setup  ## The tests that need no AWS, but those that take long
	.venv/bin/pytest -n auto --dist worksteal -m "not slow and not long" tests/unit tests/stories

faults: setup  ## Every fault at every state, then every protection taken away in turn; only="TEXT" in their names
	PYTHONPATH=functions .venv/bin/python -m tests.faults "$(only)"

fuzz: setup  ## 100,000 odd requests and names of versions, and whatever else comes from outside with them
	PYTHONPATH=functions .venv/bin/python -m tests.fuzz 100000

local: setup  ## An AWS on this machine with hotplug deployed in it
	.venv/bin/python -m local.start

local-stop: setup  ## Stop it
	.venv/bin/python -m local.stop

demo: setup  ## A good swap, a bad one, and hotplug upgrading itself, on the local AWS
	PYTHONPATH=functions .venv/bin/python -m local.demo

bundle: setup  ## hotplug's own package, always the same bytes: dist/hotplug.zip
	.venv/bin/python -m cli.bundle

self-deploy: setup  ## Release hotplug by hotplug: bundle, upload, follow to the end (the local AWS by default)
	PYTHONPATH=functions .venv/bin/python -m cli.self_deploy

judge: setup  ## Judge again by what was kept of a deployment: make judge deployment=NAME
	PYTHONPATH=functions .venv/bin/python -m cli.judge deployment $(deployment)

migrate: setup  ## A SAM template or an AppSpec to requests: make migrate from=FILE [with="NAME=VALUE"] [into=FOLDER]
	@PYTHONPATH=functions .venv/bin/python -m cli.migrate $(from) $(with) $(if $(into),--into $(into))

bench-evidence: setup  ## The judge and its peers on simulated traffic: bench/evidence.md and the docs' pictures
	PYTHONPATH=functions .venv/bin/python -m bench.evidence

bench: setup  ## The measurements that docs and README quote
	PYTHONPATH=functions .venv/bin/python -m bench

reference: setup  ## docs/input.md and its JSON Schema, from the code that reads a request
	PYTHONPATH=functions .venv/bin/python -m docs.input

lock: setup  ## Compile the pins again; `make lock upgrade=--upgrade` moves them
	@$(environments) lock $(upgrade)

format: setup  ## Format, and fix what can be fixed
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .

clean:  ## Remove what can be made again, the environments too
	@test ! -d .local -o ! -x .venv/bin/python || $(MAKE) --no-print-directory local-stop
	rm -rf .venv .tools .local .aws-sam dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find functions local cli tests bench -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
