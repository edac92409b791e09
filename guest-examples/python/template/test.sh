#!/bin/sh
# Runs the task and compares what it answers: ./test.sh
cd "$(dirname "$0")" || exit
# A cache of its own, in which each run is a fresh one: an answer that was stored before tests nothing.
export LARDER_CACHE_DIR="$PWD/build/test-cache"

# expect RESULT TEXT
expect() {
    result=$("${LARDER:-larder}" run -q --refresh . measure text="$2")
    [ "$result" = "$1" ] && return
    echo "measure text='$2' answers $result instead of $1" >&2
    exit 1
}

expect '{"ok":{"words":6,"longest":"not"}}' 'to be or not to be'
expect '{"err":"there are no words"}' ' '
