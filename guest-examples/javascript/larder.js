// Declares the tasks of a component where they are written, and answers for them when the host asks.
//
//     import { cached, manifest, tasks } from "./larder.js";
//
//     export const text = tasks("text", {
//         measure: cached("1", (text) => text.length),
//         shuffle: (text) => …,  // not cached
//     });
//     export { manifest };
//
// It needs nothing but the language, so that it works on QuickJS and on StarlingMonkey.

/** The version of a task whose results are good for exactly this code. */
export const pinned = Symbol("pinned");

/**
 * A task whose results are remembered.
 *
 * `version`: as long as it stays the same, results stay good, whatever happens to the code; or `pinned`.
 * `options`, before or after the function:
 * - `scope`: who shares results, `"account"` or `"workflow"`; by default all workflows of the account
 * - `cacheErrors`: remember an `err` as well
 * - and those of `task`
 */
export function cached(version, ...rest) {
    if (version !== pinned && typeof version !== "string") {
        throw new TypeError(`a version is a text or \`pinned\`, not ${String(version)}`);
    }
    const [options, run] = optionsAndFunction("cached", rest);
    return declared(run, { ...options, version });
}

/**
 * A task that is not cached but declares something.
 *
 * `options`:
 * - `size`: `"small"`, `"medium"`, `"large"`, `"small-gpu"`, `"large-gpu"`, or `{ cpus, memoryMib, storageMib, gpus }`
 * - `timeoutSeconds`: the wall-clock time after which it is stopped
 * - `fileNames`: whether names of files are inputs too
 * - `needs`: what it needs of the world outside: a list of the variant `capability` of `larder:task/manifest`
 */
export function task(...rest) {
    const [options, run] = optionsAndFunction("task", rest);
    return declared(run, options);
}

/**
 * Thrown, it is the `err` of a task: `payload` is a value of its type. Any other error that is thrown is taken for a
 * bug: where the type of `err` is `string`, QuickJS makes it an `err` too, which then says where it was thrown.
 */
export class Err extends Error {
    constructor(payload) {
        super(typeof payload === "string" ? payload : JSON.stringify(payload));
        this.payload = payload;
    }
}

/** What is in a file, in pieces of at most `length` bytes: arrays of bytes. */
export function* pieces(file, length = 65536) {
    // A `u64` is a number in QuickJS and a BigInt in StarlingMonkey.
    const u64 = typeof file.size() === "bigint" ? BigInt : Number;
    let offset = 0;
    for (let piece; (piece = file.read(u64(offset), length)).length > 0; offset += piece.length) {
        yield piece;
    }
}

/**
 * The functions of an interface, to be exported under the interface's name in camelCase. For functions that the world
 * exports itself, `name` is the name of the component, and each function of the answer is exported on its own.
 *
 * A function goes by its name in camelCase, or in quotes by its name in WIT.
 */
export function tasks(name, functions) {
    const exported = {};
    for (const [key, value] of Object.entries(functions)) {
        const [run, options] = value instanceof Declared ? [value.run, value.options] : [value, null];
        if (typeof run !== "function") {
            throw new TypeError(`${name}.${key} is not a function`);
        }
        if (options !== null) {
            manifestTasks.push(manifestTask(`${name}#${kebabCase(key)}`, options));
        }
        exported[camelCase(key)] = explaining(run);
    }
    return exported;
}

/** The interface `larder:task/manifest`, to be exported as it is. */
export const manifest = { tasks: () => manifestTasks };

const manifestTasks = [];

/** The same function, whose bugs say where they are: where the engine has a console, it says so there itself. */
function explaining(run) {
    if (globalThis.console !== undefined && !globalThis.console[Symbol.for("larder")]) {
        return run;
    }
    const explain = (error) => {
        if (error instanceof Error && !("payload" in error)) {
            const trace = inSources(error.stack);
            // Where it is no `err`, the engine tells it as the structure that it is in Rust: here it is as a text.
            globalThis.console?.error(`uncaught ${error.name}: ${error.message}\n${trace}`.trimEnd());
            error.message = `${error.message}\n${trace}`.trimEnd();
            error.stack = "";
        }
        throw error;
    };
    return (...inputs) => {
        try {
            const result = run(...inputs);
            return result instanceof Promise ? result.catch(explain) : result;
        } catch (error) {
            return explain(error);
        }
    };
}

