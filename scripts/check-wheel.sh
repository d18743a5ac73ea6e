#!/bin/sh
# Builds the wheel, installs it into an empty environment and uses it against the embedded world. Usage: check-wheel.sh PYTHON
set -eu
work=$(mktemp -d)
trap 'kill "$world" 2>/dev/null || true; rm -rf "$work"' EXIT
world=
"$1" -m venv "$work/venv"
"$work/venv/bin/python" -m pip wheel --quiet --no-deps --wheel-dir "$work/dist" .
"$work/venv/bin/python" -m pip install --quiet --constraint constraints.txt "$work"/dist/pierhead-*.whl
cd "$work"
"$work/venv/bin/pierhead" --version
: >"$work/env"
"$work/venv/bin/pierhead" simulate >"$work/env" &
world=$!
tries=0
until grep -q KUBECONFIG "$work/env"; do
  tries=$((tries + 1))
  [ "$tries" -lt 300 ] || { echo "the embedded world did not start" >&2; exit 1; }
  sleep 0.1
done
. "$work/env"
export HOME="$work/home" AWS_EC2_METADATA_DISABLED=true
"$work/venv/bin/pierhead" get services -o name >"$work/services"
grep -qx shop/checkout "$work/services" || { echo "no shop/checkout among the services:" >&2; cat "$work/services" >&2; exit 1; }
echo "pierhead get services: $(wc -l <"$work/services") rows"
