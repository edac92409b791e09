//! Properties that hold for anything that strangers hand to Larder: one module, with one function `check`, for each
//! door.
//!
//! A `check` panics when its property does not hold. `cargo fuzz` calls it with inputs of libFuzzer. The test below
//! calls it with two thousand random inputs, so that the properties stay true, and compile, without a fuzzer.
//!
//! | module | door |
//! |---|---|
//! | [`component`] | the bytes of a component, and from them its declarations |
//! | [`signature`] | the same, for generated components that are valid |
//! | [`values`] | JSON and WAVE |
//! | [`cbor`] | results, inputs and declarations from a cache |
//! | [`listing`] | the listing of a directory from a store |
//! | [`manifest`] | the answer of a component's manifest |
//! | [`config`] | `larder.toml` |
//! | [`arguments`] | `name=value` |

pub mod arguments;
pub mod cbor;
pub mod component;
pub mod config;
pub mod listing;
pub mod manifest;
pub mod signature;
pub mod values;

mod damage;
mod generate;
mod stored;
mod tasks;
mod text;

#[cfg(test)]
mod tests;

/// Lets a panic pass that Larder contains; any other is still a finding. libFuzzer's own hook would end the process.
pub fn let_contained_panics_pass() {
    let finding = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !larder::panic_is_contained() {
            finding(panic);
        }
    }));
}
