#!/usr/bin/env bash
# What reading a page costs beside extruct and price-parser (PyPI), in the same run: CPU milliseconds a
# page on the shared pages, apart where markup gives the price and where the visible page must; links, which
# extruct does not look for, are left out (`LINKS=1` finds them too). Needs the
# shared material (TOUCHSTONE_SHARED, default ../shared) and Python with both packages: TOUCHSTONE_PYTHON
# names one, else a virtual environment is made under target/.
#   tests/bench/extract_speed.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-5}
pages=$(realpath "${TOUCHSTONE_SHARED:-../shared}/data/pages")
python=${TOUCHSTONE_PYTHON:-target/bench-python/bin/python}
if [ ! -x "$python" ]; then
    python3 -m venv target/bench-python
    target/bench-python/bin/pip install -q extruct price-parser
fi
cargo build --release --locked -p crawler --example read_pages
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
python3 -c '
import json, sys
for line in open(sys.argv[1] + "/index.jsonl"):
    row = json.loads(line)
    print(json.dumps({"file": sys.argv[1] + "/" + row["file"], "url": row["url"], "set": row["set"]}))' "$pages" > "$lines"
"$python" tests/bench/extract_speed.py "$lines" "$PWD/target/release/examples/read_pages" "$rounds"
