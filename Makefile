# Flowwatch. `make test` prepares a bare machine and runs everything; `make check` is the same without the preparing.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
NODE_PIN    := 22.23.3
NODE_MIN    := 20.19.0

# Tools live outside the tree, one folder per version, so that a new pin is a new install and `git status` stays clean.
CACHE := $(or $(XDG_CACHE_HOME),$(if $(HOME),$(HOME)/.cache,/tmp))/flowwatch-tools
export PATH := $(CACHE)/node-$(NODE_PIN)/node_modules/node/bin:$(PATH):$(CACHE)/prometheus/usr/bin

VERSION ?= $(shell git describe --tags --always 2>/dev/null || echo devel)
LDFLAGS := -s -w -X main.version=$(VERSION)
# timetzdata: days and weeks are local to the organisation, and a bare image has no zone files.
BUILD   := CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "$(LDFLAGS)"
PKGS    ?= ./...
FUZZTIME ?= 10s
UI_DEPS := ui/node_modules/.package-lock.json

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# ---------------------------------------------------------------------------------------------------------------- everything

.PHONY: test check
test: setup check ## install what the checks need, then run them: what CI runs

check: fmt vet lint ui-check sdk-check vuln fuzz race ## every check, on a machine that has the tools

# ---------------------------------------------------------------------------------------------------------------- preparing

