#!/usr/bin/env bash
# How well the next page of a list is found, on annotated pages of the shared material (TOUCHSTONE_SHARED,
# default ../shared): by cross-validation over sites, beside simpler rules, beside autopager of PyPI where
# PYTHON has it. `next_links.sh --write` learns the weights anew.
set -euo pipefail
cd "$(dirname "$0")/../.."
pages=$(realpath "${TOUCHSTONE_SHARED:-../shared}/data/pages")
out=$(mktemp)
trap 'rm -f "$out"' EXIT
cargo run --release --locked -q -p crawler --example next_links -- "$pages" "$@" > "$out"
python=${PYTHON:-python3}
if "$python" -c 'import autopager' 2>/dev/null; then
    "$python" tests/bench/next_links.py "$pages" "$out"
else
    echo "skipped: autopager (pip install autopager, and name that python in PYTHON)" >&2
fi
