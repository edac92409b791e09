// The tasks that every language has. Built for both engines, which differ in one thing here: a `u64` is a number in
// QuickJS and a BigInt in StarlingMonkey.

import { utf8fromString } from "@exodus/bytes/utf8.js"; // QuickJS has no TextEncoder
import { Writer } from "larder:task/files@0.1.0";

import { cached, Err, manifest, pieces, tasks } from "../../larder.js";

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

export const values = tasks("values", {
    negate: cached("1", (a) => !a),

    integers: cached("1", (a, b, c, d, e, f) => ({ a, b, c, d, e, f })),

    wide: cached("1", (a, b) => [a, b]),

    add: cached("1", (a, b) => {
        const sum = BigInt.asUintN(64, BigInt(a) + BigInt(b));
        return typeof a === "bigint" ? sum : Number(sum);
    }),

    floats: cached("1", (a, b) => [a, b]),

    character: cached("1", (c) => [c, c.codePointAt(0)]),

    text: cached("1", (text) => {
        const characters = [...text];
        return {
            scalarValues: characters.length,
            utf8Bytes: utf8fromString(text).length,
            reversed: characters.toReversed().join(""),
            text,
        };
    }),

    // Without a comparison of one's own it is by units of UTF-16, and fast.
    sort: cached("1", (texts) => (texts.some(hasSurrogates) ? texts.toSorted(byScalarValues) : texts.toSorted())),

    options: cached("1", (a, b) => [a, b.tag === "some" ? { tag: "some", val: b.val } : { tag: "none" }]),

    results: cached("1", (a, b) => [side(a), side(b)]),

    area: cached("1", ({ tag, val }) => {
        switch (tag) {
            case "circle":
                return Math.PI * val * val;
            case "rectangle": {
                const [from, to] = val;
                return Math.abs(to.x - from.x) * Math.abs(to.y - from.y);
            }
            default:
                return null;
        }
    }),

    shapes: cached("1", (shapes) =>
        shapes.map(({ tag, val }) => {
            switch (tag) {
                case "nothing":
                    return { tag };
                case "rectangle":
                    return { tag, val: val.map(({ x, y }) => ({ x, y })) };
                default:
                    return { tag, val };
            }
        }),
    ),

    next: cached("1", (day) => DAYS[(DAYS.indexOf(day) + 1) % DAYS.length]),

    complement: cached("1", (rights) =>
        Object.fromEntries(Object.entries(rights).map(([right, isGiven]) => [right, !isGiven])),
    ),

    transpose: cached("1", (rows) => {
        const length = rows[0]?.length ?? 0;
        const other = rows.findIndex((row) => row.length !== length);
        if (other !== -1) {
            throw new Err(`row ${other} has ${rows[other].length} of ${length}`);
        }
        return Array.from({ length }, (_, column) => Array.from(rows, (row) => row[column]));
    }),

    nested: cached("1", ([number, [text, truth]], items) => [
        [number, [text, truth]],
        items.map(([character, texts]) => [character, [...texts]]),
    ]),

    sum: cached("1", (bytes) => bytes.reduce((sum, byte) => (sum + byte) >>> 0, 0)),

    count: cached("1", (length) => Array.from({ length }, (_, index) => index)),

    repeat: cached("1", (text, times) => text.repeat(times)),
});

export const endings = tasks("endings", {
    fail: cached("1", (reason) => {
        throw new Err(reason);
    }),

    crash: () => {
        throw new Error("this must not be");
    },

    say: (text) => {
        // QuickJS prints nothing.
        globalThis.console?.log(`out: ${text}`);
        globalThis.console?.error(`err: ${text}`);
        return globalThis.console !== undefined;
    },
});

export const content = tasks("content", {
    byPath: cached("1", () => {
        throw new Err("no files");
    }),

    byStream: cached("1", (file) => {
        let [lines, bytes] = [0, 0];
        for (const piece of pieces(file)) {
            lines += piece.reduce((lines, byte) => lines + (byte === 10), 0);
            bytes += piece.length;
        }
        return { lines, bytes: typeof file.size() === "bigint" ? BigInt(bytes) : bytes };
    }),

    write: cached("1", (name, text) => {
        const writer = Writer.create(name);
        const bytes = utf8fromString(text);
        for (let offset = 0; offset < bytes.length; offset += 4096) {
            writer.write(bytes.subarray(offset, offset + 4096));
        }
        return Writer.finish(writer);
    }),
});

export { manifest };

function side({ tag, val }) {
    return val === undefined ? { tag } : { tag, val };
}

/** Whether a text has characters beyond U+FFFF: they are two units of UTF-16 each, which sort before U+E000. */
const hasSurrogates = (text) => /[\ud800-\udfff]/.test(text);

function byScalarValues(a, b) {
    const [others, scalarValues] = [b[Symbol.iterator](), a[Symbol.iterator]()];
    for (const character of scalarValues) {
        const { value: other, done } = others.next();
        const order = done ? 1 : character.codePointAt(0) - other.codePointAt(0);
        if (order !== 0) {
            return order;
        }
    }
    return others.next().done ? 0 : -1;
}
