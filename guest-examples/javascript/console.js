// A `console` for QuickJS, which has none: it writes to the task's standard error, which `larder run --logs` shows, and
// which a run that fails shows by itself. The build puts it before the tasks (`--inject`), and Node.js has its own.

import { getStderr } from "wasi:cli/stderr@0.2.12";

import { inSources } from "./larder.js";

// What the stream takes at once.
const PIECE = 4096;

let stderr;

function print(...values) {
    const text = `${values.map(shown).join(" ")}\n`.toWellFormed();
    const bytes = Uint8Array.from(unescape(encodeURIComponent(text)), (unit) => unit.charCodeAt(0));
    // Opened when it is first used: not while the component is made, and once.
    stderr ??= getStderr();
    for (let at = 0; at < bytes.length; at += PIECE) {
        stderr.blockingWriteAndFlush(bytes.slice(at, at + PIECE));
    }
}

/** A value as text: an error with its trace, an object as JSON where that can be. */
function shown(value) {
    if (value instanceof Error) {
        return `${value.name}: ${value.message}\n${inSources(value.stack)}`.trimEnd();
    }
    if (typeof value !== "object" || value === null) {
        return String(value);
    }
    try {
        return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner));
    } catch {
        return String(value);
    }
}

globalThis.console ??= {
    // Not the engine's own: `larder.js` still has to say where a task failed.
    [Symbol.for("larder")]: true,
    log: print,
    debug: print,
    info: print,
    warn: print,
    error: print,
    trace: (...values) => print("trace:", ...values, `\n${inSources(new Error().stack)}`.trimEnd()),
    assert: (holds, ...values) => holds || print("assertion failed:", ...values),
};
