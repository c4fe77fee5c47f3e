#!/bin/sh
# Installs the mail clients and tools that the tests drive, where they are missing.
set -eu
packages="swaks mutt isync tmux curl openssl sqlite3 python3 chromium fonts-dejavu-core libnet-ssleay-perl libio-socket-ssl-perl libauthen-sasl-perl"

missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" != 0 ]; then
  echo "The tests need these packages: apt-get install$missing" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends $missing > /dev/null
