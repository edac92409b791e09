// Adds to a bundle where its lines come from, so that the trace of an error names lines of the sources. The build runs it
// in Node.js, behind esbuild with `--sourcemap`; `larder.js` reads what it adds.

import { appendFileSync, readFileSync } from "node:fs";

const [bundle] = process.argv.slice(2);
const { sources, mappings } = JSON.parse(readFileSync(`${bundle}.map`, "utf8"));
const lines = JSON.stringify({ sources, mappings });
appendFileSync(bundle, `\nglobalThis[Symbol.for("larder source lines")] = ${lines};\n`);
