#!/usr/bin/env bash
# Measures `touchstone crawl` beside Scrapy and a bare loop in Rust, taken in turn on one site without
# latency: wall time, CPU seconds per 1,000 pages and peak memory. Touchstone obeys robots.txt, archives
# each page, reads its offers and stores them durably; Scrapy (robots.txt obeyed) reads JSON-LD and
# writes lines; the bare loop (minicrawl) neither asks robots.txt nor archives nor stores.
#
# Needs the shared bench folder (TOUCHSTONE_SHARED, default ../shared), python3 and PyPI for Scrapy.
# usage: tests/bench/crawl/speed.sh [PAGES=20000] [KB=15] [ROUNDS=3]
#   TOUCHSTONE  the binary (default target/release/touchstone)
#   WORK        folder for builds and data (default a temporary one); kept, so that a second run is quick
#   PORT        of the site (default 18080; the next one is taken as well)
set -euo pipefail
cd "$(dirname "$0")/../../.."
pages=${1:-20000} kb=${2:-15} rounds=${3:-3} port=${PORT:-18080}
shared=${TOUCHSTONE_SHARED:-../shared}
[ -d "$shared/bench/crawl" ] || { echo "skipped: $shared/bench/crawl is not there"; exit 0; }
touchstone=$(realpath "${TOUCHSTONE:-target/release/touchstone}")
work=${WORK:-$(mktemp -d)}
mkdir -p "$work"
work=$(realpath "$work")

[ -d "$work/bench" ] || cp -r "$shared/bench/crawl" "$work/bench"
CARGO_TARGET_DIR="$work/target" cargo build --release --quiet --manifest-path "$work/bench/Cargo.toml"
[ -x "$work/venv/bin/scrapy" ] || { python3 -m venv "$work/venv"; "$work/venv/bin/pip" install --quiet scrapy; }

: > "$work/site.log"; rm -f "$work/measured.jsonl"
"$work/target/release/siteserver" "$pages" "$kb" "$port" > "$work/site.log" &
site=$!
trap 'kill $site' EXIT
until grep -q ready "$work/site.log"; do kill -0 $site; sleep 0.1; done

# One source of the site's eight hosts.
starts=$(printf ', "http://127.0.0.%s:'"$port"'/p/0"' 1 2 3 4 5 6 7 8)
cat > "$work/site.toml" <<END
id = "bench"
name = "Bench"
market = "DE"
start = [${starts:2}]
[permission]
basis = "a server of this benchmark"
contact = "mailto:bench@customs.example"
[pace]
delay_seconds = 0
[budget]
pages = 10000000
depth = 100
[network]
allow_loopback = true
END
cat > "$work/touchstone.sh" <<END
rm -rf "$work/data"
"$touchstone" crawl "$work/site.toml" --data "$work/data" --json > "$work/reports.json"
awk -F'[:,]' '/"fetched"/ {p += \$2} /"observations_new"/ {o += \$2} END {print "RESULT pages=" p " prices=" o}' "$work/reports.json"
END

"$touchstone" --version
"$work/venv/bin/scrapy" version
echo "$pages pages of $kb KB on 8 hosts of this machine, $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)"
python3 "$work/bench/measure.py" "$work/measured.jsonl" "$rounds" \
    "touchstone=bash $work/touchstone.sh" \
    "scrapy=$work/venv/bin/python $work/bench/scrapy_peer.py $port 1 json" \
    "minicrawl-lol=$work/target/release/minicrawl $port 1 lol" | tee "$work/measured.txt"
python3 - "$work/measured.jsonl" <<'END'
import json, statistics, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
cpu = lambda name: [r["cpu"] * 1000 / r["pages"] for r in rows if r["name"] == name and r["pages"]]
# Rounds are taken in turn, so a noisy minute hits all three: ratios are formed within each round.
pairs = lambda a, b: statistics.median(x / y for x, y in zip(cpu(a), cpu(b)))
print(f"pages per CPU second, touchstone over Scrapy: {pairs('scrapy', 'touchstone'):.1f} times (wanted: 20)")
print(f"CPU of touchstone over minicrawl lol: {pairs('touchstone', 'minicrawl-lol'):.2f} times (wanted: at most 2)")
END
du -sh "$work/data/archive" "$work/data/touchstone.db"
