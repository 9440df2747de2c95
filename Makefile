# Redpoll. Every target does its own set-up; a second run rebuilds only what changed.
#
#   make serve [ARGS="--port 7000 --dir data"]   the server
#   make test  [ARGS="-k expiry"] [BUILD=debug]  the tests, on the release (default) or the debug build
#   make check                                   format, lint, types, house rules
#   make build                                   prepare only
#   make bench [ARGS="--only get"]               compare with the reference servers found
#   make fuzz  [ARGS="-max_total_time=60"]       fuzz the protocol parser
#
# PYTHON=/path/to/python3 picks the interpreter, VENV=folder the environment.

.PHONY: build serve test check lint types house bench fuzz dist clean
.DEFAULT_GOAL := build

VENV ?= .venv
BUILD ?= release
ARGS ?=
PYTHON ?=

BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip install -qq --disable-pip-version-check
STAMPS := $(VENV)/stamps

NATIVE_SOURCES := setup.py $(wildcard src/redpoll/native/*.pyx src/redpoll/native/*.pxd src/redpoll/native/*.h)
SOURCES := $(NATIVE_SOURCES) $(shell find src/redpoll -name '*.py' -o -name '*.pyi')
ifeq ($(BUILD),release)
PACKAGE := src
else
PACKAGE := build/$(BUILD)/lib-$(notdir $(VENV))
endif

build: $(STAMPS)/package
	@:

serve: $(STAMPS)/package
	@exec $(PY) -m redpoll serve $(ARGS)

test: $(STAMPS)/test $(STAMPS)/$(BUILD)
	@exec env PYTHONPATH=$(PACKAGE) REDPOLL_BUILD=$(BUILD) $(PY) -m pytest $(ARGS)

check: lint types house

lint: $(STAMPS)/dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	PATH="$(abspath $(BIN)):$$PATH" cython-lint src/redpoll/native
	$(BIN)/codespell src tests bench docs .ci Makefile setup.py pyproject.toml $(wildcard *.md)

types: $(STAMPS)/dev $(STAMPS)/release
	MYPYPATH=src $(PY) -m mypy --strict src
	PYTHONPATH=src MYPYPATH=src $(PY) -m mypy.stubtest --concise --ignore-disjoint-bases \
	    --allowlist tests/house/stubtest_allowlist.txt --ignore-unused-allowlist redpoll.native

house: $(STAMPS)/test $(STAMPS)/release
	PYTHONPATH=src $(PY) -m pytest tests/house

bench: $(STAMPS)/test $(STAMPS)/release
	@exec env PYTHONPATH=src:. $(PY) -m bench $(ARGS)

fuzz: $(STAMPS)/fuzz $(STAMPS)/release
	@exec env PYTHONPATH=src:. $(PY) tests/fuzz/fuzz_resp.py $(ARGS)

dist: $(STAMPS)/test
	$(PY) -m build

clean:
	rm -rf build dist .stamps .mypy_cache .ruff_cache .pytest_cache src/*.egg-info
	find src tests bench -name '*.so' -delete
	find src tests bench -name __pycache__ -prune -exec rm -rf {} +
	rm -rf $(VENV)

# --- set-up ----------------------------------------------------------------------------------------------------------

# The first interpreter that starts, is new enough, can make an environment and has its C headers. A name on the PATH
# proves nothing: version managers put launchers there that only print an error.
PROBE = import sys, os, sysconfig; v = sys.version_info >= (3, 11); \
	import venv, ensurepip; \
	h = os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")); \
	sys.exit(0 if v and h else 4 if v else 3)

define choose_python
found=; old=; bare=; \
for candidate in $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.11 python3 python); do \
    "$$candidate" -c '$(PROBE)' >/dev/null 2>&1; \
    case $$? in \
        0) found="$$candidate"; break;; \
        4) bare="$$candidate";; \
        3) old="$$candidate";; \
        *) "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && novenv="$$candidate";; \
    esac; \
done; \
if [ -z "$$found" ]; then \
    if [ -n "$$bare" ]; then why="$$bare has no C headers (Python.h): install its development package"; \
    elif [ -n "$$novenv" ]; then why="$$novenv cannot make virtual environments: install its venv package"; \
    elif [ -n "$$old" ]; then why="$$old is `$$old -c 'import platform; print(platform.python_version())'`"; \
    else why="none was found"; fi; \
    echo "Redpoll needs Python 3.11 or newer, with venv: $$why (choose another with PYTHON=/path/to/python3)." >&2; \
    exit 1; \
fi
endef

define need_compiler
compiler="$${CC:-`$(PY) -c 'import sysconfig; print(sysconfig.get_config_var("CC") or "cc")'`}"; \
if ! command -v $${compiler%% *} >/dev/null 2>&1; then \
    for compiler in cc gcc clang none; do command -v $$compiler >/dev/null 2>&1 && break; done; \
    if [ "$$compiler" = none ]; then \
        echo "Redpoll needs a C compiler to build its native modules, and none was found: install gcc or clang." >&2; \
        exit 1; \
    fi; \
    export CC="$$compiler" LDSHARED="$$compiler -shared"; \
fi
endef

$(STAMPS)/venv:
	@if ! $(PY) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    $(choose_python); \
	    echo "Creating $(VENV) with $$found"; \
	    "$$found" -m venv --clear $(VENV) || exit 1; \
	fi
	@$(need_compiler)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/tools: $(STAMPS)/venv
	@echo "Installing build tools"
	@$(PIP) "setuptools>=77" "Cython>=3.3"
	@touch $@

$(STAMPS)/release: $(STAMPS)/tools $(NATIVE_SOURCES)
	@echo "Building the native modules"
	@$(need_compiler); $(PY) setup.py -q build_ext --inplace
	@touch $@

# What `make test BUILD=debug` imports: a copy of the package with its own native modules.
$(STAMPS)/debug $(STAMPS)/trace $(STAMPS)/asan: $(STAMPS)/tools $(SOURCES)
	@echo "Building the $(notdir $@) flavour"
	@if [ -d $(PACKAGE) ]; then find $(PACKAGE) -name '*.py' -delete; fi
	@$(need_compiler); REDPOLL_BUILD=$(notdir $@) PYTHONDONTWRITEBYTECODE=1 $(PY) -W ignore setup.py -qq build --build-lib $(PACKAGE)
	@touch $@

# An editable install: the commands `redpoll` and `redpoll-server`, and what the command line needs.
$(STAMPS)/package: $(STAMPS)/release pyproject.toml
	@if [ ! -e $(STAMPS)/package ] || [ pyproject.toml -nt $(STAMPS)/package ]; then \
	    echo "Installing the package"; $(need_compiler); $(PIP) --no-build-isolation -e . || exit 1; \
	fi
	@touch $@

$(STAMPS)/test: $(STAMPS)/package pyproject.toml
	@if [ ! -e $@ ] || [ pyproject.toml -nt $@ ]; then \
	    echo "Installing what the tests need"; $(PIP) --no-build-isolation -e ".[test]" || exit 1; \
	fi
	@touch $@

$(STAMPS)/dev: $(STAMPS)/package pyproject.toml
	@if [ ! -e $@ ] || [ pyproject.toml -nt $@ ]; then \
	    echo "Installing the checkers"; $(PIP) --no-build-isolation -e ".[test,dev]" || exit 1; \
	fi
	@touch $@

$(STAMPS)/fuzz: $(STAMPS)/test
	@$(PIP) atheris
	@touch $@
