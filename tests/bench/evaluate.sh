#!/usr/bin/env bash
# Measures what Touchstone reads and how fast, beside published packages on the same inputs, and what its
# verdicts find beside the usual rules, and writes the tables of docs/EVALUATION.md anew, each between its
# markers. Needs the shared material (TOUCHSTONE_SHARED, default ../shared) and Python; TOUCHSTONE_PYTHON
# names one that has extruct, price-parser and autopager, else a virtual environment is made under target/.
#   tests/bench/evaluate.sh                  all sections (about twenty minutes with the builds)
#   tests/bench/evaluate.sh --only strings   these sections only; the others stay as they are
#   tests/bench/evaluate.sh --only power     builds and needs no more than the statistics (six minutes)
#   tests/bench/evaluate.sh --quick          few rounds, no peers; prints the page and writes nothing
set -euo pipefail
cd "$(dirname "$0")/../.."
TOUCHSTONE_SHARED=$(realpath "${TOUCHSTONE_SHARED:-../shared}")
export TOUCHSTONE_SHARED
python=${TOUCHSTONE_PYTHON:-target/bench-python/bin/python}
quick=
for argument in "$@"; do
    [ "$argument" = --quick ] && quick=yes
done
if [ -n "$quick" ] && [ ! -x "$python" ]; then
    python=python3
elif [ ! -x "$python" ] || ! "$python" -c 'import autopager, extruct, price_parser' 2>/dev/null; then
    python3 -m venv target/bench-python
    target/bench-python/bin/pip install -q extruct price-parser autopager
    python=target/bench-python/bin/python
fi
if [ "${*#--quick }" = "--only power" ] || [ "${*% --quick}" = "--only power" ]; then
    cargo build --release --locked -q -p statistics --example power
else
    cargo build --release --locked -q -p api -p crawler -p normalizer -p statistics --bins --examples
fi
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests/bench exec "$python" -m evaluation "$@"
