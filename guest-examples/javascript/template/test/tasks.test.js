// `npm test` runs the functions in Node.js; `./test.sh` runs the component.

import assert from "node:assert/strict";
import { test } from "node:test";

import { text } from "../src/tasks.js";

test("the first of the longest words wins, and a letter is one whatever its encoding", () => {
    assert.deepEqual(text.measure("to be or not to be"), { words: 6, longest: "not" });
    assert.deepEqual(text.measure("𝒶𝒷 abc"), { words: 2, longest: "abc" });
});

test("a text without words is an error", () => {
    assert.throws(() => text.measure(" \n"), { payload: "there are no words" });
});
