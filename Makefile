# Lethe: what each fine-tuning stage changed in the weights, and what it cost in ability.
# 'make study' and 'make test' are all that a fresh machine with a Swift toolchain needs.

SHELL := /bin/bash
PREFIX ?= /usr/local
REPORT ?= report
# One set of flags and one build folder for building, testing and running.
FLAGS := -c release -Xswiftc -enable-testing
LETHE := .build/release/lethe

.PHONY: study test build lint bench install clean help setup

study: build ## Build and run the study of the example series; prints where the report is
	$(LETHE) study fixtures/study.yaml --output-path $(REPORT)

test: setup lint ## Set up, lint, build and run all tests
	swift build $(FLAGS) --build-tests
	swift test $(FLAGS) --skip-build

build: setup ## Build the 'lethe' command in release mode
	swift build $(FLAGS) --product lethe

lint: ## Check the formatting of all Swift sources
	swift format lint --strict --parallel --recursive Package.swift Sources Tests

bench: build ## Measure the kernels and the example series on this machine
	Benchmarks/run $(LETHE)

install: setup ## Install 'lethe' under PREFIX, with the Swift runtime linked in
	swift build -c release --static-swift-stdlib --scratch-path .build-install --product lethe
	install -s -D -m 755 .build-install/release/lethe $(DESTDIR)$(PREFIX)/bin/lethe

clean: ## Remove everything that was built or reported
	rm -rf .build .build-install $(REPORT)

setup:
	@Scripts/setup

help: ## Show this help
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' \
		| while IFS='|' read -r name text; do printf '  make %-9s %s\n' "$$name" "$$text"; done
