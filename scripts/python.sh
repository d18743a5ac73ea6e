#!/bin/sh
# Prints the newest Python from 3.11 on that works here; with --all every one, oldest first (CI tests the first and the last).
# A name on PATH may be a shim that runs nothing, so each one is asked.
set -eu
check='import sys
assert sys.version_info >= (3, 11)
try:
    import ensurepip, venv
except ImportError:
    sys.exit(3)
print("%03d.%03d %s" % (*sys.version_info[:2], sys.executable))'
found=
lacks=
candidates="python3.15 python3.14 python3.13 python3.12 python3.11 python3 python"
if [ "${1:-}" = --all ] && command -v pyenv >/dev/null 2>&1; then
  candidates="$candidates $(ls -d "$(pyenv root)"/versions/*/bin/python3 2>/dev/null || true)"
fi
for name in $candidates; do
  if line=$("$name" -c "$check" 2>/dev/null); then
    found="$found
$line"
  elif [ $? -eq 3 ]; then
    lacks=$name
  fi
done
found=$(printf '%s\n' "$found" | grep . | sort -u -k1,1 || true)
if [ -z "$found" ]; then
  if [ -n "$lacks" ]; then
    echo "$lacks has no venv module; install it (Debian and Ubuntu: the package python3-venv) and run make again." >&2
  else
    echo "No Python from 3.11 on was found; install one and run make again, or name it: make PYTHON=/path/to/python3" >&2
  fi
  exit 1
fi
if [ "${1:-}" = --all ]; then printf '%s\n' "$found" | cut -d' ' -f2-; else printf '%s\n' "$found" | tail -n 1 | cut -d' ' -f2-; fi
