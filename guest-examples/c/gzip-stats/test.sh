#!/bin/sh
# Runs the task on files and compares what it answers with what gzip, wc and Python's zlib say of them.
cd "$(dirname "$0")" || exit
larder="${LARDER:-larder}"
# A cache of its own, in which each run is a fresh one: an answer that was stored before tests nothing.
export LARDER_CACHE_DIR="${CARGO_TARGET_DIR:-$PWD/../../../target}/languages/gzip-stats/test-cache"
made="$(mktemp -d)" || exit
trap 'rm -rf "$made"' EXIT
genome=data/NC_001422.1.fasta.gz

expect() {
    expected="$1"
    file="$2"
    answered="$("$larder" run -q --refresh . measure packed="$file")"
    if [ "$answered" != "$expected" ]; then
        echo "$file: expected $expected, and got $answered" >&2
        exit 1
    fi
}

stats() {
    echo "{\"ok\":{\"members\":$1,\"packed\":$2,\"unpacked\":$3,\"ratio\":$4,\"lines\":$5,\"crc32\":$6}}"
}

expect "$(stats 1 1884 5519 2.9294055201698512 78 1799246333)" "$genome"
expect "$(stats 2 9014 55583 6.166296871533171 1000 3558349840)" ../../kmers/data/reads.fastq.gz

head -c 1000 "$genome" >"$made/half.gz"
expect '{"err":"truncated"}' "$made/half.gz"
zcat "$genome" >"$made/plain"
expect '{"err":"not-gzip"}' "$made/plain"
# Another sum of the content than the right one, in the last eight bytes.
{ head -c 1876 "$genome"; printf 'abcdefgh'; } >"$made/sum.gz"
expect '{"err":{"damaged":{"at":1880,"what":"incorrect data check"}}}' "$made/sum.gz"
{ cat "$genome"; echo more; } >"$made/more.gz"
expect '{"err":{"damaged":{"at":1886,"what":"incorrect header check"}}}' "$made/more.gz"
{ cat "$genome"; head -c 100 /dev/zero; } >"$made/padded.gz"
expect "$(stats 1 1984 5519 2.7817540322580645 78 1799246333)" "$made/padded.gz"
