# Everything a newcomer, a reviewer and CI need. "make" lists the targets.
PYTHON ?= python3
RUN := .venv/bin/python
USE := .venv/.ready
READY := .venv/.ready-dev

.DEFAULT_GOAL := help
.PHONY: help setup explore compare lab tune offpolicy doctor calibrate study select realism report test e2e lint bench proof forecasts drills docs figures wheel clean

help:  ## list the targets
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(USE): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(RUN) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/.ready-app: $(USE)
	$(RUN) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[app]'
	@touch $@

.venv/.ready-site: $(USE)
	$(RUN) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[site]'
	@touch $@

$(READY): $(USE)
	$(RUN) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

setup: $(READY)  ## create .venv with pinned packages

explore: .venv/.ready-app  ## choose, simulate and drill down in a browser, on this machine only (ARGS="--port 8600")
	@$(RUN) -m experiments.explore $(ARGS)

compare: $(USE)  ## compare the six default policies; table, charts and report in out/compare
	@$(RUN) -m experiments.compare $(ARGS)

study: $(USE)  ## fidelity score x 30-session threshold x 3-booking payback: one page in out/interplay (about 8 minutes)
	@$(RUN) -m experiments.study experiment=interplay $(ARGS)

select: $(USE)  ## choose the best policy with as few runs as a guarantee allows; table and chart in out/select
	@$(RUN) -m experiments.select $(ARGS)

offpolicy: $(USE)  ## what another policy would have done on a log, and when not to believe it; table and charts in out/offpolicy
	@$(RUN) -m experiments.offpolicy $(ARGS)

lab: $(USE)  ## which experiment would tell an effect, how long, and what it gets wrong; table and charts in out/lab
	@$(RUN) -m experiments.lab $(ARGS)

tune: $(USE)  ## the best settings of a rule, and what they cost: frontier, table and yaml in out/tune
	@$(RUN) -m experiments.tune $(ARGS)

doctor: $(USE)  ## look at a file of bookings: which column is what, what is left out: make doctor ARGS="data=bookings.csv"
	@$(RUN) -m experiments.doctor $(ARGS)

calibrate: $(USE)  ## fit a market to your own bookings: make calibrate ARGS="data=bookings.csv"
	@$(RUN) -m experiments.calibrate $(ARGS)

realism: $(USE)  ## check the default market against published figures
	@$(RUN) -m experiments.realism $(ARGS)

report: $(USE)  ## build a finished job's report again without simulating: make report ARGS="out=out/compare lang=fr"
	@$(RUN) -m experiments.report $(ARGS)

test: $(READY)  ## run the tests
	@$(RUN) -m pytest -n auto --dist worksteal $(ARGS)

e2e: $(READY)  ## run the explorer in a real browser; installs chromium where there is none and apt-get may
	@command -v chromium >/dev/null || apt-get install -y chromium || { echo "chromium is needed: sudo apt-get install chromium"; exit 1; }
	@$(RUN) -m pytest tests/e2e -rs $(ARGS)

proof: $(READY)  ## prove that intervals cover and selections are right as often as they say (2 minutes)
	@$(RUN) -m benchmarks.proof $(ARGS)

forecasts: $(READY)  ## show how far forecasts of known clients hold, beside others and in planted files (half an hour; ARGS="--quick")
	@$(RUN) -m benchmarks.forecasts $(ARGS)

lint: $(READY)  ## check style, types and the order of imports
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@.venv/bin/lint-imports --no-logo

drills: $(READY)  ## kill, fill up and damage everything, hundreds of times (about 10 minutes)
	@DRILLS=long nice $(RUN) -m pytest tests/faults -rA $(ARGS)

bench: $(READY)  ## measure the speed of the engines
	@$(RUN) -m benchmarks.engine $(ARGS)

docs: .venv/.ready-site  ## build the manual as a site in site/, from what is here alone
	@NO_MKDOCS_2_WARNING=1 PYTHONPATH=. $(RUN) -m mkdocs build --strict --quiet
	@echo "Site: site/index.html (with search: $(RUN) -m http.server --directory site)"

figures: $(USE)  ## write every figure that README and docs quote, from a run (a minute; seconds from stored runs)
	@$(RUN) -m benchmarks.figures $(ARGS)

wheel: $(USE)  ## build dist/*.whl, to install anywhere with pip
	@rm -f dist/*.whl
	@$(RUN) -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
	@ls dist/*.whl

clean:  ## remove the environment and caches, not the results
	rm -rf .venv .mypy_cache .ruff_cache .hypothesis
