// What is used of @exodus/bytes: the tools are installed outside of the repository's folders, where tsc does not look.

declare module "@exodus/bytes/utf8.js" {
    export function utf8fromString(text: string): Uint8Array;
}
