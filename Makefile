# The only entry: people and CI call the same targets. `make` alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test lint fmt gen fuzz bench clean setup
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/.tools/venv/bin:$(PATH):$(CURDIR)/.tools/go/bin:$(CURDIR)/.tools/node/bin
# The protos must stay compatible with those of this branch.
BASE ?= origin/main
# How long `make fuzz` runs.
SECONDS ?= 60
# Passed on to the program, as in: make demo ARGS="--records 100000"
ARGS ?=

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s  %s\n", $$1, $$2}' Makefile

demo: ## Build, then run the gateway on an embedded instance with data (ARGS="…" are its flags)
	@scripts/setup build
	cargo build --release --locked --bin sncgate
	target/release/sncgate demo $(ARGS)

test: ## Run all tests, third-party programs included
	@scripts/setup test
	cargo test --workspace --locked

lint: ## Check formats, lints, protos, licenses and scripts
	@scripts/setup lint
	cargo fmt --all --check
	buf format --diff --exit-code --exclude-path proto/google
	buf lint
	@scripts/buf-breaking $(BASE)
	shellcheck scripts/setup scripts/buf-breaking scripts/fuzz scripts/gen-requirements scripts/gen-clients scripts/lint-clients .ci/run $(wildcard benches/*.sh)
	scripts/gen-clients --check
	scripts/lint-clients
	cargo deny --locked check licenses bans sources
	cargo clippy --workspace --all-targets --locked -- -D warnings

fmt: ## Format Rust and protos
	@scripts/setup lint
	cargo fmt --all
	buf format --write --exclude-path proto/google

gen: ## Regenerate what is committed and generated: the clients' messages and stubs, the pinned Python requirements
	@scripts/setup gen
	scripts/gen-clients
	scripts/gen-requirements

fuzz: ## Run the fuzz targets (SECONDS=60 is how long)
	@scripts/setup fuzz
	scripts/fuzz $(SECONDS)

bench: ## Run the benchmarks: decoding, columns, queries, streaming, tasks
	@scripts/setup bench
	cargo bench --workspace --locked --bench '*'

clean: ## Remove all that was built, installed or written here
	cargo clean
	cargo clean --manifest-path fuzz/Cargo.toml
	rm -rf .tools sncgate-data

setup: ## Install what the other targets need and the machine lacks, into .tools/
	@scripts/setup all