.PHONY: setup
setup: ## install compiler, node, chromium and prometheus where they are missing (Debian, root or sudo)
	@sudo=""; if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi
	need=()
	command -v gcc >/dev/null || need+=(gcc libc6-dev)
	node_fits() { command -v node >/dev/null && printf '%s\n%s\n' "$(NODE_MIN)" "$$(node -p process.versions.node)" | sort -VC; }
	command -v npm >/dev/null || need+=(nodejs npm)
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || need+=(chromium)
	if [ $${#need[@]} -gt 0 ]; then
	  echo "== install: $${need[*]}"
	  export DEBIAN_FRONTEND=noninteractive
	  $$sudo apt-get update -qq
	  $$sudo apt-get install -y -qq --no-install-recommends "$${need[@]}" >/dev/null
	fi
	# Unpacked and not installed: the package would begin a service, and bring fifty others for its page.
	if ! command -v prometheus >/dev/null || ! command -v promtool >/dev/null; then
	  echo "== install: prometheus"
	  unpack=$$(mktemp -d)
	  $$sudo apt-get update -qq
	  (cd "$$unpack" && apt-get download -qq -o APT::Sandbox::User=root prometheus && dpkg-deb -x prometheus_*.deb prometheus)
	  rm -rf "$(CACHE)/prometheus" && mkdir -p "$(CACHE)" && mv "$$unpack/prometheus" "$(CACHE)/prometheus"
	  rm -rf "$$unpack"
	fi
	if ! node_fits; then
	  echo "== install: node $(NODE_PIN)"
	  npm install --silent --no-fund --no-audit --no-save --prefix "$(CACHE)/node-$(NODE_PIN)" "node@$(NODE_PIN)"
	  hash -r
	  node_fits
	fi

# $(call tool,NAME,MODULE@VERSION): path of a pinned tool, installed on first use.
define tool
	bin="$(CACHE)/$(1)-$(lastword $(subst @, ,$(2)))"; \
	if [ ! -x "$$bin/$(1)" ]; then echo "== install: $(1) $(lastword $(subst @, ,$(2)))"; GOBIN="$$bin" go install $(2) 2>&1 | grep -v '^go: downloading' || [ -x "$$bin/$(1)" ]; fi
endef

# ---------------------------------------------------------------------------------------------------------------- Go

.PHONY: fmt vet lint vuln fuzz race
fmt: ## gofmt -s finds nothing to change
	@echo "== gofmt"
	bad=$$(gofmt -s -l $$(git ls-files --cached --others --exclude-standard '*.go'))
	[ -z "$$bad" ] || { echo "run gofmt -s -w on:"; echo "$$bad"; exit 1; }

vet: ## go vet
	@echo "== go vet"
	go vet $(PKGS)

lint: ## golangci-lint, pinned; .golangci.yml says why each linter is there
	@echo "== golangci-lint"
	$(call tool,golangci-lint,$(GOLANGCI))
	"$$bin/golangci-lint" run --allow-parallel-runners $(PKGS)

vuln: ## known vulnerabilities in what the binary calls
	@echo "== govulncheck"
	$(call tool,govulncheck,$(GOVULNCHECK))
	if out=$$(timeout 120 "$$bin/govulncheck" $(PKGS) 2>&1); then
	  echo "$$out" | tail -1
	elif [ $$? = 124 ] || grep -q '^govulncheck: fetching vulnerabilities' <<<"$$out"; then
	  echo "the vulnerability database cannot be reached from here: skipped"
	else
	  echo "$$out"; exit 1
	fi

fuzz: ## every Fuzz target, FUZZTIME each on a core of its own (default 10s)
	@echo "== fuzz, $(FUZZTIME) each"
	smoke() {
	  IFS=: read -r file decl <<<"$$1"; name=$${decl#func }; pkg=./$$(dirname "$$file")
	  run() { go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x -parallel 1 "$$pkg" </dev/null 2>&1; }
	  # The fuzzing engine can report its own deadline as a failure; a real finding names the input that it wrote.
	  out=$$(run) || { ! grep -q 'Failing input written' <<<"$$out" && out=$$(run); } || { echo "$$out"; return 1; }
	  printf '%-28s %s\n' "$$name" "$$(grep -E '^fuzz:.*execs:' <<<"$$out" | tail -1 | sed 's/^fuzz: //')"
	}
	export -f smoke
	git ls-files --cached --others --exclude-standard '*_test.go' | xargs grep -oE '^func Fuzz[A-Za-z0-9_]+' /dev/null | sort | tr '\n' '\0' |
	xargs -0 -n 1 -P "$$(getconf _NPROCESSORS_ONLN)" bash -c 'set -euo pipefail; smoke "$$1" || exit 255' --

race: ## all Go tests under the race detector, shuffled
	@echo "== go test"
	race=-race; [ "$$(go env CGO_ENABLED)" = 1 ] && command -v "$$(go env CC)" >/dev/null || { race=; echo "no C compiler: without the race detector"; }
	go test $$race -shuffle=on -timeout 15m $(PKGS)

.PHONY: bench crash
bench: ## measure the built binary against the targets; FLOWWATCH_BENCH_DIR keeps the big data sets between runs
	@FLOWWATCH_BENCH=1 go test -count=1 -run '^TestFigures$$' -v -timeout 60m ./cmd/flowwatch

crash: ## kill the built binary under load, in backups and in compactions, FLOWWATCH_CRASH_ROUNDS times (default 50)
	@FLOWWATCH_CRASH_ROUNDS=$${FLOWWATCH_CRASH_ROUNDS:-50} go test -count=1 -run '^TestCrash' -v -timeout 30m ./cmd/flowwatch ./kv

# ---------------------------------------------------------------------------------------------------------------- page

.PHONY: ui ui-check bench-ui
$(UI_DEPS): ui/package-lock.json
	@echo "== npm ci"
	cd ui && npm ci --no-fund --no-audit --loglevel=error
	touch node_modules/.package-lock.json

ui: $(UI_DEPS) ## build ui/dist
	@cd ui && npm run --silent build

ui-check: $(UI_DEPS) ## types, lint, unit and browser tests of the page, its size; ui/dist equals a fresh build
	@cd ui
	for step in check lint test dist:verify budget browser; do echo "== ui $$step"; npm run --silent $$step; done

SDK_DEPS := api/sdktest/node_modules/.package-lock.json
.PHONY: sdk-check
$(SDK_DEPS): api/sdktest/package-lock.json
	@echo "== npm ci, client libraries"
	cd api/sdktest && npm ci --no-fund --no-audit --loglevel=error
	touch node_modules/.package-lock.json

sdk-check: $(SDK_DEPS) $(UI_DEPS) ## the official client libraries of each door against the built program
	@echo "== client libraries"
	(cd ui && npx biome check --error-on-warnings ../api/sdktest ../api/client/client.mjs ../api/client/client.d.mts ../api/client/example.ts ../api/ingest/n8n/flowwatch-hook.cjs)
	cd api/sdktest && npm run --silent test

.PHONY: client
client: $(SDK_DEPS) ## write the types of api/client from openapi.json
	@cd api/sdktest && FLOWWATCH_WRITE_CLIENT=1 npm run --silent test -- client

# Each n8n on the Node.js that it is for. One of its dependencies is named by an address outside the registry; scripts of packages do not run, and
# two libraries in C++ are built.
N8N_PINS ?= 2.8.4@20.20.2 2.41.1@24.21.0
.PHONY: test-n8n
test-n8n: build ## the hook for n8n in the real n8n from npm: about 5 minutes to install each of N8N_PINS, once, and 2 to run
	@for pin in $(N8N_PINS); do
	  n8n="$(CACHE)/n8n-$${pin%@*}"; node="$(CACHE)/node-$${pin#*@}"
	  if [ ! -x "$$node/node_modules/node/bin/node" ]; then
	    echo "== install: node $${pin#*@}"
	    npm install --silent --no-fund --no-audit --no-save --prefix "$$node" "node@$${pin#*@}"
	  fi
	  if [ ! -e "$$n8n/installed" ]; then
	    echo "== install: n8n $${pin%@*}"
	    mkdir -p "$$n8n"
	    printf '{"private":true,"dependencies":{"n8n":"%s"},"overrides":{"xlsx":"0.18.5"}}\n' "$${pin%@*}" >"$$n8n/package.json"
	    (cd "$$n8n"; export PATH="$$node/node_modules/node/bin:$$PATH"
	    npm install --silent --no-fund --no-audit --ignore-scripts
	    npm rebuild --silent sqlite3 isolated-vm
	    touch installed)
	  fi
	  echo "== n8n $${pin%@*} on Node.js $${pin#*@}"
	  N8N_PREFIX="$$n8n" N8N_NODE="$$node/node_modules/node/bin/node" FLOWWATCH_PROGRAM="$(CURDIR)/bin/flowwatch" node --test --test-reporter=spec api/sdktest/n8n/real.mjs
	done

bench-ui: $(UI_DEPS) ## measure the built page in a browser against the targets: arrival, frames, work, memory (FLOWWATCH_BENCH_MINUTES)
	@cd ui && npm run --silent bench

# ---------------------------------------------------------------------------------------------------------------- product

.PHONY: build image
build: ## the static binary, bin/flowwatch
	@$(BUILD) -o bin/flowwatch ./cmd/flowwatch

image: ## the container image flowwatch:VERSION
	@engine=$$(command -v docker || command -v podman)
	"$$engine" build --build-arg VERSION=$(VERSION) -t flowwatch:$(VERSION) .
