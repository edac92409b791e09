#!/bin/sh
# Unpacks an archive of the world's, and compares with what `tar` and `sha256sum` make of it.
set -eu
cd "$(dirname "$0")"
# A cache of its own, in which each run is a fresh one: an answer that was stored before tests nothing.
export LARDER_CACHE_DIR="${CARGO_TARGET_DIR:-$PWD/../../../target}/languages/unpack/test-cache"
archive="$PWD/data/cfg-if-1.0.5.crate"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
larder() { command "${LARDER:-larder}" "$@"; }

mkdir "$work/expected"
tar xzf "$archive" -C "$work/expected"
larder run -q --refresh . unpack archive="$archive" strip=0 --out "$work" >"$work/unpacked.json"
diff -r "$work/expected" "$work/unpacked"

# Each digest with its path, in the order of the archive.
(cd "$work/expected" && tar tzf "$archive" | xargs sha256sum | sed 's/  / /') >"$work/expected.txt"
larder run -q --refresh . list archive="$archive" |
    sed 's/},{/}\n{/g' | sed -n 's/.*"path":"\([^"]*\)".*"digest":"\([^"]*\)".*/\2 \1/p' >"$work/listed.txt"
diff "$work/expected.txt" "$work/listed.txt"

# A byte that is another one.
cp "$archive" "$work/damaged"
printf X | dd of="$work/damaged" bs=1 seek=3000 conv=notrunc 2>/dev/null
for task in list 'unpack strip=0'; do
    # shellcheck disable=SC2086 # a task and its arguments
    if larder run -q --refresh . $task archive="$work/damaged" >"$work/damaged.json"; then
        echo "$task takes a damaged archive" >&2
        exit 1
    fi
done
grep -q '{"err":".*damaged' "$work/damaged.json"
