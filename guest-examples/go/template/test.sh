#!/bin/sh
# Runs the tasks and compares what they answer.
cd "$(dirname "$0")" || exit
larder="${LARDER:-larder}"

expect() {
    expected="$1"
    shift
    answered="$("$larder" run -q . "$@")"
    if [ "$answered" != "$expected" ]; then
        echo "$*: expected $expected, and got $answered" >&2
        exit 1
    fi
}

expect '{"ok":{"words":6,"longest":"not"}}' measure text='to be or not to be'
expect '{"err":"there are no words"}' measure text=' '
