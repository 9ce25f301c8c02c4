#!/usr/bin/env bash
# Lets `touchstone crawl` loose on the politeness judge: a site of twelve hosts that tortures politeness,
# whose log is judged row by row. Once with one process on SQLite; once with four processes that share one
# PostgreSQL (a server named in TOUCHSTONE_TEST_POSTGRES, or a temporary cluster by pg_virtualenv).
# Then the peak memory of a 300 MB gzip bomb.
#
# usage: tests/bench/crawl/polite.sh        TOUCHSTONE=binary (default target/release/touchstone)
set -euo pipefail
cd "$(dirname "$0")/../../.."
shared=${TOUCHSTONE_SHARED:-../shared}
[ -d "$shared/bench/crawl/polite" ] || { echo "skipped: $shared/bench/crawl/polite is not there"; exit 0; }
touchstone=$(realpath "${TOUCHSTONE:-target/release/touchstone}")
work=$(mktemp -d)
cp "$shared"/bench/crawl/polite/*.py "$work"
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT

source_file() { # PORT HOSTS...: one source for hosts of the site
    local port=$1; shift
    local starts hosts
    starts=$(printf ', "http://127.0.0.%s:'"$port"'/"' "$@")
    hosts=$(printf ', "127.0.0.%s"' "$@")
    cat <<END
id = "polite"
name = "Politeness judge"
market = "DE"
start = [${starts:2}]
[permission]
basis = "a server of this benchmark"
contact = "mailto:bench@customs.example"
[pace]
delay_seconds = 0
[scope]
hosts = [${hosts:2}]
[network]
allow_loopback = true
END
}
echo '[crawl]
user_agent = "testbot/1.0"
batch = 2
lease_seconds = 60' > "$work/settings.toml"
all="11 12 13 14 15 16 17 18 19 21 22 1"

judge() { # NAME PROCESSES [DATABASE]: the crawl and its verdict
    local port=$((19000 + RANDOM % 800)) log="$work/$1.jsonl"
    python3 "$work/server.py" "$port" "$log" > "$work/ready" & local server=$!
    until grep -q ready "$work/ready" 2>/dev/null; do kill -0 $server; sleep 0.2; done
    # shellcheck disable=SC2086
    source_file "$port" $all > "$work/polite.toml"
    local n pids=()
    for n in $(seq "$2"); do
        "$touchstone" crawl "$work/polite.toml" --config "$work/settings.toml" --data "$work/$1-$n" \
            ${3:+--database "$3"} > "$work/$1-$n.out" 2>&1 & pids+=($!)
    done
    for n in "${pids[@]}"; do wait "$n" || true; done
    kill $server
    python3 "$work/judge.py" "$log" "$1" | sed "s#$work##"
}

judge "one process on SQLite" 1
four() { judge "four processes on PostgreSQL" 4 "$1"; }
if [ -n "${TOUCHSTONE_TEST_POSTGRES:-}" ]; then
    name="touchstone_polite_$$"
    psql -q "$TOUCHSTONE_TEST_POSTGRES" -c "CREATE DATABASE $name"
    four "$(echo "$TOUCHSTONE_TEST_POSTGRES" | sed -E "s#/[^/?]*(\?|\$)#/$name\1#")"
    psql -q "$TOUCHSTONE_TEST_POSTGRES" -c "DROP DATABASE $name WITH (FORCE)"
else
    echo "four processes on PostgreSQL: skipped, name a server in TOUCHSTONE_TEST_POSTGRES"
fi

# The bomb: host 20 answers one page of 300 MB in a few hundred KB of gzip.
port=$((19000 + RANDOM % 800))
python3 "$work/server.py" "$port" "$work/bomb.jsonl" > "$work/ready" &
until grep -q ready "$work/ready" 2>/dev/null; do sleep 0.2; done
for hosts in 20 14; do
    source_file "$port" $hosts > "$work/polite.toml"
    python3 - "$touchstone" "$work" "$hosts" <<'END'
import resource, subprocess, sys
touchstone, work, host = sys.argv[1:]
subprocess.run([touchstone, "crawl", f"{work}/polite.toml", "--config", f"{work}/settings.toml",
                "--data", f"{work}/bomb-{host}"], capture_output=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"peak memory of a crawl of host {host} ({'with the bomb' if host == '20' else 'without a bomb'}): {peak:.1f} MB")
END
done
