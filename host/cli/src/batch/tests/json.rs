//! Tests of JSON inputs, read row by row.

use super::fixture::{read_with, row, rows};
use crate::args::InputFormat::{Json, Ndjson};
use larder::value::{BlobRef, Value};

#[test]
fn a_line_that_is_no_input_is_told_and_the_next_is_read() {
    for (line, message) in [
        (&b"{"[..], "it ends in the middle of its JSON"),
        (b"nonsense", "it is no JSON from column 2 on"),
        (br#"{"n": 1, word: "a"}"#, "it is no JSON from column 10 on"),
        (b"[1, \"a\"]", "it should be a JSON object with the values of parameters"),
        (b"7", "it should be a JSON object with the values of parameters"),
        (b"null", "it should be a JSON object with the values of parameters"),
        (br#"{"n": 1, "word": "a"} {"n": 2}"#, "more follows its JSON: {\"n\": 2}"),
        (br#"{"n": 1, "word": "a"} x"#, "more follows its JSON: x"),
        (b"{\"n\": 1, \"word\": \"\xff\"}", "not UTF-8"),
        (br#"{"n": 1}"#, "missing: `word: string`"),
        (b"{}", "missing: `n: u8`, `word: string`"),
        (br#"{"n": 1, "word": "a", "wrod": "b"}"#, "no parameter `wrod` (did you mean `word`?)"),
        (br#"{"n": 1, "word": "a", "n": 1}"#, "`n` is given more than once"),
        (br#"{"n": 256, "word": "a"}"#, "parameter `n` should be u8"),
        (br#"{"n": 1.5, "word": "a"}"#, "parameter `n` should be u8"),
        (br#"{"n": "1", "word": "a"}"#, "parameter `n` should be u8"),
        (br#"{"n": 1, "word": null}"#, "parameter `word` should be string"),
    ] {
        let text = [line, b"\n{\"n\": 2, \"word\": \"next\"}"].concat();
        let (rows, broken) = rows(Ndjson, &text, &[]);
        let error = rows[0].1.clone().unwrap_err();
        assert!(error.contains(message), "{error} for {:?}", String::from_utf8_lossy(line));
        assert_eq!((&rows[1], broken), (&(Some(2), row(2, "next", None)), None));
    }
}

#[test]
fn a_fixed_argument_is_not_given_again() {
    let (rows, _) = rows(Ndjson, b"{\"n\": 1, \"word\": \"a\"}\n{\"word\": \"b\"}", &[("n", "7")]);
    assert!(rows[0].1.clone().unwrap_err().contains("`n` is given more than once"));
    assert_eq!(rows[1], (Some(2), row(7, "b", None)));
}

#[test]
fn lines_are_numbered_and_blank_ones_skipped() {
    let text = b"\xef\xbb\xbf{\"word\": \"@a\", \"n\": 1}\r\n\n  \n{\"n\":2,\"word\":\"\",\"maybe\":3}";
    let (rows, broken) = rows(Ndjson, text, &[]);
    assert_eq!(rows, [(Some(1), row(1, "@a", None)), (Some(4), row(2, "", Some(3)))]);
    assert_eq!((super::fixture::rows(Ndjson, b"", &[]), broken), ((Vec::new(), None), None));
}

#[test]
fn a_path_starts_at_the_current_folder() {
    let (rows, _) = rows(Ndjson, br#"{"n": 1, "word": "a", "file": "b/c"}"#, &[]);
    let file = Value::File(BlobRef::Path("/here/b/c".into()));
    assert_eq!(rows[0].1.clone().unwrap()[3], Value::Option(Some(Box::new(file))));
}

#[test]
fn what_is_no_array_cannot_be_read_on() {
    for (text, taken, message) in [
        (&b"{}"[..], 0, "they should be a JSON array of objects"),
        (b"", 0, "they end in the middle of their JSON"),
        (b"[{\"n\": 1, \"word\": \"a\"}", 1, "they end in the middle of their JSON"),
        (b"[{\"n\": 1, \"word\": \"a\"}, nonsense]", 1, "line 1 is no JSON from column"),
        (b"[] 7", 0, "line 1 is no JSON from column 4 on"),
    ] {
        let (rows, broken) = rows(Json, text, &[]);
        assert_eq!(rows.len(), taken);
        assert!(broken.clone().unwrap_or_default().contains(message), "{broken:?}");
    }
}

#[test]
fn an_element_that_is_no_input_is_told_and_the_next_is_read() {
    let text = br#" [ 7, {"n": 300, "word": "a"}, [], {"n": 1, "word": "a"} ] "#;
    let (rows, broken) = rows(Json, text, &[]);
    assert_eq!((rows.len(), broken), (4, None));
    assert!(rows[..3].iter().all(|(line, inputs)| line.is_none() && inputs.is_err()), "{rows:?}");
    assert_eq!(rows[3].1, row(1, "a", None));
}

#[test]
fn a_byte_order_mark_is_none_of_the_inputs() {
    for (format, text) in [
        (Json, "\u{feff}[{\"n\": 1, \"word\": \"\u{feff}\"}]"),
        (Json, "\u{feff} \r\n [{\"n\": 1, \"word\": \"\u{feff}\"}]"),
        (Ndjson, "\u{feff}{\"n\": 1, \"word\": \"\u{feff}\"}\n"),
        (Ndjson, "\u{feff}\r\n{\"n\": 1, \"word\": \"\u{feff}\"}"),
    ] {
        let (rows, broken) = rows(format, text.as_bytes(), &[]);
        assert_eq!((rows.len(), broken), (1, None), "{text:?}");
        assert_eq!(rows[0].1, row(1, "\u{feff}", None), "{text:?}");
    }
    // Anywhere else it is invalid JSON.
    let (rows, _) = rows(Ndjson, "{\"n\": 1, \"word\": \"a\"}\n\u{feff}{}\n".as_bytes(), &[]);
    assert!(rows[1].1.is_err());
}

#[test]
fn a_member_that_is_no_parameter_is_a_name_or_passed_over_where_that_is_asked() {
    let lines = [
        r#"{"id": "a\u0062", "n": 1, "word": "a"}"#,
        r#"{"id": 1.50, "n": 1, "word": "a", "more": [1]}"#,
        r#"{"id": true, "n": 300, "word": "a"}"#,
        r#"{"n": 1, "word": "a"}"#,
        r#"{"id": null, "n": 1, "word": "a"}"#,
        r#"{"id": "a", "id": "b", "n": 1, "word": "a"}"#,
    ];
    for (format, text) in [(Ndjson, lines.join("\n")), (Json, format!("[{}]", lines.join(",")))] {
        let taken = read_with(format, text.as_bytes(), Some("id"), true);
        let ids: Vec<_> = taken.iter().map(|taken| taken.id.as_deref()).collect();
        assert_eq!(ids, [Some("ab"), Some("1.50"), Some("true"), None, None, None]);
        let are_calls: Vec<_> = taken.iter().map(|taken| taken.inputs.is_ok()).collect();
        assert_eq!(are_calls, [true, true, false, false, false, false]);
        let strict = read_with(format, text.as_bytes(), Some("id"), false);
        assert!(strict[0].inputs.is_ok());
        assert!(strict[1].inputs.as_ref().unwrap_err().to_string().contains("no parameter `more`"));
    }
}
