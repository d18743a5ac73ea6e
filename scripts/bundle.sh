#!/bin/sh
# Makes dist/pierhead-VERSION-bundle.tar.gz: all wheels and an install script, for a bastion without a package index.
set -eu
python=$1
work=.bundle
version=$("$python" -c 'import tui; print(tui.__version__)')
name=pierhead-$version-bundle
rm -rf "$work" && mkdir -p "$work/$name/wheels" dist
"$python" -m pip wheel --quiet --disable-pip-version-check --constraint constraints.txt --wheel-dir "$work/$name/wheels" .
cp README.md LICENSE "$work/$name/"
cat >"$work/$name/install.sh" <<'EOF'
#!/bin/sh
# Installs pierhead from the wheels beside this script, without a package index. Usage: sh install.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-$HOME/.local/share/pierhead}
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "pierhead needs Python 3.11 or newer; name one: PYTHON=/path/to/python3 sh install.sh" >&2; exit 1; }
"$python" -m venv "$target" || { echo "$python has no venv module (Debian and Ubuntu: the package python3-venv)" >&2; exit 1; }
"$target/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --find-links "$here/wheels" pierhead
echo "installed: $target/bin/pierhead"
EOF
chmod +x "$work/$name/install.sh"
tar -czf "dist/$name.tar.gz" -C "$work" "$name"
rm -rf "$work"
echo "dist/$name.tar.gz"
