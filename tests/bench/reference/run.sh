#!/usr/bin/env bash
# Builds a price table of millions of prices and assesses a file of declared lines against it, beside
# DuckDB and Polars doing less of the same (group quantiles; a join and a comparison), taken in turn:
# whole-process wall and CPU seconds, peak memory, medians and ratios; and holds the results to theirs.
#
# Needs the shared bench folder (TOUCHSTONE_SHARED, default ../shared), python3 and PyPI for the peers.
# usage: tests/bench/reference/run.sh [ROUNDS=5] [PRICES=10000000] [LINES=1000000] [WHAT=peers]
#   WHAT        peers; together: lists put to a table and tables put together, beside the build of all
#               lists; levels: the build where a group's prices stand at two levels, beside one; days: the
#               lines on one day, and on 365
#   TOUCHSTONE  the binary (default target/release/touchstone)
#   WORK        folder for data and the peers (default target/bench-reference); kept
set -euo pipefail
cd "$(dirname "$0")/../../.."
shared=${TOUCHSTONE_SHARED:-../shared}
[ -d "$shared/bench/stats" ] || { echo "skipped: $shared/bench/stats is not there"; exit 0; }
work=${WORK:-target/bench-reference}
mkdir -p "$work"
[ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
"$work/venv/bin/python" -c 'import duckdb, polars, pyarrow, numpy' 2>/dev/null ||
    "$work/venv/bin/pip" install --quiet duckdb polars pyarrow numpy
exec "$work/venv/bin/python" tests/bench/reference/run.py \
    "${TOUCHSTONE:-target/release/touchstone}" "$shared/bench/stats" "$work" "${1:-5}" "${2:-10000000}" "${3:-1000000}" "${4:-peers}"
