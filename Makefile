# make help lists the targets. Everything that a target needs and Go does not bring, `make needs` installs.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

# What the race detector runs on: packages that start goroutines, or keep tables that all readings share. It costs
# about ten times, so of RACEPART it runs only the tests of RACERUN, which work at the same time.
RACE ?= ./internal/diag ./internal/refdata ./internal/edifact/directory ./internal/edifact/cuscar ./internal/corpus \
	./internal/partner ./internal/audit ./internal/transport/folder ./internal/downstream
RACEPART ?= ./internal/intake ./internal/gateway ./internal/jobs ./internal/transport/https
RACERUN ?= Concurren|GroupCommit|WholeWay|TwoNodes
RACESTORE ?= ./internal/store/sqlite ./internal/store/postgres
# How long each fuzz target runs in `make fuzz`, and the same for `make fuzz-short`, with its bound in all.
FUZZTIME ?= 10m
FUZZSHORT ?= 5s
FUZZBUDGET ?= 150s
# Only fuzz targets whose name matches this pattern.
FUZZ ?= .
# Where `make generate` may see no difference afterwards.
GENERATED := ':(glob)**/*_gen.go' ':(glob)**/*_templ.go' ':(glob)internal/edifact/directory/data/**' ':(glob)internal/refdata/data/**'

NPM_DIR := internal/edifact/contrl/testdata/npm
NPM_DONE := $(NPM_DIR)/node_modules/.package-lock.json
STATICCHECK := go tool -modfile=tools/go.mod staticcheck
TESTLOG := bin/testlog

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

.PHONY: build
build: ## bin/cargogate, without cgo
	CGO_ENABLED=0 go build -trimpath -o bin/cargogate ./cmd/cargogate

.PHONY: test
test: needs npm lint unit race fuzz-short ## everything that must pass before a change lands

.PHONY: needs
needs: ## install what is missing beside Go: git, gcc for the race detector, node and npm for the independent reader, peers
	@scripts/needs.sh git:git gcc:build-essential node:nodejs npm:npm curl:curl openssl:openssl zstd:zstd chromium:chromium \
		/usr/lib/postgresql/15/bin/initdb:postgresql-15

.PHONY: npm
npm: $(NPM_DONE) ## the independent EDIFACT reader that tests hold our output against
$(NPM_DONE): $(NPM_DIR)/package.json $(NPM_DIR)/package-lock.json
	cd $(NPM_DIR) && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: lint
lint: ## gofmt, go vet, staticcheck
	@bad=$$(gofmt -l cmd internal tools); if [ -n "$$bad" ]; then echo "not gofmt-clean:"; echo "$$bad"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./...
	go -C tools vet ./...
	go -C tools tool staticcheck ./...

.PHONY: unit
unit: $(TESTLOG) npm ## go test; with CI=true a skipped test is a failure
	go -C tools test ./...
	go test -json ./... | $(TESTLOG) -summary bin/test.txt

.PHONY: race
race: $(TESTLOG) ## go test -race on $(RACE), and on the concurrent tests of $(RACEPART) $(RACESTORE)
	CGO_ENABLED=1 go test -race -json $(RACE) | $(TESTLOG)
	CGO_ENABLED=1 go test -race -json -run '$(RACERUN)' $(RACEPART) | $(TESTLOG)
	CGO_ENABLED=1 go test -race -json -run 'TestStore/load/(each|an|one|batches)' $(RACESTORE) | $(TESTLOG)

$(TESTLOG): $(wildcard tools/testlog/*.go) tools/go.mod
	go -C tools build -o ../$@ ./testlog

.PHONY: fuzz-short
fuzz-short: ## every fuzz target for $(FUZZSHORT), all within $(FUZZBUDGET)
	scripts/fuzz.sh '$(FUZZ)' $(FUZZSHORT) $(FUZZBUDGET)

.PHONY: fuzz
fuzz: ## every fuzz target for $(FUZZTIME); FUZZ=pattern chooses
	scripts/fuzz.sh '$(FUZZ)' $(FUZZTIME)

.PHONY: corpus
corpus: ## check and convert every file under CORPUS=DIR; reports crashes, times and findings by code; PLACES=1 lists each
	@[ -n "$(CORPUS)" ] || { echo "usage: make corpus CORPUS=DIR [PLACES=1]"; exit 2; }
	go run ./internal/corpus -dir $(CORPUS) $(if $(PLACES),-places)

.PHONY: bench
bench: ## measure beside the tools in PERF=DIR and write docs/performance.md; takes some minutes
	@[ -n "$(PERF)" ] || { echo "usage: make bench PERF=DIR"; exit 2; }
	go run ./internal/bench -perf $(PERF) -write docs/performance.md

.PHONY: bench-gateway
bench-gateway: ## measure the gateway beside its limits on both stores, in DIR, and write docs/performance.md
	go run ./internal/loadtest/measure $(if $(DIR),-dir $(DIR)) -write docs/performance.md -- $(ARGS)

.PHONY: crash
crash: ## every failpoint, 20 kills on both stores, power loss, sabotage; takes a quarter of an hour
	CI=true CRASH_KILLS=20 go test ./internal/crashtest/... -count=1 -v -timeout 45m

.PHONY: cases
cases: ## ten workers lease and decide 5,000 cases on PostgreSQL through two kill -9; takes a minute
	CI=true CARGOGATE_CASES=5000 go test ./internal/faulttest -run TestCasesThroughKills -count=1 -v

.PHONY: versitygw
versitygw: ## the suite of originals against a real S3 server, built from its own module
	go -C e2e/s3 test -count=1 ./...

.PHONY: generate
generate: ## regenerate every table and check that nothing changed
	go generate ./...
	git diff --exit-code --stat -- $(GENERATED)

.PHONY: clean
clean: ## remove what the other targets made
	rm -rf bin dist $(NPM_DIR)/node_modules
