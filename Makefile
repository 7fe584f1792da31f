# Each target makes what it needs. PYTHON=python3.12 chooses the interpreter, VENV=.venv-3.12 the folder.
.POSIX:
.PHONY: help install rehearse test test-dice test-faults test-real bench lint catalogs lock environment-run environment-dev
VENV = .venv
BIN = $(VENV)/bin
export PYTHON VENV

help:
	@echo "make rehearse    rehearse the campaign for 30 days: no network, no credentials"
	@echo "make test        run the tests"
	@echo "make test-dice   rehearse with faults, and let worlds happen: a fixed choice of what test-faults plays"
	@echo "make test-faults run the long tests: workers killed thousands of times, faults of disks and platforms"
	@echo "make test-real   run the tests against a real Bluesky server, which it installs into .real/"
	@echo "make bench       measure speed, each figure beside its baseline"
	@echo "make install     only make the environment, in $(VENV)"
	@echo "make lint        ruff, mypy and the layers"
	@echo "make catalogs    collect the messages for translation, and compile the translations"
	@echo "make lock        bring the lock files in line with pyproject.toml"

install: environment-dev

environment-run:
	@tools/environment.sh run

environment-dev:
	@tools/environment.sh dev

rehearse: environment-run
	@mkdir -p -m 700 var
	@$(BIN)/campaign-bot rehearse --days 30 --report var/rehearsal.html

test: environment-dev
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

# Any change of how often the ledger is written throws other dice: what no quick test plays may come up here.
test-dice: environment-dev
	@$(BIN)/python -m pytest -m dice -n auto --maxprocesses 4 --dist worksteal

# These tests wait more than they work: for processes, disks and answers that come late.
test-faults: environment-dev
	@$(BIN)/python -m pytest -m faults -n 4 --dist worksteal

test-real: environment-dev
	@$(BIN)/python tests/real/setup.py
	@$(BIN)/python -m pytest -m real tests/real

bench: environment-dev
	@$(BIN)/python -m bench

lint: environment-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

catalogs: environment-dev
	@mkdir -p build
	@$(BIN)/pybabel -q extract -F babel.cfg --no-location --sort-output -o build/messages.pot src/campaign_bot \
		"$$($(BIN)/python -c 'import click; print(*click.__path__)')"
	@$(BIN)/pybabel -q update -i build/messages.pot -d src/campaign_bot/locale -D campaign_bot -l es -N -w 110 \
		--ignore-obsolete --ignore-pot-creation-date
	@$(BIN)/pybabel -q compile -d src/campaign_bot/locale -D campaign_bot

# The tool that pins is kept out of what it pins, and so are this machine's own pip settings: the hashes have to
# be those of the public index, and the files name no index.
COMPILE = env -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL -u PIP_FIND_LINKS PIP_CONFIG_FILE=/dev/null \
	.venv-lock/bin/pip-compile --quiet --generate-hashes --strip-extras --annotation-style=line --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

lock: environment-run
	@$(BIN)/python -m venv .venv-lock
	@.venv-lock/bin/python -m pip install --quiet pip-tools
	$(COMPILE) --extra postgres --build-deps-for editable -o requirements.lock pyproject.toml
	@$(BIN)/python -c 'import tomllib; groups = tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]; \
		print("-r ../requirements.lock", *groups["test"], *groups["lint"], sep="\n")' > .venv-lock/dev.in
	$(COMPILE) -o requirements-dev.lock .venv-lock/dev.in
