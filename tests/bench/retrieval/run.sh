#!/usr/bin/env bash
# How good the goods are that a description retrieves, on real listings of the shared material
# (TOUCHSTONE_SHARED, default ../shared), and how long a check takes: a line of figures each; what they mean
# stands in results.md. Parameters of the rules may follow: tests/bench/retrieval/run.sh similarity=0.5
set -euo pipefail
cd "$(dirname "$0")/../../.."
shared=$(realpath -m "${TOUCHSTONE_SHARED:-../shared}")
cargo build --release --locked -q -p statistics --example retrieval
lists=$(mktemp)
trap 'rm -f "$lists"' EXIT
python3 tests/bench/retrieval/lists.py "$shared" > "$lists"
for list in monitors groceries; do
    for half in 0 1; do
        target/release/examples/retrieval "list=$list" "half=$half" most=800 "$@" < "$lists"
    done
done
target/release/examples/retrieval list=all most=4000 "$@" < "$lists"
