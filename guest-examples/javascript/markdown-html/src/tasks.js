// The interface `markdown` of wit/world.wit: `marked` does the work, here its cache is declared.

import { File } from "larder:task/files@0.1.0";

import { cached, Err, manifest, pieces, tasks } from "../../larder.js";
import { pageOf } from "./page.js";
import { utf8fromString, utf8toString } from "@exodus/bytes/utf8.js"; // QuickJS has neither TextDecoder nor TextEncoder
import { marked } from "marked";

/** Another version of marked may write other HTML. */
const VERSION = "marked 18.2.1";

export const markdown = tasks("markdown", {
    html: cached(VERSION, (text) => marked.parse(text)),

    page: cached(VERSION, (document) => File.fromBytes("page.html", utf8fromString(pageOf(textOf(document))))),
});

export { manifest };

function textOf(document) {
    const bytes = new Uint8Array(document.size());
    let length = 0;
    for (const piece of pieces(document)) {
        bytes.set(piece, length);
        length += piece.length;
    }
    try {
        return utf8toString(bytes);
    } catch {
        throw new Err("the document is not UTF-8");
    }
}
