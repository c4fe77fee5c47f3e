#!/bin/sh
# Makes figtree-latin.woff2 from the package of the font: its weights up to 700, without fractions and figures that no page asks for. A
# sixth less is fetched before the first page is seen. Needs fonttools and python3-brotli of Debian; wanted when the package is a new one.
set -eu
cd "$(dirname "$0")"
whole=../node_modules/@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2
light=$(mktemp --suffix .ttf)
trap 'rm -f "$light"' EXIT
fonttools varLib.instancer --quiet "$whole" wght=300:700 --output "$light"
pyftsubset "$light" --unicodes='*' --layout-features=ccmp,locl,kern,mark,mkmk,tnum --flavor=woff2 --output-file=figtree-latin.woff2