/** A trace with places in the sources, where the build left a map of them: see `source-lines.js`. */
export function inSources(trace) {
    const map = globalThis[Symbol.for("larder source lines")];
    const place = /[^()\s]*:(\d+):(\d+)/g;
    return map === undefined ? trace : trace.replace(place, (found, line, column) => placeOf(map, line, column) ?? found);
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The place that a place of the bundle was made from. Mappings are differences in base 64 (ECMA-426). */
function placeOf({ sources, mappings }, line, column) {
    let [source, sourceLine, sourceColumn, found] = [0, 0, 0];
    for (const [index, segments] of mappings.split(";").slice(0, line).entries()) {
        let generated = 0;
        for (const segment of segments.split(",")) {
            const [a = 0, b = 0, c = 0, d = 0] = differences(segment);
            generated += a;
            source += b;
            sourceLine += c;
            sourceColumn += d;
            if (index === line - 1 && segment !== "" && generated < column) {
                found = `${sources[source].replace(/^(\.\.\/)+/, "")}:${sourceLine + 1}:${sourceColumn + 1}`;
            }
        }
    }
    return found;
}

function differences(segment) {
    const numbers = [];
    let [bits, shift] = [0, 0];
    for (const digit of segment) {
        const value = DIGITS.indexOf(digit);
        bits += (value & 31) << shift;
        shift += 5;
        if ((value & 32) === 0) {
            numbers.push(bits & 1 ? -(bits >> 1) : bits >> 1);
            [bits, shift] = [0, 0];
        }
    }
    return numbers;
}

/** A function and what is declared of it: a class of its own, so that nobody exports one without `tasks`. */
class Declared {
    constructor(run, options) {
        this.run = run;
        this.options = options;
    }
}

const OPTIONS = ["version", "scope", "cacheErrors", "size", "timeoutSeconds", "fileNames", "needs"];
const SIZES = ["small", "medium", "large", "small-gpu", "large-gpu"];
const SCOPES = ["account", "workflow"];

function declared(run, options) {
    for (const option of Object.keys(options)) {
        if (!OPTIONS.includes(option)) {
            throw new TypeError(`there is no option \`${option}\`, but ${OPTIONS.slice(1).join(", ")}`);
        }
    }
    return new Declared(run, options);
}

function optionsAndFunction(caller, rest) {
    const run = rest.find((value) => typeof value === "function");
    const options = rest.find((value) => typeof value === "object") ?? {};
    if (run === undefined || rest.length > 2) {
        throw new TypeError(`${caller} takes a function, and options`);
    }
    return [options, run];
}

function manifestTask(name, options) {
    const { version, scope = "account", cacheErrors = false, size = "small", timeoutSeconds, ...rest } = options;
    if (version === undefined && (options.scope !== undefined || options.cacheErrors !== undefined)) {
        throw new TypeError(`${name} is not cached, so it has neither scope nor cacheErrors: use \`cached\``);
    }
    const cache = { version: versionCase(version), scope: oneOf(SCOPES, scope, `${name}: a scope`), cacheErrors };
    return {
        name,
        size: sizeCase(size, name),
        cache: version === undefined ? null : cache,
        timeoutSeconds: timeoutSeconds ?? null,
        needs: rest.needs ?? [],
        fileNames: rest.fileNames ?? false,
    };
}

function versionCase(version) {
    return version === pinned ? { tag: "pinned" } : { tag: "declared", val: version };
}

function sizeCase(size, name) {
    if (typeof size === "object") {
        const { cpus = 1, memoryMib, storageMib = 0, gpus = 0 } = size;
        if (typeof memoryMib !== "number") {
            throw new TypeError(`${name}: a size of its own says how much memory: memoryMib`);
        }
        return { tag: "custom", val: { cpus, memoryMib, storageMib, gpus } };
    }
    return { tag: oneOf(SIZES, size, `${name}: a size`) };
}

function oneOf(words, word, what) {
    if (!words.includes(word)) {
        throw new TypeError(`${what} is one of ${words.join(", ")}, not ${String(word)}`);
    }
    return word;
}

/** `byPath` as WIT has it: `by-path`. A digit begins no word of its own: where it does, put the name in quotes. */
function kebabCase(name) {
    return name.includes("-") ? name : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `by-path` as the engines look for it: `byPath`. */
function camelCase(name) {
    return name.includes("-")
        ? name.toLowerCase().replace(/-(.)/g, (_, letter) => letter.toUpperCase())
        : name;
}

/**
 * StarlingMonkey's bindings change texts in two places, and this keeps them from it: they drop a U+FEFF with which a text
 * begins, as their TextDecoder does by default, and they write U+FFFD for half a surrogate pair, which no text of WIT
 * can have. Whoever uses these classes in a task has them as they were. QuickJS has neither them nor the faults.
 */
function keepTexts() {
    const { TextDecoder: Decoder, TextEncoder: Encoder, process } = globalThis;
    if (Decoder === undefined || process !== undefined) {
        return; // QuickJS; Node.js, in a test
    }
    const { decode } = Decoder.prototype;
    const { encodeInto } = Encoder.prototype;
    const whole = new Decoder("utf-8", { ignoreBOM: true });
    globalThis.TextDecoder = class TextDecoder extends Decoder {
        decode(...inputs) {
            return decode.apply(this, inputs);
        }
    };
    globalThis.TextEncoder = class TextEncoder extends Encoder {
        encodeInto(...inputs) {
            return encodeInto.apply(this, inputs);
        }
    };
    Decoder.prototype.decode = (...inputs) => decode.apply(whole, inputs);
    Encoder.prototype.encodeInto = function (text, bytes) {
        if (!text.isWellFormed()) {
            throw new TypeError("a text with half a surrogate pair in it cannot leave the task");
        }
        return encodeInto.call(this, text, bytes);
    };
}

keepTexts();
