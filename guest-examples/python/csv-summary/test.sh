#!/bin/sh
# Runs the task and compares what it answers, then tests its parts in the Python of this machine: ./test.sh
cd "$(dirname "$0")" || exit
# A cache of its own, in which each run is a fresh one: an answer that was stored before tests nothing.
export LARDER_CACHE_DIR="${CARGO_TARGET_DIR:-$PWD/../../../target}/languages/csv-summary/test-cache"

# expect RESULT TABLE
expect() {
    result=$("${LARDER:-larder}" run -q --refresh . summary table="$2" missing='["NA"]')
    [ "$result" = "$1" ] && return
    echo "summary of $2 answers $result instead of $1" >&2
    exit 1
}

expect "$(cat data/penguins.summary.json)" data/penguins.csv
expect '{"err":"not-text"}' ../../thumbnail/data/shapes.png

made="${CARGO_TARGET_DIR:-../../../target}/languages/csv-summary"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$made:$made/bindings" python3 -m unittest discover tests
