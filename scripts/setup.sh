#!/bin/sh
# Find a Python of 3.11 or later and hand over to setup.py, which does the rest.
set -eu
cd -- "$(dirname -- "$0")/.."
run() {
    "$@" -E -s -B -m scripts.setup "$level" $look
}

level=$1 look=--look
if [ -x .venv/bin/python ] && run .venv/bin/python 2>/dev/null; then
    exit 0
fi
look=
for python in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        run "$python"
        exit
    fi
done
echo "setup: no Python 3.11 or later was found. Install one, for example with" >&2
echo "  sudo apt-get install -y python3 python3-venv" >&2
echo "or name one that you have: make PYTHON=/path/to/python3.12 setup" >&2
exit 1
