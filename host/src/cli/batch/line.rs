//! How one call is told: a JSON object on a line, or a record of a table.

use std::fmt::{self, Write as _};

use super::super::escape;
use super::super::failure::Failed;
use super::args::OutputFormat;
use super::call::End;

/// The columns of a table; the input has one more, where it is asked for.
const COUNT: usize = 11;

/// As long as most lines are.
const TYPICAL_BYTES: usize = 320;

/// The header of a table.
const COLUMNS: [&str; COUNT] = [
    "index",
    "status",
    "time_us",
    "key",
    "outcome",
    "result",
    "line",
    "exit_code",
    "error_code",
    "error_message",
    "made_by_other_component",
];

/// What is told of a call.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) index: u64,
    pub(super) line: Option<u64>,
    pub(super) time_us: u64,
    pub(super) key: Option<String>,
    pub(super) outcome: Option<&'static str>,
    /// The digest of the component that made the answer, where it is not the one at hand.
    pub(super) made_by_other: Option<String>,
    /// The result as JSON text, whose keys keep their declared order.
    pub(super) result: Option<String>,
    pub(super) failed: Option<Failed>,
    /// The input as JSON text, where it is asked for.
    pub(super) input: Option<String>,
}

/// What stands before the first line.
pub(super) fn header(format: OutputFormat, echo: bool) -> Option<String> {
    match format {
        OutputFormat::Ndjson => None,
        OutputFormat::Csv => Some(record(&COLUMNS.map(str::to_owned), echo.then_some("input"))),
    }
}

impl Line {
    /// The line, with its end.
    pub(super) fn text(&self, end: End, format: OutputFormat, echo: bool) -> String {
        match format {
            OutputFormat::Ndjson => self.json(end),
            OutputFormat::Csv => self.table(end, echo),
        }
    }

    fn json(&self, end: End) -> String {
        let Self { index, line, time_us, key, outcome, made_by_other, result, failed, input } = self;
        let mut json = String::with_capacity(TYPICAL_BYTES);
        let mut put = |part: fmt::Arguments<'_>| json.write_fmt(part).expect("a text takes everything");
        put(format_args!("{{\"index\":{index},\"status\":\"{}\",\"time_us\":{time_us}", word(end)));
        match key {
            // A key is hexadecimal digits.
            Some(key) => put(format_args!(",\"key\":\"{key}\"")),
            None => put(format_args!(",\"key\":null")),
        }
        if let Some(digest) = made_by_other {
            put(format_args!(",\"made_by_other_component\":\"{digest}\""));
        }
        if let Some(input) = input {
            put(format_args!(",\"input\":{input}"));
        }
        if let Some(Failed { exit_code, code, message, hints }) = failed {
            if let Some(line) = line {
                put(format_args!(",\"line\":{line}"));
            }
            let error = serde_json::json!({ "code": code, "message": message, "hints": hints });
            put(format_args!(",\"exit_code\":{exit_code},\"error\":{error}"));
        }
        if let Some(outcome) = outcome {
            let result = result.as_deref().unwrap_or("null");
            put(format_args!(",\"outcome\":\"{outcome}\",\"result\":{result}"));
        }
        put(format_args!("}}\n"));
        escape::json(&json)
    }

    fn table(&self, end: End, echo: bool) -> String {
        let Self { index, line, time_us, key, outcome, made_by_other, result, failed, input } = self;
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let (exit_code, code, message) = match failed {
            Some(Failed { exit_code, code, message, hints: _ }) => {
                (exit_code.to_string(), code.clone(), escape::lines(message))
            }
            None => <(String, String, String)>::default(),
        };
        let input = escape::json(input.as_deref().unwrap_or_default());
        let cells = [
            index.to_string(),
            word(end).to_owned(),
            time_us.to_string(),
            key.clone().unwrap_or_default(),
            outcome.unwrap_or_default().to_owned(),
            escape::json(result.as_deref().unwrap_or_default()),
            number(line.filter(|_| failed.is_some())),
            exit_code,
            code,
            message,
            made_by_other.clone().unwrap_or_default(),
        ];
        record(&cells, echo.then_some(&input))
    }
}

const fn word(end: End) -> &'static str {
    match end {
        End::Hit { saved_micros: _, is_of_other: _ } => "hit",
        End::Miss => "miss",
        End::Shared => "shared",
        End::Failed => "failed",
    }
}

fn record(cells: &[String; COUNT], input: Option<&str>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.iter().map(String::as_str).chain(input)).expect("writing into memory has no way to fail");
    let record = writer.into_inner().expect("writing into memory has no way to fail");
    String::from_utf8_lossy(&record).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered() -> Line {
        let result = Some(r#"{"ok":"a, \"b\""}"#.to_owned());
        Line { index: 7, line: Some(9), time_us: 5, outcome: Some("ok"), result, ..Line::default() }
    }

    fn failed() -> Line {
        let failed = Failed { exit_code: 3, code: "trap".into(), message: "a \u{9b}\nb".into(), hints: Vec::new() };
        Line { index: 8, line: Some(10), key: Some("k".into()), failed: Some(failed), ..Line::default() }
    }

    #[test]
    fn a_line_is_an_object() {
        let expected =
            r#"{"index":7,"status":"miss","time_us":5,"key":null,"outcome":"ok","result":{"ok":"a, \"b\""}}"#;
        assert_eq!(answered().text(End::Miss, OutputFormat::Ndjson, false), format!("{expected}\n"));
        let error = r#"{"code":"trap","hints":[],"message":"a \u009b\nb"}"#;
        let expected = r#"{"index":8,"status":"failed","time_us":0,"key":"k","line":10,"exit_code":3,"error":"#;
        assert_eq!(failed().text(End::Failed, OutputFormat::Ndjson, false), format!("{expected}{error}}}\n"));
    }

    #[test]
    fn a_line_is_a_record() {
        assert_eq!(
            answered().text(End::Hit { saved_micros: 1, is_of_other: false }, OutputFormat::Csv, false),
            "7,hit,5,,ok,\"{\"\"ok\"\":\"\"a, \\\"\"b\\\"\"\"\"}\",,,,,\n"
        );
        assert_eq!(
            failed().text(End::Failed, OutputFormat::Csv, false),
            "8,failed,0,k,,,10,3,trap,\"a \\u{9b}\nb\",\n"
        );
        assert_eq!(header(OutputFormat::Csv, false).unwrap().split(',').count(), COLUMNS.len());
        assert_eq!(header(OutputFormat::Ndjson, true), None);
    }

    #[test]
    fn a_line_says_its_input_where_that_is_asked() {
        let line = Line { input: Some(r#"{"a":"x, y"}"#.to_owned()), ..failed() };
        assert!(
            line.text(End::Failed, OutputFormat::Ndjson, true).contains(r#","key":"k","input":{"a":"x, y"},"line":10"#)
        );
        assert!(line.text(End::Failed, OutputFormat::Csv, true).ends_with(",,\"{\"\"a\"\":\"\"x, y\"\"}\"\n"));
        // What could not be read has none, and its record is as long as the others.
        assert!(failed().text(End::Failed, OutputFormat::Csv, true).ends_with("\",,\n"));
        assert!(header(OutputFormat::Csv, true).unwrap().ends_with(",made_by_other_component,input\n"));
    }
}
