//! Workarounds for `wit-bindgen` 0.60: bets on code that other people may change at any time.
//!
//! Each module here is one bet. Its header says what it relies on, which behaviour of the generator it works around, which
//! test is its canary, and what lets it be deleted. The crates `wit-bindgen-c`, `-core`, `-cpp` and `-go` are pinned to
//! `=0.60.0`, so that none of this is off without somebody having changed a version. A change of text that does not apply
//! exactly once is a [`PatchError`](crate::patch::PatchError), and no bindings are written.
//!
//! | module | the generator | the bindings |
//! |---|---|---|
//! | [`cpp_async`] | leaves async exports out of C++ without a word | are refused |
//! | [`cpp_lists`] | writes a returned list over itself | have memory of its own for each list |
//! | [`go_imports`] | imports the exports' implementations from its own module | import them from the author's module |
//! | [`go_lifting`] | never says when an answer of the host was read | say so after each call |
//! | [`go_names`] | does not tell the names of its Go packages | have names computed as the generator does |
//! | [`go_runtime`] | imports a runtime that needs a patched Go, and keeps all memory | bring a changed copy of it |
//!
//! One more has no module: the generators panic at what they do not support, so that
//! [`write_bindings`](crate::write_bindings) contains each run. It goes when they return errors; its canary is
//! `a_panic_of_a_generator_is_an_error`.
//!
//! To move to another version: change the pins, run the canaries, read the sources that the failing modules name, and
//! delete what is not needed any more.

pub(crate) mod cpp_async;
pub(crate) mod cpp_lists;
pub(crate) mod go_imports;
pub(crate) mod go_lifting;
pub(crate) mod go_names;
pub(crate) mod go_runtime;
#[cfg(test)]
mod tests;
