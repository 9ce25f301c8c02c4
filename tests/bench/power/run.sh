#!/usr/bin/env bash
# False flags and power of the calibrated p, of the verdicts and of the usual outlier rules, on generated
# and real price groups, as a Markdown table on standard output (some minutes). Real groups come from the
# shared material (TOUCHSTONE_SHARED, default ../shared); without it only the generated ones are tried.
#   tests/bench/power/run.sh [--rounds 10] [--groups 300] [--seed 1]
set -euo pipefail
cd "$(dirname "$0")/../../.."
shared=$(realpath -m "${TOUCHSTONE_SHARED:-../shared}")
cargo build --release --locked -q -p statistics --example power
groups='{}'
if [ -d "$shared/data/listings" ]; then
    groups=$(python3 tests/bench/power/table.py groups "$shared")
fi
target/release/examples/power "$@" <<<"$groups" | python3 tests/bench/power/table.py table
