# Gatepost. The six that matter: run, test, check, build, bench, docs.
BUN_VERSION := 1.4.5
BUN := $(CURDIR)/.toolchain/node_modules/.bin/bun
BIN := node_modules/.bin

# Everything the executable is made of.
SOURCES := $(shell find src views migrations -type f) package.json bun.lock tsconfig.json
TARGETS := linux-x64 linux-x64-baseline linux-arm64 linux-x64-musl linux-arm64-musl
BUILDS := $(TARGETS:%=dist/gatepost-%)
# Compiled to bytecode it starts in half the time, for 8 % more size; split, what is imported late takes memory only then.
COMPILE := $(BUN) build --compile --bytecode --splitting --format=esm --minify --sourcemap=none src/main.ts src/auth/strength-worker.ts src/web/webmail/sanitise-worker.ts \
  src/net/pump/thread.ts
DATA ?= data

# The programs that the tests drive, and the servers that the benchmarks measure against, started by them from folders of their own.
CLIENTS := swaks mutt isync tmux curl openssl sqlite3 python3 chromium chromium-headless-shell fonts-dejavu-core \
  libnet-ssleay-perl libio-socket-ssl-perl libauthen-sasl-perl slapd ldap-utils \
  proxychains4 openssh-server lftp ncftp ftp-ssl cadaver litmus rclone \
  postfix dovecot-imapd dovecot-pop3d offlineimap3 fetchmail libmail-imapclient-perl aerc \
  python3-dkim python3-nacl opendkim libxml2-utils clamav-daemon rspamd spamd sieve-connect \
  python3-sievelib
# Only one mail transport agent can be installed: these are unpacked.
NEIGHBOURS := exim4-base exim4-daemon-light opensmtpd
PEERS := dovecot-lmtpd squid tinyproxy dante-server microsocks vsftpd nginx-light wrk \
  roundcube-core roundcube-sqlite3 php-fpm php-sqlite3 php-mbstring php-xml php-intl

.PHONY: run test check build bench docs format migration clean

## Install, build if needed, and serve from ./data; prints one link.
run: dist/gatepost
	@exec dist/gatepost serve --data $(DATA)

## Every test, against the compiled executable and real clients. Tests wait much: one process more than there are cores.
test: dist/gatepost test/.clients
	@$(BUN) test --parallel=$$(($$(nproc) + 1)) --timeout 60000 test

## Format, lint, types, floors, and the documentation against the code.
check: node_modules/.installed
	@$(BIN)/biome check --error-on-warnings .
	@$(BIN)/tsc --noEmit
	@$(BUN) test test/layers.test.ts test/docs.test.ts

## Executables for every platform, with checksums and sizes.
build: $(BUILDS)
	@cd dist && sha256sum $(notdir $(BUILDS)) > SHA256SUMS
	@cd dist && ls -l $(notdir $(BUILDS)) | awk '{ printf "%6.1f MB  %s\n", $$5 / 1e6, $$9 }' | tee SIZES
	@cat dist/SHA256SUMS

## Side by side with other servers; writes docs/benchmarks.md, or with ONLY="gateway attack" those sections of it.
bench: dist/gatepost bench/.peers
	@$(BUN) run bench/main.ts $(ONLY)

## The parts of the documentation that are made from the code.
docs: node_modules/.installed
	@$(BUN) run docs/make/main.ts

format: node_modules/.installed
	@$(BIN)/biome check --write .

## A new migration from the rooms' tables.ts.
migration: node_modules/.installed
	@node $(BIN)/drizzle-kit generate

dist/gatepost: node_modules/.installed $(SOURCES)
	@mkdir -p dist
	@$(COMPILE) --outfile $@ > /dev/null

dist/gatepost-%: node_modules/.installed $(SOURCES)
	@mkdir -p dist
	@$(COMPILE) --target=bun-$* --outfile $@ > /dev/null

$(BUN):
	@mkdir -p .toolchain
	@npm install --prefix .toolchain --no-save --no-fund --no-audit --loglevel=error bun@$(BUN_VERSION)

node_modules/.installed: $(BUN) package.json bun.lock
	@$(BUN) install --frozen-lockfile --silent
	@touch $@

test/.clients: test/packages.sh test/unpacked.sh Makefile
	@sh test/packages.sh $(CLIENTS)
	@sh test/unpacked.sh test/.neighbours $(NEIGHBOURS) && touch $@

bench/.peers: test/.clients
	@sh test/packages.sh $(PEERS) && touch $@

clean:
	rm -rf dist node_modules .toolchain test/.clients test/.neighbours bench/.peers
