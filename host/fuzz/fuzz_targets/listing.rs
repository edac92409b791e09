//! libFuzzer's door to [`larder_fuzz::listing`].
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| larder_fuzz::listing::check(bytes));

/// Without libFuzzer there is nothing to run; the properties are tested in the library.
#[cfg(not(fuzzing))]
fn main() {}
