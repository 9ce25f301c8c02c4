#!/usr/bin/env bash
# Feeds every parser that reads what others wrote with inputs made to break it, for some time each, and
# keeps the smallest set of inputs that reaches all that was reached: tests/fuzz/corpus/TARGET.txt, one
# input a line, escaped as Rust writes bytes. `cargo test` replays it. An input that fails is kept under
# tests/fuzz/artifacts and ends the run of its target with an error.
#
# Needs a nightly compiler (rustup toolchain install nightly) and cargo-fuzz (cargo install cargo-fuzz).
# usage: tests/bench/fuzz.sh [SECONDS=600] [TARGET...]
#   JOBS    targets at once (default: cores)
#   WORK    folder for the build and the corpora at work (default tests/fuzz/target, not committed)
set -euo pipefail
cd "$(dirname "$0")/../fuzz"
seconds=${1:-600}; [ $# -gt 0 ] && shift
targets=("$@"); [ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(ls fuzz_targets | sed 's/\.rs$//')
work=${WORK:-$PWD/target}; mkdir -p "$work"; export CARGO_TARGET_DIR="$work/build"
cargo +nightly fuzz --version >/dev/null
cargo +nightly fuzz build --fuzz-dir . --sanitizer none -O

one() {
    local target=$1 folder="$work/corpus/$1" small="$work/small/$1"
    rm -rf "$small"; mkdir -p "$folder" "$small"
    python3 corpus.py unpack "corpus/$target.txt" "$folder"
    python3 corpus.py unpack "seeds/$target.txt" "$folder"
    local run=(cargo +nightly fuzz)
    local options=(--fuzz-dir . --sanitizer none -O "$target")
    local words=(); [ -f "seeds/$target.dict" ] && words=("-dict=seeds/$target.dict")
    "${run[@]}" run "${options[@]}" "$folder" -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
        -max_len=16384 -print_final_stats=1 "${words[@]}" >"$work/$target.log" 2>&1 || {
        echo "$target: FAILED"; grep -aE "panicked|ERROR|SUMMARY|Test unit" "$work/$target.log" | head -5; return 1; }
    # The smallest set that covers all: libFuzzer's merge.
    "${run[@]}" run "${options[@]}" "$small" -- -merge=1 -max_len=4096 "$small" "$folder" >"$work/$target.merge.log" 2>&1
    python3 corpus.py pack "$small" "corpus/$target.txt"
    echo "$target: $(grep -aoE 'stat::number_of_executed_units: *[0-9]+' "$work/$target.log" | grep -oE '[0-9]+$') runs in $seconds s, $(wc -l <"corpus/$target.txt") inputs kept"
}
export -f one; export seconds work
printf '%s\n' "${targets[@]}" | xargs -P "${JOBS:-$(nproc)}" -I{} bash -c 'one {}'
