//! libFuzzer's door to [`larder_fuzz::component`].
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(init: larder_fuzz::let_contained_panics_pass(), |bytes: &[u8]| {
    larder_fuzz::component::check(bytes);
});

/// Without libFuzzer there is nothing to run; the properties are tested in the library.
#[cfg(not(fuzzing))]
fn main() {}
