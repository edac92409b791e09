/** The console that `console.js` makes on QuickJS. */
declare const console: Readonly<
    Record<"log" | "debug" | "info" | "warn" | "error" | "trace", (...values: unknown[]) => void> & {
        assert(holds: boolean, ...values: unknown[]): void;
    }
>;
