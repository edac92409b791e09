//! Lists in the bindings of C++, mended.
//!
//! What `wit-bindgen-cpp` 0.60 (and still 0.63) writes puts the elements of a returned list into the form that the host
//! reads in the very memory in which they are objects of C++. Where the two forms differ, an element is overwritten
//! before it is read: a `std::variant` has its case behind the payload, the host wants it before, and `circle(1.5)`
//! comes out as another number. So each list gets memory of its own to be written to. The other memory is not freed, as
//! it would not have been either.

/// The source with memory for each list. `Err` names the line that is not as the generator writes it.
pub(super) fn apart(source: &str) -> Result<String, String> {
    let mut lines: Vec<String> = source.lines().map(str::to_owned).collect();
    for at in 0..lines.len() {
        let Some((pointer, size)) = place_of_element(&lines[at]) else { continue };
        let number = pointer.trim_start_matches("_ptr");
        let expected = [
            format!("auto _ptr{number} = (uint8_t*)(_vec{number}.data());"),
            format!("auto _len{number} = (size_t)(_vec{number}.size());"),
            format!("for (size_t i = 0; i < _len{number}; ++i) {{"),
        ];
        let first = at
            .checked_sub(expected.len())
            .filter(|first| lines[*first..at].iter().zip(&expected).all(|(line, expected)| line.trim() == expected));
        let Some(first) = first else { return Err(format!("line {}: {}", at + 1, lines[at].trim())) };
        let memory = format!(
            "auto _ptr{number} = (uint8_t*)calloc(_len{number}, {size}); if (!_ptr{number} && _len{number}) abort();"
        );
        lines[first] = std::mem::replace(&mut lines[first + 1], memory);
    }
    Ok(lines.join("\n") + "\n")
}

/// The name of the pointer and the size of an element, if the line says where an element is written.
fn place_of_element(line: &str) -> Option<(String, String)> {
    let (pointer, size) = line.trim().strip_prefix("auto _base = ")?.strip_suffix(';')?.split_once(" + i * ")?;
    pointer.starts_with("_ptr").then(|| (pointer.to_owned(), size.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::apart;

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

    #[test]
    fn a_list_is_written_to_memory_of_its_own() {
        let mended = apart(WRITTEN).unwrap();
        assert!(!mended.contains("_vec11.data()"), "{mended}");
        let memory = "auto _ptr11 = (uint8_t*)calloc(_len11, (2*sizeof(void*)));";
        assert!(mended.contains(memory), "{mended}");
        assert_eq!(mended.lines().count(), WRITTEN.lines().count());
    }

    #[test]
    fn what_is_no_returned_list_stays() {
        let source = "auto _base = _base3 + i * 40;\nauto _ptr1 = (uint8_t*)(_vec1.data());\n";
        assert_eq!(apart(source).unwrap(), source);
    }

    #[test]
    fn another_way_of_writing_it_is_not_taken_for_this_one() {
        let other = WRITTEN.replace("(size_t)(_vec11.size())", "_vec11.size()");
        assert_eq!(apart(&other).unwrap_err(), "line 5: auto _base = _ptr11 + i * (2*sizeof(void*));");
    }
}
