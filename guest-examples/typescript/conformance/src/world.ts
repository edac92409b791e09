// The types of conformance.wit, as they are on QuickJS.

import type { File } from "larder:task/files@0.1.0";

/** An option inside an option, and a result that is no answer, are objects; any other option is null or its value. */
export type Option<T> = { tag: "some"; val: T } | { tag: "none" };
export type Result<T, E> = { tag: "ok"; val: T } | { tag: "err"; val: E };

export interface Values {
    negate(a: boolean): boolean;
    integers(a: number, b: number, c: number, d: number, e: number, f: number): Numbers;
    wide(a: number, b: number): [number, number];
    add(a: number, b: number): number;
    floats(a: number, b: number): [number, number];
    character(c: string): [string, number];
    text(text: string): TextFacts;
    sort(texts: string[]): string[];
    options(a: number | null, b: Option<string | null>): [number | null, Option<string | null>];
    results(
        a: Result<number | null, string>,
        b: Result<void, number[]>,
    ): [Result<number | null, string>, Result<void, number[]>];
    area(shape: Shape): number | null;
    shapes(shapes: Shape[]): Shape[];
    next(day: Day): Day;
    complement(rights: Rights): Rights;
    transpose(rows: number[][]): number[][];
    nested(
        a: [number, [string, boolean | null]],
        b: [string, string[]][],
    ): [[number, [string, boolean | null]], [string, string[]][]];
    sum(bytes: Uint8Array): number;
    count(length: number): Uint32Array;
    repeat(text: string, times: number): string;
}

export interface Numbers {
    a: number;
    b: number;
    c: number;
    d: number;
    e: number;
    f: number;
}

export interface TextFacts {
    scalarValues: number;
    utf8Bytes: number;
    reversed: string;
    text: string;
}

export interface Point {
    x: number;
    y: number;
}

export type Shape =
    | { tag: "nothing" }
    | { tag: "circle"; val: number }
    | { tag: "rectangle"; val: [Point, Point] }
    | { tag: "named"; val: string };

export const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Day = (typeof DAYS)[number];

export const RIGHTS = ["read", "write", "append", "create", "rename", "remove", "list", "share", "passOn"] as const;
export type Rights = Record<(typeof RIGHTS)[number], boolean>;

export interface Endings {
    fail(reason: string): number;
    crash(): number;
    say(text: string): boolean;
}

export interface Content {
    byPath(input: File): Totals;
    byStream(input: File): Totals;
    write(name: string, text: string): File;
}

export interface Totals {
    lines: number;
    bytes: number;
}
