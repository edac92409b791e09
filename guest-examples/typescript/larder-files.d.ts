// The interface `larder:task/files` as it is on QuickJS, where a `u64` is a number. What can fail throws an error, whose
// `payload` is a `FilesError`.

declare module "larder:task/files@0.1.0" {
    export type FilesError =
        | "no-entry"
        | "is-directory"
        | "not-directory"
        | "not-permitted"
        | "loop"
        | "invalid-name"
        | "no-room"
        | "too-large";

    export class File {
        private constructor();
        static fromPath(path: string): File;
        static fromBytes(name: string, bytes: Uint8Array): File;
        name(): string;
        size(): number;
        digest(): Uint8Array;
        path(): string;
        read(offset: number, length: number): Uint8Array;
    }

    export class Writer {
        private constructor();
        static create(name: string): Writer;
        write(bytes: Uint8Array): void;
        static finish(writer: Writer): File;
    }

    export class Directory {
        private constructor();
        static fromPath(path: string): Directory;
        name(): string;
        size(): number;
        digest(): Uint8Array;
        path(): string;
        entries(): { name: string; kind: "file" | "directory" | "link" }[];
        openFile(path: string): File;
        openDirectory(path: string): Directory;
    }
}
