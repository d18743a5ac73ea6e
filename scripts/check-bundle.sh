#!/bin/sh
# Makes the bundle and installs it without a package index. Usage: check-bundle.sh PYTHON
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh scripts/bundle.sh "$1"
tar -xzf dist/pierhead-*-bundle.tar.gz -C "$work"
PYTHON="$1" PIP_NO_INDEX=1 sh "$work"/pierhead-*-bundle/install.sh "$work/installed"
"$work/installed/bin/pierhead" --version
