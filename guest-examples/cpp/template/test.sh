#!/bin/sh
# Runs the tasks and compares what they answer.
cd "$(dirname "$0")" || exit
larder="${LARDER:-larder}"
# A cache of its own, in which each run is a fresh one: an answer that was stored before tests nothing.
export LARDER_CACHE_DIR="$PWD/build/test-cache"

expect() {
    expected="$1"
    shift
    answered="$("$larder" run -q --refresh . "$@")"
    if [ "$answered" != "$expected" ]; then
        echo "$*: expected $expected, and got $answered" >&2
        exit 1
    fi
}

expect '{"ok":{"words":6,"longest":"not"}}' measure text='to be or not to be'
expect '{"err":"there are no words"}' measure text=' '
