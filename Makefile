# Run `make` or `make help` to see what there is.

GO       ?= go
FUZZTIME ?= 60s
SOAK     ?= 10m

# The linter's version is fixed, so that it says the same everywhere.
LINT_VERSION := v2.15.0
LINT         := .bin/golangci-lint-$(LINT_VERSION)

VULN_VERSION := v1.1.4
VULN         := .bin/govulncheck-$(VULN_VERSION)

.DEFAULT_GOAL := help
.PHONY: help run build cross release reproducible test race lint vulnerabilities fuzz soak bench generate screenshots verify deps

help: ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## serve from this checkout, on http://127.0.0.1:8080
	$(GO) run .

build: ## build the program, static and stamped with its commit: .bin/carillon
	GO=$(GO) .ci/build .bin/carillon

cross: ## check that the program builds for every system that it is offered for
	@for platform in linux/arm64 darwin/amd64 darwin/arm64 windows/amd64; do echo $$platform; \
		CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/} $(GO) build -o /dev/null . || exit 1; done

release: ## pack the program for each system, with sums, into .bin/release: make release VERSION=0.1.0
	GO=$(GO) .ci/release "$(VERSION)"

reproducible: ## build twice, in different folders, the second time from nothing, and compare
	GO=$(GO) .ci/reproducible

# The tests in a browser come alone: pages take seconds where a machine is busy.
ROOMS = $$($(GO) list ./... | grep -v /e2e/browser)

test: deps ## run every test; installs PostgreSQL and Node where it can, says what to install where it cannot
	$(GO) test -timeout 20m $(ROOMS)
	$(GO) test -timeout 20m ./e2e/browser

race: deps ## run every test under the race detector
	$(GO) test -race -timeout 45m $(ROOMS)
	$(GO) test -race -timeout 45m ./e2e/browser

lint: $(LINT) deps ## check format, vet, the linters with the import law, and that generated code is fresh
	@unformatted=$$($$($(GO) env GOROOT)/bin/gofmt -l .); if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(LINT) run
	.ci/import-law $(LINT)
	.ci/drift

vulnerabilities: $(VULN) ## look for known vulnerabilities in what the program reaches; GOVULNDB names another database than vuln.go.dev's
	@.ci/vulnerabilities $(VULN)

fuzz: ## run each fuzz target for FUZZTIME (60s)
	FUZZTIME=$(FUZZTIME) .ci/fuzz

soak: deps ## drive random faults through the program for SOAK (10m), on both databases; keeps the nodes' logs in .soak
	@mkdir -p .soak
	SOAK=$(SOAK) $(GO) test ./e2e/chaos -run '^TestChaos$$' -count=1 -v -parallel 2 -timeout 0 -artifacts -outputdir $(CURDIR)/.soak

bench: ## measure throughput, latency, CPU and memory beside references; BENCH=-full takes 35 minutes, BENCH="-soak 10m" looks for leaks
	$(GO) run ./bench $(BENCH)

generate: console/node_modules ## write the generated code and THIRD_PARTY_LICENSES anew, and build the console
	$(GO) generate ./...
	cd console && npm run --silent build -- --logLevel warn
	$(GO) run .ci/licenses.go

console/node_modules: console/package-lock.json
	cd console && npm ci --no-audit --no-fund && touch node_modules

screenshots: deps ## take the pictures of the console for the documentation anew
	$(GO) build -o .bin/carillon-screenshots .
	cd e2e/browser && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund && SCREENSHOTS=1 CARILLON_BINARY=$(CURDIR)/.bin/carillon-screenshots npx playwright test screenshots

verify: lint vulnerabilities test race ## all that must pass before a change is done

deps:
	@.ci/deps

$(VULN):
	GOBIN=$(CURDIR)/.bin $(GO) install golang.org/x/vuln/cmd/govulncheck@$(VULN_VERSION)
	mv .bin/govulncheck $@

$(LINT):
	GOBIN=$(CURDIR)/.bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv .bin/golangci-lint $@
