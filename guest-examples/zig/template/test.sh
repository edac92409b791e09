#!/bin/sh
# Runs the task as its users do, and compares what it answers: ./test.sh
set -eu
cd "$(dirname "$0")"
# A cache of its own, in which each run is a fresh one: an answer that was stored before tests nothing.
export LARDER_CACHE_DIR="$PWD/build/test-cache"

# What the task answers, beside what it should: `expect TEXT RESULT`.
expect() {
    answer=$("${LARDER:-larder}" run -q --refresh . measure text="$1") || [ $? = 1 ]
    if [ "$answer" != "$2" ]; then
        printf 'measure text=%s\n  is     %s\n  not    %s\n' "$1" "$answer" "$2" >&2
        exit 1
    fi
}

expect 'to be or not to be' '{"ok":{"words":6,"longest":"not"}}'
expect '' '{"err":"there are no words"}'
