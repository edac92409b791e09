#!/bin/sh
# Runs the task and compares what it answers: ./test.sh
cd "$(dirname "$0")" || exit

# expect RESULT TEXT
expect() {
    result=$("${LARDER:-larder}" run -q . measure text="$2")
    [ "$result" = "$1" ] && return
    echo "measure text='$2' answers $result instead of $1" >&2
    exit 1
}

expect '{"ok":{"words":6,"longest":"not"}}' 'to be or not to be'
expect '{"err":"there are no words"}' ' '
