# voicekit: `make demo` and `make test` do all the set-up. Everything is installed into .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# CI installs exactly what requirements/ci.txt names; elsewhere the newest that pyproject.toml allows.
CONSTRAIN := $(if $(CI),-c requirements/ci.txt)
# Else each of the thousand times that voicekit starts in the tests would compile it anew, a quarter of a second.
unexport PYTHONDONTWRITEBYTECODE
# A quarter of the tests' time is waiting: three workers for two processors.
WORKERS := $(shell echo $$((($$(nproc) * 3 + 1) / 2)))

.DEFAULT_GOAL := help
.PHONY: help demo test lint faults bench bench-voice lock clean

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "voicekit needs Python 3.11 or newer: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "voicekit needs venv: apt-get install python3-venv"; exit 1; }
	@command -v git >/dev/null || { echo "voicekit needs git: apt-get install git"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing voicekit into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[voice]' $(CONSTRAIN)
	@$(BIN)/voicekit doctor --fix > /dev/null || echo "the speaker model could not be installed: voices will not be checked (voicekit doctor --fix)"
	@touch $@

$(VENV)/tested: $(VENV)/installed
	@echo "installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group test --group lint $(CONSTRAIN)
	@touch $@

demo: $(VENV)/installed  ## install, speak the demo workspace, convert samples/, archive calls
	@mkdir -p out
	@echo "speaking prompts/ with the voice in voices/robot (log: out/revoice.log) ..."
	@$(BIN)/voicekit revoice > out/revoice.log || { cat out/revoice.log; exit 1; }
	@tail -n 1 out/revoice.log
	@echo "converting samples/ ..."
	@$(BIN)/voicekit convert samples --to out/samples
	@echo
	@$(BIN)/voicekit status
	@echo
	@echo "archiving the calls of a spool ..."
	@rm -rf out/calls && mkdir -p out/calls/nas
	@$(BIN)/python samples/spool.py out/calls/spool
	@cp samples/archive.toml out/calls/voicekit.toml
	@$(BIN)/voicekit calls key init -C out/calls > out/calls/paper
	@$(BIN)/voicekit calls key check -C out/calls < out/calls/paper
	@$(BIN)/voicekit calls archive --json -C out/calls > out/calls/archived.jsonl
	@$(BIN)/voicekit calls verify -C out/calls
	@$(BIN)/voicekit calls find '+7 916 555-00-04' -C out/calls
	@$(BIN)/voicekit calls restore --reason "to see that it comes back" -o out/calls/back -C out/calls $$(sed -n 's/.*"recording": "\([^"]*\)".*/\1/p' out/calls/archived.jsonl | head -n 1)
	@$(BIN)/voicekit calls report -o out/calls/report.html -C out/calls
	@cd out/calls/back && find . -type f -exec cmp {} ../spool/{} \; && echo "what came back is what was recorded, byte for byte"
	@echo
	@echo "made: build/sounds/<language>/custom/*, out/samples/*. Next:"
	@echo "  . $(BIN)/activate"
	@echo "  voicekit play ru/custom/main-menu       # hear one"
	@echo "  voicekit proof -o proof.html            # a page to listen to all, and to approve"
	@echo "  edit prompts/ru/menu.toml, voicekit revoice    # one word changed: one prompt spoken"
	@echo "  voicekit init ../acme                   # a workspace of your own"

test: $(VENV)/tested  ## all tests that this machine can run
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m 'not faults' -p no:cacheprovider

lint: $(VENV)/tested  ## ruff, mypy, import contracts
	@$(BIN)/ruff format --check --quiet . || { echo "run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache | tail -n 3

faults: $(VENV)/tested  ## the whole fault harness: kills, full disks, flipped bits (long)
	@VOICEKIT_EXAMPLES=long $(BIN)/python -m pytest -n auto -m faults

bench: $(VENV)/tested  ## the benches behind docs/performance.md
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group bench
	@$(BIN)/python -m bench

bench-voice: $(VENV)/tested  ## how often the voice gate errs, on Debian's stock prompts
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m bench.voice

lock: $(VENV)/tested  ## write requirements/ci.txt from what is installed here
	@mkdir -p requirements
	@$(BIN)/python -m pip freeze --exclude-editable | grep -v ' @ ' > requirements/ci.txt

clean:  ## remove what make made (not your prompts, masters or lock)
	rm -rf $(VENV) build out .voicekit .mypy_cache .ruff_cache .pytest_cache .hypothesis
