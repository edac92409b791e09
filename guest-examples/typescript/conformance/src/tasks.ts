// The tasks that every language has.

import { utf8fromString } from "@exodus/bytes/utf8.js"; // QuickJS has no TextEncoder
import { Writer } from "larder:task/files@0.1.0";

import { cached, Err, manifest, pieces, tasks } from "../../../javascript/larder.js";
import { DAYS, RIGHTS } from "./world.js";
import type { Content, Endings, Option, Result, Rights, Shape, Values } from "./world.js";

export const values = tasks<Values>("values", {
    negate: cached("1", (a) => !a),

    integers: cached("1", (a, b, c, d, e, f) => ({ a, b, c, d, e, f })),

    wide: cached("1", (a, b) => [a, b]),

    // The host lets no sum through that is not what it seems.
    add: cached("1", (a, b) => Number(BigInt.asUintN(64, BigInt(a) + BigInt(b)))),

    floats: cached("1", (a, b) => [a, b]),

    character: cached("1", (c) => [c, c.codePointAt(0)!]),

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

    options: cached("1", (a, b) => [a, option(b)]),

    results: cached("1", (a, b) => [result(a), result(b)]),

    area: cached("1", (shape) => {
        switch (shape.tag) {
            case "circle":
                return Math.PI * shape.val * shape.val;
            case "rectangle": {
                const [from, to] = shape.val;
                return Math.abs(to.x - from.x) * Math.abs(to.y - from.y);
            }
            case "nothing":
            case "named":
                return null;
        }
    }),

    shapes: cached("1", (shapes) => shapes.map(copied)),

    next: cached("1", (day) => DAYS[(DAYS.indexOf(day) + 1) % DAYS.length]!),

    complement: cached("1", (rights) => Object.fromEntries(RIGHTS.map((right) => [right, !rights[right]])) as Rights),

    transpose: cached("1", (rows) => {
        const length = rows[0]?.length ?? 0;
        for (const [index, row] of rows.entries()) {
            if (row.length !== length) {
                throw new Err(`row ${index} has ${row.length} of ${length}`);
            }
        }
        return Array.from({ length }, (_, column) => rows.map((row) => row[column]!));
    }),

    nested: cached("1", ([number, [text, truth]], items) => [
        [number, [text, truth]],
        items.map(([character, texts]) => [character, [...texts]]),
    ]),

    sum: cached("1", (bytes) => bytes.reduce((sum, byte) => (sum + byte) >>> 0, 0)),

    count: cached("1", (length) => Uint32Array.from({ length }, (_, index) => index)),

    repeat: cached("1", (text, times) => text.repeat(times)),
});

export const endings = tasks<Endings>("endings", {
    fail: cached("1", (reason) => {
        throw new Err(reason);
    }),

    crash: () => {
        throw new Error("this must not be");
    },

    say: () => false, // QuickJS prints nothing
});

export const content = tasks<Content>("content", {
    byPath: cached("1", () => {
        throw new Err("no files");
    }),

    byStream: cached("1", (file) => {
        const totals = { lines: 0, bytes: 0 };
        for (const piece of pieces(file)) {
            totals.lines += piece.reduce((lines, byte) => (byte === 10 ? lines + 1 : lines), 0);
            totals.bytes += piece.length;
        }
        return totals;
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

function option<T>(value: Option<T>): Option<T> {
    return value.tag === "some" ? { tag: "some", val: value.val } : { tag: "none" };
}

function result<T, E>(value: Result<T, E>): Result<T, E> {
    return value.tag === "ok" ? { tag: "ok", val: value.val } : { tag: "err", val: value.val };
}

function copied(shape: Shape): Shape {
    switch (shape.tag) {
        case "nothing":
            return { tag: "nothing" };
        case "circle":
            return { tag: "circle", val: shape.val };
        case "rectangle": {
            const [from, to] = shape.val;
            return { tag: "rectangle", val: [{ ...from }, { ...to }] };
        }
        case "named":
            return { tag: "named", val: shape.val };
    }
}

/** Whether a text has characters beyond U+FFFF: they are two units of UTF-16 each, which sort before U+E000. */
const hasSurrogates = (text: string) => /[\ud800-\udfff]/.test(text);

function byScalarValues(a: string, b: string): number {
    const others = b[Symbol.iterator]();
    for (const character of a) {
        const other = others.next();
        const order = other.done ? 1 : character.codePointAt(0)! - other.value.codePointAt(0)!;
        if (order !== 0) {
            return order;
        }
    }
    return others.next().done ? 0 : -1;
}
