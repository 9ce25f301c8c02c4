#!/usr/bin/env bash
# How well pages are read: `inspect page` over the shared annotated pages, scored as the
# product-extraction-benchmark does. Needs the shared material (TOUCHSTONE_SHARED, default ../shared).
set -euo pipefail
cd "$(dirname "$0")/../.."
shared=${TOUCHSTONE_SHARED:-../shared}
index=$(realpath "$shared/data/pages/index.jsonl")
score=$(realpath "$shared/bench/pages/score.py")
out=$(mktemp)
trap 'rm -f "$out"' EXIT
cargo build --release --locked --bin touchstone
binary=$PWD/target/release/touchstone
cd "$(dirname "$index")"
time python3 -c '
import json, sys
for line in open(sys.argv[1]):
    row = json.loads(line)
    print(json.dumps({"file": row["file"], "url": row["url"]}))' "$index" | "$binary" inspect page > "$out"
python3 "$score" "$index" "$out" peb
