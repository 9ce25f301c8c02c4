#!/usr/bin/env bash
# Price texts a core reads a second, beside price-parser of PyPI where PYTHON has it: the published strings
# (TOUCHSTONE_SHARED, default ../shared) and those with our own list of prices as shops write them. The same
# texts for both, one core, CPU time.
set -euo pipefail
cd "$(dirname "$0")/../.."
shared=$(realpath "${TOUCHSTONE_SHARED:-../shared}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=${PYTHON:-python3}
"$python" tests/bench/price_speed.py texts "$shared/data/strings/price_strings.jsonl" normalizer/tests/price_texts.tsv "$work"
cargo build --release --locked -q -p normalizer --example prices_per_second
for list in published mixed; do
    echo "$list: $(wc -l < "$work/$list.txt") texts"
    echo -n "  touchstone   "
    target/release/examples/prices_per_second "$work/$list.txt" | grep '^prices'
    if "$python" -c 'import price_parser' 2>/dev/null; then
        echo -n "  price-parser "
        "$python" tests/bench/price_speed.py run "$work/$list.txt"
    else
        echo "  skipped: price-parser (pip install price-parser, and name that python in PYTHON)" >&2
    fi
done
