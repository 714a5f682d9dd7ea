# The two commands of a fresh machine are `make chat` and `make test`; everything else is for those who change
# palate. Each step leaves a stamp in .venv, so that repeating a command goes straight to its point.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
MODEL := qwen2.5-coder-0.5b
TEST_MODEL := smollm2-135m
LLAMA_BUILD := PIP="$(PIP)" REQUIREMENT="llama-cpp-python>=0.3.16" bash .ci/llama

.DEFAULT_GOAL := help
.PHONY: help chat setup test check bench bench-product bench-ranking bench-shared bench-peers transcript llama llama-start clean

help:
	@echo "make chat        install, set up and talk (repeat it to talk again)"
	@echo "make test        set up what the tests need and run all of them"
	@echo "make setup       install and set up, without talking"
	@echo "make check       ruff, mypy, import-linter"
	@echo "make bench       the commands behind the figures in the README (an hour or two)"
	@echo "make bench-peers the other libraries on the same splits (hours)"
	@echo "make transcript  write docs/transcript.md from a fresh run"

# Nothing before the chat may read standard input: it belongs to the person, or holds their lines.
chat: $(VENV)/.installed llama-start
	@$(BIN)/palate setup </dev/null || test $$? -eq 4
	@$(BIN)/palate chat

setup: $(VENV)/.installed llama-start
	@$(BIN)/palate setup </dev/null

test: $(VENV)/.installed-dev llama-start
	@$(BIN)/palate setup --model $(TEST_MODEL) </dev/null
	@$(BIN)/palate setup --model $(MODEL) </dev/null
	@$(LLAMA_BUILD) wait $(VENV)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@# The checkout is the package: mypy sees it under its name through a link.
	@mkdir -p .mypy_cache/as-package && ln -sfn ../.. .mypy_cache/as-package/palate
	MYPYPATH=.mypy_cache/as-package:tests $(BIN)/mypy -p palate
	$(BIN)/lint-imports

# Of the machine and the default catalogue; then of the ranking, on MovieLens-100K; then, where ../shared is
# there, on the data sets in it; at last the other libraries, which take hours.
bench: bench-product bench-ranking bench-shared

bench-product: $(VENV)/.installed-dev llama setup
	@for name in startup latency while_writing filtered_search first_token memory setup_time; do \
		echo "== $$name"; $(BIN)/python -m benchmarks.$$name </dev/null || exit 1; done

bench-ranking: $(VENV)/.installed-dev setup
	@$(BIN)/palate setup --catalog movielens-100k --model none </dev/null
	@for name in training few_likes warm temporal dial incremental cold_items noted everyday; do \
		echo "== $$name"; $(BIN)/python -m benchmarks.$$name </dev/null || exit 1; done

bench-shared: $(VENV)/.installed-dev
	@test -d ../shared/datasets || { echo "../shared is not here: dialogue, text-to-item, gowalla and" \
		"ml-latest-small are left out."; exit 0; }; \
	$(BIN)/palate setup --catalog ml-latest-small --model none </dev/null && \
	for name in "few_likes ml-latest-small" "dialogue" "text_to_item" "gowalla --shared ../shared"; do \
		echo "== $$name"; $(BIN)/python -m benchmarks.$$name </dev/null || exit 1; done

bench-peers: $(VENV)/.installed-dev setup
	@$(BIN)/palate setup --catalog movielens-100k --model none </dev/null
	@$(BIN)/python -m benchmarks.peers.setup && $(BIN)/python -m benchmarks.peers.rank movielens-100k
	@for name in few_likes warm; do \
		$(BIN)/python -m benchmarks.$$name movielens-100k --peers benchmarks/peers/rankings || exit 1; done

transcript: setup
	@$(BIN)/python -m benchmarks.transcript </dev/null

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || \
		{ echo "palate needs Python 3.11 or newer, and there is no $(PYTHON)." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "palate needs Python 3.11 or newer;" \
		"$(PYTHON) is $$($(PYTHON) -V). Try: make chat PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) </dev/null || \
		{ echo "The virtual environment could not be made. Try: apt install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.installed: $(VENV)/.python pyproject.toml constraints.txt
	@echo "Installing palate into $(VENV) (a few minutes the first time) ..." >&2
	@$(PIP) install -c constraints.txt -e . </dev/null >&2
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(PIP) install -c constraints.txt -e '.[dev]' </dev/null >&2
	@touch $@

# llama.cpp is compiled beside the other steps, at the lowest priority and deaf to the chat's Ctrl-C.
# pip keeps the wheel, so that it is compiled once a machine. Without it the chat has no language model.
llama-start: $(VENV)/.installed
	@$(LLAMA_BUILD) start $(VENV)

llama: $(VENV)/.installed
	@$(LLAMA_BUILD) wait $(VENV)

clean:
	rm -rf $(VENV) build dist *.egg-info
