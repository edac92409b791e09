//! Separate memory for each list that C++ passes to the host.
//!
//! - **Behaviour**: `wit-bindgen-cpp` 0.60.0 converts the elements of a list in place (`Instruction::ListLower` in its
//!   `src/lib.rs`): it writes the form that the host reads into the memory of the C++ objects. Where the two forms
//!   differ, an element is overwritten before it is read. A `std::variant` has its case after the payload and the host
//!   expects it before, so that `circle(1.5)` becomes another number. The generator's code for maps (`MapLower`)
//!   allocates a buffer for this reason, and refers to wit-bindgen#1592; the code for lists does not, in 0.63.0 either.
//! - **Change**: the buffer is allocated. The vector's memory is not freed, as before.
//! - **Relies on**: the first four lines of each such loop, and the names `_vecN`, `_ptrN`, `_lenN` and `_base` in
//!   them.
//! - **Canary**: `the_generator_writes_lists_over_themselves`.
//! - **Delete when**: `ListLower` allocates a buffer as `MapLower` does.

use crate::patch::{PatchError, SourceText};

/// Allocates separate output memory for each list in a C++ source.
pub(crate) fn separate(source: &mut SourceText<'_>) -> Result<(), PatchError> {
    for at in 0..source.lines().len() {
        if let Some(number) = loop_of_list(&source.lines()[at]) {
            let next = source.lines().get(at + 1).and_then(|line| element(line));
            if next.is_none_or(|(found, _)| found != number) {
                source.expect_at(at + 1, &[format!("auto _base = _ptr{number} + i * SIZE;")])?;
            }
        }
        let Some((number, size)) = element(&source.lines()[at]) else { continue };
        let (number, size) = (number.to_owned(), size.to_owned());
        let first = at.saturating_sub(3);
        source.expect_at(
            first,
            &[
                format!("auto _ptr{number} = (uint8_t*)(_vec{number}.data());"),
                format!("auto _len{number} = (size_t)(_vec{number}.size());"),
                format!("for (size_t i = 0; i < _len{number}; ++i) {{"),
            ],
        )?;
        let memory = format!(
            "auto _ptr{number} = (uint8_t*)calloc(_len{number}, {size}); if (!_ptr{number} && _len{number}) abort();"
        );
        // The length comes first in the changed code.
        let length = source.exchange(first + 1, memory);
        source.exchange(first, length);
    }
    Ok(())
}

/// Returns the number of the list, if the line begins the loop over a list that is passed to the host.
fn loop_of_list(line: &str) -> Option<&str> {
    line.trim().strip_prefix("for (size_t i = 0; i < _len")?.strip_suffix("; ++i) {")
}

/// Returns the number of the list and the size of an element, if the line computes the address of an element.
fn element(line: &str) -> Option<(&str, &str)> {
    line.trim().strip_prefix("auto _base = _ptr")?.strip_suffix(';')?.split_once(" + i * ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "\
auto&& _vec11 = result4;
auto _ptr11 = (uint8_t*)(_vec11.data());
auto _len11 = (size_t)(_vec11.size());
for (size_t i = 0; i < _len11; ++i) {
  auto _base = _ptr11 + i * (2*sizeof(void*));
  auto&& _iter_elem = _vec11[i];
}
result4.leak();
";

    fn separated(source: &str) -> Result<String, PatchError> {
        let mut source = SourceText::new("w.cpp", source);
        separate(&mut source)?;
        Ok(source.into_text())
    }

    #[test]
    fn a_list_is_written_to_memory_of_its_own() {
        let source = separated(WRITTEN).unwrap();
        assert!(!source.contains("_vec11.data()"), "{source}");
        let memory = "auto _ptr11 = (uint8_t*)calloc(_len11, (2*sizeof(void*)));";
        assert!(source.contains(memory), "{source}");
        assert!(source.find("auto _len11").unwrap() < source.find(memory).unwrap(), "{source}");
        assert_eq!(source.lines().count(), WRITTEN.lines().count());
    }

    #[test]
    fn the_same_number_in_another_function_is_another_list() {
        assert_eq!(separated(&format!("{WRITTEN}{WRITTEN}")).unwrap().matches("calloc").count(), 2);
    }

    #[test]
    fn text_that_returns_no_list_stays() {
        let source = "auto _base = _base3 + i * 40;\nauto _ptr1 = (uint8_t*)(_vec1.data());\n";
        assert_eq!(separated(source).unwrap(), source);
    }

    #[test]
    fn a_list_written_in_another_way_is_refused() {
        for (part, other) in [
            ("(size_t)(_vec11.size())", "_vec11.size()"),
            ("(uint8_t*)(_vec11.data())", "(char*)(_vec11.data())"),
            ("_vec11.data()", "_vec12.data()"),
            ("++i", "i++"),
            ("  auto _base = _ptr11", "  auto _base = _ptr12"),
            ("  auto _base =", "  uint8_t* _base ="),
            ("auto _ptr11 = (uint8_t*)(_vec11.data());\n", ""),
        ] {
            let source = WRITTEN.replace(part, other);
            assert_ne!(source, WRITTEN);
            let error = separated(&source).unwrap_err();
            assert!(matches!(error, PatchError::Line { .. }), "{other}: {error}");
        }
    }

    #[test]
    fn a_list_that_begins_or_ends_too_early_is_refused() {
        separated("auto _base = _ptr1 + i * 4;\n").unwrap_err();
        separated("for (size_t i = 0; i < _len1; ++i) {\n").unwrap_err();
        // The text is already changed.
        separated(&separated(WRITTEN).unwrap()).unwrap_err();
    }
}
