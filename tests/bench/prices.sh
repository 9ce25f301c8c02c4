#!/usr/bin/env bash
# How well prices, lists of goods and the confidence of listings are read, on annotated pages of the shared
# material (TOUCHSTONE_SHARED, default ../shared) and on the pages that labels/pages.jsonl sets aside (by the
# hash of the file's name; never learned from by the ranker). Prints one JSON object. `prices.sh --write` learns
# crawler/src/extract/price_weights.rs and confidence_weights.rs anew; run it twice after a change of what is
# read, since the confidence is learned from listings read under the new weights. `--wrong` names, on standard
# error, the pages that are read wrong.
set -euo pipefail
cd "$(dirname "$0")/../.."
pages=$(realpath "${TOUCHSTONE_SHARED:-../shared}/data/pages")
exec cargo run --release --locked -q -p crawler --example prices -- "$pages" tests/bench/labels/pages.jsonl "$@"
