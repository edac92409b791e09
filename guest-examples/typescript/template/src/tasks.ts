// The interface `text` of wit/world.wit.

import { cached, Err, manifest, tasks } from "./larder.js";
import type { Text } from "./world.js";

export const text = tasks<Text>("text", {
    // Another version forgets what was computed before.
    measure: cached("1", (text) => {
        const words = text.split(/[ \t\n\f\r]+/).filter((word) => word !== "");
        if (words.length === 0) {
            throw new Err("there are no words");
        }
        const length = (word: string) => [...word].length; // scalar values; `word.length` counts units of UTF-16
        const longest = words.reduce((longest, word) => (length(word) > length(longest) ? word : longest));
        return { words: words.length, longest };
    }),
});

export { manifest };
