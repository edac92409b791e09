//! Tests of table inputs, read row by row.

use super::fixture::{read_with, row, rows};
use crate::args::InputFormat::{Csv, Tsv};

#[test]
fn a_header_that_does_not_fit_is_an_error_for_all() {
    for (text, fixed, message) in [
        (&b"n,wrod\n1,a\n"[..], &[][..], "no parameter `wrod` (did you mean `word`?)"),
        (b"n\n1\n", &[], "missing: `word: string`"),
        (b"", &[], "begins with a header, and this one is empty"),
        (b"\n\n", &[], "begins with a header, and this one is empty"),
        (b"n,\"word\n1,a\n", &[], "a quote is not closed"),
        (b"n,word,n\n1,a,1\n", &[], "`n` is given more than once"),
        (b"n,word\n1,a\n", &[("n", "1")], "`n` is given more than once"),
        (b"n,\xff\n1,a\n", &[], "not UTF-8"),
        (b"n;word\n1;a\n", &[], "no parameter `n;word`"),
    ] {
        let (rows, broken) = rows(Csv, text, fixed);
        assert_eq!(rows, []);
        assert!(broken.clone().unwrap_or_default().contains(message), "{broken:?}");
    }
}

#[test]
fn a_record_that_does_not_fit_is_told_and_the_next_is_read() {
    for (record, message) in [
        (&b"1"[..], "it has 1 cells, where the header has 2"),
        (b"1,a,b", "it has 3 cells"),
        (b"1,\xff", "not UTF-8"),
        (b"256,a", "parameter `n` should be u8"),
        (b",a", "parameter `n` should be u8"),
        (b"1,\"5\" inch", "something follows the closing quote of cell 2"),
        (b"@missing,a", "parameter `n` should be u8"),
    ] {
        let (rows, broken) = rows(Csv, &[b"n,word\n", record, b"\n2,next\n"].concat(), &[]);
        let error = rows[0].1.clone().unwrap_err();
        assert!(error.contains(message), "{error}");
        assert_eq!((&rows[1], broken), (&(Some(3), row(2, "next", None)), None));
    }
}

#[test]
fn a_quote_that_is_not_closed_is_told_where_it_begins() {
    for rest in ["\"a\n3,b\n4,c\n", "\"a", "\"", "\"a\"\"\n", "\"a\r\n3,b\r\n"] {
        let text = format!("n,word\n1,a\n2,{rest}");
        let (rows, broken) = rows(Csv, text.as_bytes(), &[]);
        assert_eq!((rows.len(), &rows[0], broken), (2, &(Some(2), row(1, "a", None)), None), "{rest:?}");
        let (line, error) = (rows[1].0, rows[1].1.clone().unwrap_err());
        assert!(line == Some(3) && error.contains("a quote is not closed"), "{rest:?}: {line:?} {error}");
    }
    // In the middle of a cell it is an ordinary character.
    let (rows, _) = rows(Csv, b"n,word\n1,5\" wide\n", &[]);
    assert_eq!(rows, [(Some(2), row(1, "5\" wide", None))]);
}

#[test]
fn a_cell_is_read_by_the_type_of_its_parameter() {
    let text = "\u{feff} word , maybe,n\n\"two, words\",,1\n\n\"a\nb\",some(4),2\n\"\"\"\"\"\",5,3";
    for text in [text.to_owned(), text.replace('\n', "\r\n").replace("a\r\nb", "a\nb"), format!("{text}\n\n")] {
        let (rows, _) = rows(Csv, text.as_bytes(), &[]);
        let expected = [(2, row(1, "two, words", None)), (4, row(2, "a\nb", Some(4))), (6, row(3, "\"\"", Some(5)))];
        assert_eq!(rows, expected.map(|(line, row)| (Some(line), row)), "{text:?}");
    }
    let (tabs, _) = rows(Tsv, b"word\na,b\n", &[("n", "1")]);
    assert_eq!(tabs, [(Some(2), row(1, "a,b", None))]);
    // Command line syntax is plain text here.
    for text in ["@secret.txt", "@@a", "'a'", "none", "{\"a\": 1}"] {
        let quoted = format!("n,word\n1,\"{}\"\n", text.replace('"', "\"\""));
        assert_eq!(rows(Csv, quoted.as_bytes(), &[]).0, [(Some(2), row(1, text, None))]);
    }
}

#[test]
fn in_a_table_of_one_column_an_empty_line_is_a_row() {
    for (table, texts) in [
        ("word\nA\n\nB\n", &["A", "", "B"][..]),
        ("word\r\nA\r\n\r\nB\r\n", &["A", "", "B"]),
        ("word\n\"\"\nA\n", &["", "A"]),
        ("word\r\n\"\"\r\nA\r\n", &["", "A"]),
        ("\n\nword\n\n", &[""]),
        ("word\n\"A\r\"\n\"\r\"\nB\n", &["A\r", "\r", "B"]),
    ] {
        let (rows, broken) = rows(Csv, table.as_bytes(), &[("n", "1")]);
        let read: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
        assert_eq!((read, broken), (texts.iter().map(|text| row(1, text, None)).collect(), None), "{table:?}");
    }
    let (rows, _) = rows(Csv, b"maybe\n7\n\n9\n", &[("n", "1"), ("word", "w")]);
    let lines: Vec<_> = rows.iter().map(|(line, _)| *line).collect();
    assert_eq!((lines, &rows[1].1), (vec![Some(2), Some(3), Some(4)], &row(1, "w", None)));
}

#[test]
fn a_column_that_is_no_parameter_is_a_name_or_passed_over_where_that_is_asked() {
    let table = b"sample,n,word,lane\ns1,1,a,L1\n,300,b,L2\n\"s\xff\",3,c,\n";
    let all = read_with(Csv, table, Some("sample"), true);
    let ids: Vec<_> = all.iter().map(|taken| taken.id.as_deref()).collect();
    assert_eq!(ids, [Some("s1"), Some(""), None]);
    assert!(all[0].inputs.is_ok() && all[1].inputs.is_err() && all[2].inputs.is_err());
    // A parameter can also be the name.
    let named = read_with(Csv, b"n,word\n1,a\n", Some("word"), false);
    assert_eq!((named[0].id.as_deref(), named[0].inputs.is_ok()), (Some("a"), true));
}
