#!/bin/sh
# Runs the tasks and compares what they answer.
cd "$(dirname "$0")" || exit
larder="${LARDER:-larder}"
# A cache of its own, in which each run is a fresh one: an answer that was stored before tests nothing.
export LARDER_CACHE_DIR="${CARGO_TARGET_DIR:-$PWD/../../../target}/languages/edit-distance/test-cache"

expect() {
    expected="$1"
    shift
    answered="$("$larder" run -q --refresh . "$@")" || true
    case "$answered" in
    "$expected"*) ;;
    *)
        echo "$*: expected $expected, and got $answered" >&2
        exit 1
        ;;
    esac
}

expect '{"ok":{"distance":3,"steps":[{"replace":{"old":"k","new":"s"}},{"keep":3},{"replace":{"old":"e","new":"i"}},{"keep":1},{"insert":"g"}]}}' \
    letters from=kitten to=sitting
expect '{"ok":{"distance":2,"steps":[{"keep":2},{"replace":{"old":"ü","new":"a"}},{"replace":{"old":"n","new":"u"}},{"keep":1}]}}' \
    letters from=grün🦀 to=grau🦀
expect '{"ok":{"distance":1,"steps":[{"keep":1},{"remove":"b"},{"keep":1}]}}' items from='["a","b","c"]' to='["a","c"]'
expect '{"ok":{"distance":17,"steps":[{"keep":9},{"replace":{"old":"question,","new":"Question:"}},' \
    words from=@data/quarto.txt to=@data/folio.txt
expect '{"ok":{"distance":21,' letters from=@data/quarto.txt to=@data/folio.txt

long="$(head -c 9000 /dev/zero | tr '\0' a)"
expect '{"err":{"too-long":67108864}}' letters from="$long" to="b$long"
