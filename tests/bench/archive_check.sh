#!/usr/bin/env bash
# Has strangers judge our archives, and us theirs. `warcio check` and `warcio recompress` have to accept
# every WARC file that a demo (responses, requests, metadata, revisits) and an import of saved pages
# (resources) write; what warcio writes and recompresses has to be read here, record for record. Needs
# python3 with venv; installs warcio in a folder of its own.
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

# A file of a stranger's: chunked and packed pages, Base32 digests, a revisit, a plain twin.
"$work/venv/bin/python" - "$work" <<'PYTHON'
import gzip, io, sys
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

def page(n):
    return (f'<script type="application/ld+json">{{"@type":"Product","name":"Kettle {n}","offers":'
            f'{{"price":"{n}.50","priceCurrency":"EUR"}}}}</script>').encode()

def chunked(body):
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)

for name, packed in (("stranger.warc.gz", True), ("stranger.warc", False)):
    with open(f"{sys.argv[1]}/{name}", "wb") as out:
        writer = WARCWriter(out, gzip=packed, warc_version="1.1")
        writer.write_record(writer.create_warcinfo_record(name, {"software": "a stranger's"}))
        for n in range(1, 41):
            headers, body = [("Content-Type", "text/html")], page(n)
            if n % 2:
                headers, body = headers + [("Content-Encoding", "gzip")], gzip.compress(body)
            if n % 3 == 0:
                headers, body = headers + [("Transfer-Encoding", "chunked")], chunked(body)
            http = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
            url, date = f"https://shop.example/p/{n}", {"WARC-Date": "2023-10-01T10:20:30Z"}
            record = writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=http,
                                               warc_headers_dict=dict(date))
            writer.write_record(record)
            if n <= 10:
                digest = record.rec_headers.get_header("WARC-Payload-Digest")
                writer.write_record(writer.create_revisit_record(
                    url, digest, url, date["WARC-Date"],
                    warc_headers_dict={"WARC-Date": "2023-10-02T10:20:30Z"}))
PYTHON
stranger=("$binary" import warc --source-id stranger --market DE --json --data "$work/in")
"${stranger[@]}" "$work/stranger.warc.gz" >"$work/first.json"
"${stranger[@]}" "$work/stranger.warc" >"$work/second.json"
"$work/venv/bin/python" - "$work" <<'PYTHON'
import json, sys
first, second = (json.load(open(f"{sys.argv[1]}/{n}.json")) for n in ("first", "second"))
expected = dict(records=51, pages=40, copied=40, unchanged=10, observations_new=50, damaged=0, unusable=0)
for key, value in expected.items():
    assert first[key] == value, (key, first)
assert second["known"] == 50 and second["observations_new"] == 0, second
PYTHON

# Saved pages, as resource records.
printf '<title>Cup</title><p>3.20 EUR</p>' >"$work/cup.html"
printf '{"file": "cup.html", "url": null}\n' >"$work/index.jsonl"
"$binary" import pages "$work/index.jsonl" --captured 2026-09-15 --data "$work/in" >/dev/null

files=("$work"/demo/archive/*.warc.gz "$work"/in/archive/*.warc.gz)
for type in warcinfo response request revisit metadata resource; do
    zcat "${files[@]}" | tr -d '\r' | grep -c "^WARC-Type: $type$" | sed "s/$/ $type records/"
done
records=0
for file in "${files[@]}"; do
    "$work/venv/bin/warcio" check "$file"
    "$work/venv/bin/warcio" recompress "$file" "$work/again.warc.gz" >/dev/null
    here=$(zcat "$file" | grep -ac '^WARC/1.1') || true
    "$binary" import warc "$work/again.warc.gz" --source-id again --json --data "$work/again" >"$work/again.json"
    "$work/venv/bin/python" - "$work/again.json" "$here" <<'PYTHON'
import json, sys
report = json.load(open(sys.argv[1]))
assert report["damaged"] == report["unusable"] == 0 and report["records"] == int(sys.argv[2]), report
PYTHON
    records=$((records + here))
done
for data in demo in; do
    "$binary" evidence verify --all --data "$work/$data"
done
echo "${#files[@]} archive files, $records records: digests right, records well-formed, read alike by both"
