#!/bin/sh
# Runs the tasks and compares what they answer: ./test.sh
cd "$(dirname "$0")" || exit
larder=${LARDER:-larder}
# A cache of its own, in which each run is a fresh one: an answer that was stored before tests nothing.
export LARDER_CACHE_DIR="${CARGO_TARGET_DIR:-$PWD/../../../target}/languages/markdown-html/test-cache"

# expect RESULT ARGUMENT…
expect() {
    expected=$1
    shift
    result=$("$larder" run -q --refresh . "$@")
    [ "$result" = "$expected" ] && return
    echo "$* answers $result instead of $expected" >&2
    exit 1
}

expect '"<h1>é</h1>\n<p>a <em>b</em> &amp; &lt;</p>\n"' html text='# é

a *b* & <'
expect '{"err":"the document is not UTF-8"}' page document=data/latin1.md

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$larder" run -q --refresh . page document=data/marked.md --out "$folder" >/dev/null && cmp "$folder/page.html" data/marked.html
