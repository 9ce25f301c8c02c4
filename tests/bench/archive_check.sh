#!/usr/bin/env bash
# Has strangers judge our archives: `warcio check` and `warcio recompress` on every WARC file that a
# demo and a replay of saved pages write. Needs python3 with venv; installs warcio in a folder of its
# own.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check warcio==1.8.1
binary=target/debug/touchstone
[ -x "$binary" ] || cargo build --locked --bin touchstone
"$binary" demo --no-serve --data "$work/demo" >/dev/null
"$binary" demo --no-serve --data "$work/demo" >/dev/null
files=("$work"/demo/archive/*.warc.gz)
for file in "${files[@]}"; do
    "$work/venv/bin/warcio" check "$file"
    "$work/venv/bin/warcio" recompress "$file" "$work/again.warc.gz" >/dev/null
done
echo "${#files[@]} archive files: digests right, records well-formed"
