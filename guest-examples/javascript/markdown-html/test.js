// Compares what the task answers with what Node.js makes of the same document by the same library: two engines.
//
//     node test.js            after `npm ci` one folder above
//     node test.js --write    writes data/marked.html anew

import { readFileSync, writeFileSync } from "node:fs";

import { pageOf } from "./src/page.js";

const page = pageOf(readFileSync("data/marked.md", "utf8"));
if (process.argv.includes("--write")) {
    writeFileSync("data/marked.html", page);
} else if (page !== readFileSync("data/marked.html", "utf8")) {
    console.error("Node.js makes another page of data/marked.md than data/marked.html");
    process.exitCode = 1;
}
