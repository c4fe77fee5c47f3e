# Gatepost. The five that matter: run, test, check, build, bench.
BUN_VERSION := 1.4.5
BUN := $(CURDIR)/.toolchain/node_modules/.bin/bun
BIN := node_modules/.bin

# Everything the executable is made of.
SOURCES := $(shell find src views migrations -type f 2>/dev/null) package.json bun.lock tsconfig.json

.PHONY: run test check build bench format migrations clean

$(BUN):
	@mkdir -p .toolchain
	@npm install --prefix .toolchain --no-save --no-fund --no-audit --loglevel=error bun@$(BUN_VERSION)

node_modules/.installed: $(BUN) package.json bun.lock
	@$(BUN) install --frozen-lockfile --silent
	@touch $@

migrations: node_modules/.installed
	@rm -rf migrations && node node_modules/.bin/drizzle-kit generate --name first > /dev/null
	@cat src/mailstore/search.sql >> migrations/0000_first.sql

clean:
	rm -rf dist node_modules .toolchain
