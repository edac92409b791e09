// A task that may wait.

import { cached, Err, manifest, tasks } from "../../larder.js";

export const later = tasks("later", {
    shout: cached("1", async (text) => {
        if (text === "") {
            throw new Err("empty");
        }
        const upper = await Promise.resolve(text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()));
        return `${upper}!`;
    }),
});

export { manifest };
