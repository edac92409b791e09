//! The WebAssembly features that a component may use, and the meaning of validation errors.
//!
//! The set mirrors what the engine accepts, so that a component is refused here, before anything compiles, and with a
//! feature's name. It is written out rather than taken from wasmparser's default, which changes with wasmparser and not
//! with the engine.

use wasmparser::types::Types;
use wasmparser::{Parser, ValidPayload, Validator, WasmFeatures};

use crate::declare::DeclareError;
use larder_base::contain::{Panicked, contain};

/// The features that a component may use.
///
/// They are the defaults of wasmtime 48 (`Config::features`: WebAssembly 3.0, the component model and its async part)
/// when built without its `gc` and `threads` features, which disables GC types, exceptions and threads. Two more are
/// off on purpose. `gc` without GC types admits only recursive groups of function types, which no toolchain emits.
/// `memory64` cannot cross a component's border, which needs `cm64` as well, and a 64-bit memory escapes the guard
/// pages that make 32-bit memories cheap to bound.
pub const FEATURES: WasmFeatures = FEATURES_WITHOUT_ASYNC.union(WasmFeatures::CM_ASYNC);

/// [`FEATURES`] without the async part of the component model: the set of an engine without concurrency support.
pub const FEATURES_WITHOUT_ASYNC: WasmFeatures = WasmFeatures::WASM3
    .union(WasmFeatures::COMPONENT_MODEL)
    .difference(WasmFeatures::GC)
    .difference(WasmFeatures::GC_TYPES)
    .difference(WasmFeatures::EXCEPTIONS)
    .difference(WasmFeatures::THREADS)
    .difference(WasmFeatures::MEMORY64);

/// The features that are off, with the names of their proposals.
const OFF: &[(WasmFeatures, &str)] = &[
    (WasmFeatures::CM_MAP, "the component model's `map` type"),
    (WasmFeatures::CM_FIXED_LENGTH_LISTS, "the component model's fixed-length lists"),
    (WasmFeatures::CM_ERROR_CONTEXT, "the component model's `error-context` type"),
    (WasmFeatures::CM_ASYNC_STACKFUL, "the component model's stackful async functions"),
    (WasmFeatures::CM_MORE_ASYNC_BUILTINS, "the component model's further async built-ins"),
    (WasmFeatures::CM_THREADING, "the component model's threads"),
    (WasmFeatures::CM_VALUES, "the component model's values"),
    (WasmFeatures::CM_NESTED_NAMES, "the component model's nested names"),
    (WasmFeatures::CM_GC, "the component model's GC"),
    (WasmFeatures::CM64, "the component model's 64-bit memories"),
    (WasmFeatures::CM_IMPLEMENTS, "the component model's `implements`"),
    (WasmFeatures::CM_CANON_NAMES, "the component model's version suffixes"),
    (WasmFeatures::THREADS, "threads"),
    (WasmFeatures::SHARED_EVERYTHING_THREADS, "shared-everything threads"),
    (WasmFeatures::GC, "garbage collection"),
    (WasmFeatures::GC_TYPES, "garbage-collected references"),
    (WasmFeatures::EXCEPTIONS, "exceptions"),
    (WasmFeatures::LEGACY_EXCEPTIONS, "legacy exceptions"),
    (WasmFeatures::MEMORY64, "64-bit memories"),
    (WasmFeatures::MEMORY_CONTROL, "memory control"),
    (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes"),
    (WasmFeatures::STACK_SWITCHING, "stack switching"),
    (WasmFeatures::WIDE_ARITHMETIC, "wide arithmetic"),
    (WasmFeatures::CUSTOM_DESCRIPTORS, "custom descriptors"),
    (WasmFeatures::COMPACT_IMPORTS, "compact imports"),
];

/// Validates `bytes` except for the bodies of functions, and returns whether they need async: whether they fail to
/// validate without it.
///
/// The engine asks the same question, so it is not guessed from the exports: QuickJS uses async built-ins inside even
/// when none of its exports is async. Validation without async comes first, because most components need no async, and
/// those that do fail on a small section near the front. Of two errors the second counts: it is not about async.
///
/// A panic of the validator is contained: wasmparser 0.254 asserts that instances nest no more than 127 deep, by
/// reference, where later releases refuse the component.
pub(super) fn validate(bytes: &[u8]) -> Result<(Types, bool), DeclareError> {
    let validate = |features| {
        contain(|| validate_types(bytes, features)).map_err(|Panicked(message)| DeclareError::Unvalidated { message })
    };
    if let Ok(types) = validate(FEATURES_WITHOUT_ASYNC)? {
        return Ok((types, false));
    }
    match validate(FEATURES)? {
        Ok(types) => Ok((types, true)),
        Err(error) => Err(invalid(bytes, &error)),
    }
}

/// Does what `Validator::validate_all` does, without the bodies of functions: no declaration depends on them, and a
/// kilobyte of them can take the validator seconds (a branch to 65,000 places with a thousand operands each). The
/// engine validates them when it compiles, under a time limit.
fn validate_types(bytes: &[u8], features: WasmFeatures) -> wasmparser::Result<Types> {
    let mut validator = Validator::new_with_features(features);
    let mut parser = Parser::new(0);
    parser.set_features(features);
    let mut types = None;
    for payload in parser.parse_all(bytes) {
        if let ValidPayload::End(of_the_innermost) = validator.payload(&payload?)? {
            types = Some(of_the_innermost);
        }
    }
    // Parsing to the end has produced the types.
    types.map_or_else(|| validator.end(0), Ok)
}

fn invalid(bytes: &[u8], error: &wasmparser::Error) -> DeclareError {
    let (message, offset) = (error.message().to_owned(), error.offset() as u64);
    let named = error.missing_wasm_feature().unwrap_or(WasmFeatures::empty());
    let named = OFF.iter().find(|(feature, _)| named.contains(*feature)).map(|(_, words)| *words);
    match named.or_else(|| behind(bytes, error.offset())) {
        Some(feature) => DeclareError::FeatureOff { feature, message, offset },
        None => DeclareError::Invalid { message, offset },
    }
}

/// Finds the feature behind an error that does not name it: with the feature on, the component validates, or at least
/// beyond the place of the error.
fn behind(bytes: &[u8], offset: usize) -> Option<&'static str> {
    let reached = |features: WasmFeatures| match contain(|| validate_types(bytes, FEATURES.union(features))) {
        Ok(Ok(_)) => usize::MAX,
        Ok(Err(error)) => error.offset(),
        Err(Panicked(_)) => 0,
    };
    let all = OFF.iter().fold(WasmFeatures::empty(), |all, (feature, _)| all.union(*feature));
    if reached(all) <= offset {
        return None;
    }
    let (reached, words) =
        OFF.iter().rev().map(|(feature, words)| (reached(*feature), *words)).max_by_key(|it| it.0)?;
    (reached > offset).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_names_all_that_is_off() {
        let readme = include_str!("../../../../README.md").split_whitespace().collect::<Vec<_>>().join(" ");
        for (_, words) in OFF {
            let words = words.trim_start_matches("the component model's ");
            assert!(readme.contains(words), "README.md does not say that {words} is off");
        }
    }
}
