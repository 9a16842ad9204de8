# Lethe: what each fine-tuning stage changed in the weights, and what it cost in ability.
# 'make study' and 'make test' are all that a fresh machine with a Swift toolchain needs.

SHELL := /bin/bash
PREFIX ?= /usr/local
REPORT ?= report
# One set of flags and one build folder for building, testing and running.
FLAGS := -c release -Xswiftc -enable-testing
LETHE := .build/release/lethe

# How long 'make fuzz' works on each parser.
FUZZ_SECONDS ?= 1800

.PHONY: study test test-asan fuzz build lint bench install clean help setup

study: build ## Build and run the study of the example series; prints where the report is
	$(LETHE) study fixtures/study.yaml --numerics f32 --output-path $(REPORT)

test: setup lint ## Set up, lint, build and run all tests, and fuzz each parser for 10 seconds
	swift build $(FLAGS) --build-tests
	swift test $(FLAGS) --skip-build
	Fuzz/run 10

test-asan: setup ## Run all tests under AddressSanitizer
	swift build $(FLAGS) --sanitize address --scratch-path .build-asan --build-tests
	ASAN_OPTIONS=detect_leaks=0 swift test $(FLAGS) --sanitize address --scratch-path .build-asan \
	  --skip-build

fuzz: setup ## Fuzz each parser for FUZZ_SECONDS under AddressSanitizer
	Fuzz/run $(FUZZ_SECONDS)

build: setup ## Build the 'lethe' command in release mode
	swift build $(FLAGS) --product lethe

lint: ## Check the formatting of all Swift sources
	swift format lint --strict --parallel --recursive \
	  {,Fuzz/,Benchmarks/}Package.swift {,Fuzz/,Benchmarks/}Sources Tests

bench: build ## Measure the kernels and the example series on this machine
	Benchmarks/run $(LETHE)

install: setup ## Install 'lethe' under PREFIX, with the Swift runtime linked in
	swift build -c release --static-swift-stdlib --scratch-path .build-install --product lethe
	install -s -D -m 755 .build-install/release/lethe $(DESTDIR)$(PREFIX)/bin/lethe

clean: ## Remove everything that was built or reported
	rm -rf .build .build-install .build-asan .build-fuzz $(REPORT)

setup:
	@Scripts/setup

help: ## Show this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' \
		| while IFS='|' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done
