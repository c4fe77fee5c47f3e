#!/bin/sh
# Unpacks Debian packages that cannot be installed beside one another into a folder, with the libraries that their programs need.
# Usage: unpacked.sh FOLDER PACKAGE…
set -eu

folder=$1
shift
libraries=$(apt-cache depends "$@" | sed -n 's/^ *Depends: \(lib[a-z0-9.+-]*\)$/\1/p' | sort -u)
# shellcheck disable=SC2086 # one word a package
sh "$(dirname "$0")/packages.sh" $libraries

rm -rf "$folder"
mkdir -p "$folder.new"
cd "$folder.new"
apt-get download -qq -o APT::Sandbox::User=root "$@"
for package in *.deb; do
  dpkg-deb -x "$package" .
  rm "$package"
done
find . -type f -perm -100 -exec ldd {} \; 2>/dev/null | grep -o '/[^ ]*' | sort -u | while read -r library; do
  mkdir -p ".$(dirname "$library")"
  cp -L "$library" ".$library"
done
cd - > /dev/null
mv "$folder.new" "$folder"
