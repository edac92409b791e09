// A whole page: no host in sight, so that Node.js can run it too.

import { marked } from "marked";

/** The page of a text. A mark of byte order before the text is no part of it. */
export function pageOf(text) {
    const tokens = marked.lexer(text.replace(/^\ufeff/, ""));
    const heading = tokens.find((token) => token.type === "heading");
    const title = heading === undefined ? "" : plain(heading.tokens);
    return `<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<title>${title}</title>
</head>
<body>
${marked.parser(tokens)}</body>
</html>
`;
}

/** What a title can have of a heading: text, in which `&` and `<` are escaped, and no tags. */
function plain(tokens) {
    return marked.Parser.parseInline(tokens, new marked.TextRenderer());
}
