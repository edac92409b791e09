//! Workarounds for `wit-bindgen` 0.60: bets on code that other people may change at any time.
//!
//! Each module here is one bet. Its header says what it relies on, which behaviour of the generator it works around,
//! which test is its canary, and when it can be deleted. The crates `wit-bindgen-c`, `-core`, `-cpp` and `-go` are
//! pinned to `=0.60.0`, so that a bet can only fail after a change of version. A change of text that does not apply
//! exactly once is a [`PatchError`](crate::patch::PatchError), and no bindings are written.
//!
//! | module | the generator | the bindings |
//! |---|---|---|
//! | [`cpp_async`] | silently omits async exports from C++ | are refused |
//! | [`cpp_lists`] | overwrites a returned list while it converts it | have separate memory for each list |
//! | [`go_imports`] | imports the exports' implementations from its own module | import them from the author's module |
//! | [`go_lifting`] | never releases an answer of the host after reading it | release it after each call |
//! | [`go_names`] | does not return the names of its Go packages | have names computed as the generator does |
//! | [`go_runtime`] | imports a runtime that needs a patched Go and keeps all memory | include a changed copy of it |
//!
//! One more workaround has no module: the generators panic at unsupported input, so
//! [`write_bindings`](crate::write_bindings) contains each run. It can be deleted when they return errors; its canary
//! is `a_panic_of_a_generator_is_an_error`.
//!
//! To move to another version: change the pins, run the canaries, read the sources that the failing modules name, and
//! delete the modules that are no longer needed.

pub(crate) mod cpp_async;
pub(crate) mod cpp_lists;
pub(crate) mod go_imports;
pub(crate) mod go_lifting;
pub(crate) mod go_names;
pub(crate) mod go_runtime;
#[cfg(test)]
mod tests;
