// The types of larder.js, for TypeScript and for editors.

/** The version of a task whose results are good for exactly this code. */
export const pinned: unique symbol;

/** What a task declares. */
export interface TaskOptions {
    /** The machine that one run needs; by default `"small"`. */
    size?: "small" | "medium" | "large" | "small-gpu" | "large-gpu" | Resources;
    /** The wall-clock time after which it is stopped. */
    timeoutSeconds?: number;
    /** Whether names of files are inputs too. */
    fileNames?: boolean;
    /** What it needs of the world outside. */
    needs?: Capability[];
}

/** What a task whose results are remembered declares. */
export interface CacheOptions extends TaskOptions {
    /** Who shares results; by default all workflows of the account. */
    scope?: "account" | "workflow";
    /** Whether an `err` is remembered as well. */
    cacheErrors?: boolean;
}

/** A size of one's own. */
export interface Resources {
    cpus?: number;
    memoryMib: number;
    storageMib?: number;
    gpus?: number;
}

/** Something outside a task: see `capability` in `larder:task/manifest`. */
export type Capability =
    | { tag: "open-world" }
    | { tag: "directory"; val: { path: string; access: "read-only" | "read-write" } }
    | { tag: "variable"; val: string }
    | { tag: "http"; val: { host: string; port?: number; methods: string[] } }
    | { tag: "tcp"; val: { host: string; port: number } };

/** A function of an interface: it returns what is `ok`, or a promise of it, and throws `Err`. */
export type Run = (...inputs: any[]) => unknown;

/** A function and what is declared of it: to be given to `tasks`. */
export interface Declared<F extends Run> {
    run: F;
    options: CacheOptions;
}

/** A task whose results are remembered for as long as `version` stays the same. */
export function cached<F extends Run>(version: string | typeof pinned, run: F): Declared<F>;
export function cached<F extends Run>(version: string | typeof pinned, options: CacheOptions, run: F): Declared<F>;

/** A task that is not cached but declares something. */
export function task<F extends Run>(options: TaskOptions, run: F): Declared<F>;

/**
 * The functions of the interface `name`, to be exported under its name in camelCase: `Interface` has their types, so that
 * one that is missing, or too many, does not compile.
 */
export function tasks<Interface>(
    name: string,
    functions: { [Name in keyof Interface]: Interface[Name] extends Run ? Interface[Name] | Declared<Interface[Name]> : never },
): Interface;

/** The interface `larder:task/manifest`, to be exported as it is. */
export const manifest: { tasks(): unknown[] };

/** Thrown, it is the `err` of a task: `payload` is a value of its type. */
export class Err<E = string> extends Error {
    constructor(payload: E);
    readonly payload: E;
}

/** What is in a file, in pieces of at most `length` bytes. */
export function pieces(file: { size(): number | bigint; read(offset: never, length: number): Uint8Array }, length?: number): Generator<Uint8Array>;
