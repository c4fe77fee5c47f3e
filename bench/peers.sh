#!/bin/sh
# Installs the servers that the benchmarks measure against, where they are missing. They are started by the benchmark itself,
# from a folder of its own.
set -eu
packages="postfix dovecot-imapd dovecot-lmtpd"

missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" != 0 ]; then
  echo "The benchmarks need these packages: apt-get install$missing" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends $missing > /dev/null
