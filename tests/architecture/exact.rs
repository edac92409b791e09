//! Exact tables: the findings equal the table, in both directions.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};

/// Panics and lists each row that was only found, to be added, and each that only the table has, to be removed.
#[track_caller]
pub(crate) fn compare<T: Debug + Ord>(table: &str, found: &BTreeSet<T>, known: &BTreeSet<T>) {
    let mut differences = String::new();
    // In the form of the table.
    let written = |row: &T| format!("{row:?},").replace('[', "&[");
    for row in found.difference(known) {
        writeln!(differences, "  found, but not in the table: {}", written(row)).unwrap();
    }
    for row in known.difference(found) {
        writeln!(differences, "  in the table, but not found: {}", written(row)).unwrap();
    }
    assert!(differences.is_empty(), "{table}:\n{differences}");
}

/// Returns a finding as a row of a table.
pub(crate) fn row<T: Clone, U: From<T>>((name, values): (&str, &[T])) -> (String, Vec<U>) {
    (name.to_owned(), values.iter().cloned().map(U::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: &[u8], known: &[u8]) {
        compare("numbers", &found.iter().collect(), &known.iter().collect());
    }

    #[test]
    fn the_same_rows_pass() {
        check(&[1, 2], &[2, 1]);
    }

    #[test]
    #[should_panic(expected = "numbers:\n  found, but not in the table: 3,\n")]
    fn a_row_too_many_fails() {
        check(&[1, 3], &[1]);
    }

    #[test]
    #[should_panic(expected = "numbers:\n  in the table, but not found: 3,\n")]
    fn a_row_that_no_longer_applies_fails() {
        check(&[1], &[1, 3]);
    }
}
