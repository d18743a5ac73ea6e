# Two commands for a fresh machine: `make demo` opens the console on the embedded world, `make test` passes the tests.
# Every target does its own set-up; the second time that takes no time. VENV and PYTHON may be named.
VENV ?= .venv
PYTHON ?=
BIN := $(VENV)/bin
ARGS ?=
ONLY ?=

.PHONY: demo test test-long lint format bench pictures bundle wheel keys clean

demo: $(VENV)/.run
	@$(BIN)/pierhead demo $(ARGS)

test: $(VENV)/.dev
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -m "not long" -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-long: $(VENV)/.dev
	@HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -m "hypothesis or long" -n 2 --timeout 3600 $(ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.bench.run $(ONLY)

pictures: $(VENV)/.dev
	@PIERHEAD_PICTURES=write $(BIN)/python -m pytest tests/interface -k picture $(ARGS)

wheel: $(VENV)/.venv
	@mkdir -p dist && $(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

bundle: $(VENV)/.dev
	@sh scripts/bundle.sh "$(BIN)/python"

clean:
	@rm -rf .venv .venvs dist build .bundle .mypy_cache .ruff_cache .hypothesis

$(VENV)/.venv: scripts/python.sh
	@python="$(PYTHON)"; [ -n "$$python" ] || python=$$(sh scripts/python.sh) || exit 1; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null || { echo "$$python has no venv module; install it (Debian and Ubuntu: the package python3-venv) and run make again."; exit 1; }; \
	[ -x $(BIN)/python ] || { echo "setting up $(VENV) (once)"; "$$python" -m venv $(VENV); }
	@touch $@

$(VENV)/.run: $(VENV)/.venv pyproject.toml constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.venv $(VENV)/.awscli pyproject.toml constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --collect-only >/dev/null 2>&1 || true  # compiled once, not by each worker
	@touch $@ $(VENV)/.run

# The aws CLI brings a botocore that ours excludes: an environment of its own. Only a test uses it.
$(VENV)/.awscli: $(VENV)/.venv tests/awscli-constraints.txt
	@[ -x $(VENV)/awscli/bin/python ] || $(BIN)/python -m venv $(VENV)/awscli
	@$(VENV)/awscli/bin/python -m pip install --quiet --disable-pip-version-check --constraint tests/awscli-constraints.txt awscli
	@touch $@
