#!/usr/bin/env bash
# What forty of two hundred hosts that take five seconds for each answer cost the others: one crawl of
# 200 quick hosts, then one of 160 quick and 40 slow hosts, in turn; held against each other are the pages
# a second of the quick hosts, from the first to the last of them.
#
# usage: tests/bench/crawl/slow_hosts.sh [PAGES=20000] [ROUNDS=3]     TOUCHSTONE=binary  WORK=folder  PORT=18090
set -euo pipefail
cd "$(dirname "$0")/../../.."
pages=${1:-20000} rounds=${2:-3} port=${PORT:-18090}
shared=${TOUCHSTONE_SHARED:-../shared}
[ -d "$shared/bench/crawl" ] || { echo "skipped: $shared/bench/crawl is not there"; exit 0; }
touchstone=$(realpath "${TOUCHSTONE:-target/release/touchstone}")
work=${WORK:-$(mktemp -d)}
mkdir -p "$work"; work=$(realpath "$work")
[ -d "$work/bench" ] || cp -r "$shared/bench/crawl" "$work/bench"
CARGO_TARGET_DIR="$work/target" cargo build --release --quiet --manifest-path "$work/bench/Cargo.toml"
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT

crawl() { # SLOW LIMIT_SECONDS: prints pages of the quick hosts, and the seconds from first to last
    "$work/target/release/siteserver" "$pages" 15 "$port" 50 200 "$1" > "$work/site.log" & local site=$!
    until grep -q ready "$work/site.log"; do kill -0 $site; sleep 0.1; done
    python3 - "$port" > "$work/slow.toml" <<'END'
import sys
port = sys.argv[1]
hosts = [f"127.0.0.{n}" for n in range(1, 201)]
print(f'''id = "slow"
name = "Slow hosts"
market = "DE"
start = {[f"http://{h}:{port}/p/0" for h in hosts]}
[permission]
basis = "a server of this benchmark"
contact = "mailto:bench@customs.example"
[pace]
delay_seconds = 0
timeout_seconds = 20
[budget]
pages = 1000000
[scope]
hosts = {hosts}
[network]
allow_loopback = true''')
END
    rm -rf "$work/slow-data"
    timeout --signal=INT "$2" "$touchstone" crawl "$work/slow.toml" --data "$work/slow-data" > /dev/null 2>&1 || true
    kill $site; wait $site 2>/dev/null || true
    python3 - "$work/slow-data/touchstone.db" $((200 - $1)) <<'END'
import sqlite3, sys
from datetime import datetime
db = sqlite3.connect(sys.argv[1])
at = sorted(row[0] for row in db.execute(
    "SELECT v.visited_at FROM visits v JOIN urls u ON u.id = v.url_id "
    "WHERE v.outcome = 'fetched' AND CAST(substr(u.host, 9) AS integer) <= ?", (int(sys.argv[2]),)))
t = [datetime.fromisoformat(x.replace("Z", "+00:00")).timestamp() for x in at]
print(len(t), f"{t[-1] - t[0]:.3f}")
END
}
echo "$pages pages on 200 hosts, $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg)"
for round in $(seq "$rounds"); do
    read -r n0 s0 < <(crawl 0 300)
    read -r n1 s1 < <(crawl 40 "$(python3 -c "print(int($s0 * 3) + 30)")")
    python3 -c "print(f'round $round: 200 quick hosts {$n0/$s0:.0f} pages/s; 160 beside 40 slow ones {$n1/$s1:.0f} pages/s: {$n1/$s1/($n0/$s0):.3f} of it (wanted: .9)')"
done
