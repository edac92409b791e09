//! Output formats: each call is a JSON object on a line, or a record of a table.

use super::columns::{cells, columns};
use super::line::{End, Line};
use crate::escape;
use crate::failure::Diagnosis;
use crate::shapes::{BatchError, BatchLine, InputObject, OutcomeWord};
use larder::value::{Json, Value};
use larder::{Signature, WitType};

/// Typical length of a line in bytes.
const TYPICAL_BYTES: usize = 320;

/// Format of the lines.
pub(super) enum Form {
    Ndjson(Signature),
    Csv(Table),
}

/// Table with columns for the facts of a call.
pub(super) struct Table {
    signature: Signature,
    has_id: bool,
    echo: bool,
    /// Escapes text for a terminal, which would obey control characters in a task's answer.
    escapes: bool,
}

impl Form {
    pub(super) fn csv(signature: Signature, has_id: bool, echo: bool, escapes: bool) -> Self {
        Self::Csv(Table { signature, has_id, echo, escapes })
    }

    /// Returns the line before the first call.
    pub(super) fn header(&self) -> Option<String> {
        match self {
            Self::Ndjson(_) => None,
            Self::Csv(table) => Some(record(&table.header())),
        }
    }

    /// Returns a line, with its line end.
    pub(super) fn text(&self, line: &Line, end: End) -> String {
        match self {
            Self::Ndjson(signature) => json(line, end, signature),
            Self::Csv(table) => record(&table.cells(line, end)),
        }
    }
}

fn json(line: &Line, end: End, signature: &Signature) -> String {
    let Line { index, id, line, run_us, wait_us, key, outcome, made_by_other, result, failed, input } = line;
    let line = BatchLine {
        index: *index,
        id: id.as_deref(),
        status: end.status(),
        run_us: *run_us,
        wait_us: *wait_us,
        key: key.as_deref(),
        made_by_other_component: made_by_other.as_deref(),
        input: input.as_deref().map(|values| InputObject { params: &signature.params, values }),
        line: line.filter(|_| failed.is_some()),
        exit_code: failed.as_ref().map(|failed| failed.exit as u8),
        error: failed.as_ref().map(|Diagnosis { exit: _, code, message, hints }| BatchError { code, hints, message }),
        outcome: *outcome,
        result: outcome.map(|_| {
            let (value, ty) = result.as_ref().zip(signature.result.as_ref())?;
            Some(Json { value, ty })
        }),
    };
    let mut json = Vec::with_capacity(TYPICAL_BYTES);
    serde_json::to_writer(&mut json, &line).expect("values of their types, written into memory");
    json.push(b'\n');
    escape::json(std::str::from_utf8(&json).expect("JSON is UTF-8"))
}

impl Table {
    fn header(&self) -> Vec<String> {
        let Self { signature, has_id, echo, escapes: _ } = self;
        let mut header = vec!["index".to_owned()];
        header.extend(has_id.then(|| "id".to_owned()));
        header.extend(["status", "run_us", "wait_us", "key", "outcome"].map(str::to_owned));
        header.extend(signature.result.iter().flat_map(|ty| columns("result", ty)));
        header
            .extend(["line", "exit_code", "error_code", "error_message", "made_by_other_component"].map(str::to_owned));
        if *echo {
            header
                .extend(signature.params.iter().flat_map(|param| columns(&format!("input.{}", param.name), &param.ty)));
        }
        header
    }

    fn cells(&self, told: &Line, end: End) -> Vec<String> {
        let Self { signature, has_id, echo, escapes: _ } = self;
        let Line { index, id, line, run_us, wait_us, key, outcome, made_by_other, result, failed, input } = told;
        let mut record = vec![index.to_string()];
        record.extend(has_id.then(|| self.text(id.clone().unwrap_or_default())));
        record.extend([end.status().word().to_owned(), run_us.to_string(), wait_us.to_string()]);
        record.extend([key.clone().unwrap_or_default(), outcome.map(OutcomeWord::word).unwrap_or_default().to_owned()]);
        let shown = |value: Option<&Value>, ty: &WitType| cells(value, ty).into_iter().map(|cell| self.text(cell));
        record.extend(signature.result.iter().flat_map(|ty| shown(result.as_ref(), ty)));
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        record.push(number(line.filter(|_| failed.is_some())));
        record.extend(match failed {
            Some(Diagnosis { exit, code, message, hints: _ }) => {
                [(*exit as u8).to_string(), code.clone(), escape::lines(message)]
            }
            None => <[String; 3]>::default(),
        });
        record.push(made_by_other.clone().unwrap_or_default());
        if *echo {
            let params = signature.params.iter().enumerate();
            let value = |at: usize| input.as_ref().and_then(|input| input.get(at));
            record.extend(params.flat_map(|(at, param)| shown(value(at), &param.ty)));
        }
        record
    }

    /// Formats text from a task or from a stranger's inputs: unchanged in a file, escaped on a terminal.
    fn text(&self, text: String) -> String {
        if self.escapes { escape::lines(&text) } else { text }
    }
}

fn record(cells: &[String]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).expect("writing into memory has no way to fail");
    let record = writer.into_inner().expect("writing into memory has no way to fail");
    String::from_utf8_lossy(&record).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Exit;
    use larder::Field;

    fn signature() -> Signature {
        let params = vec![Field { name: "a".into(), ty: WitType::String }];
        let result = WitType::Result { ok: Some(Box::new(WitType::String)), err: None };
        Signature { params, result: Some(result) }
    }

    fn csv(has_id: bool, echo: bool, escapes: bool) -> Form {
        Form::csv(signature(), has_id, echo, escapes)
    }

    fn answered() -> Line {
        let result = Some(Value::Result(Ok(Some(Box::new(Value::String("a, \"b\"\u{9b}".to_owned()))))));
        Line {
            index: 7,
            line: Some(9),
            run_us: 5,
            wait_us: 6,
            outcome: Some(OutcomeWord::Ok),
            result,
            ..Line::default()
        }
    }

    fn failed() -> Line {
        let failed =
            Diagnosis { exit: Exit::Trapped, code: "trap".into(), message: "a \u{9b}\nb".into(), hints: Vec::new() };
        Line { index: 8, line: Some(10), key: Some("k".into()), failed: Some(failed), ..Line::default() }
    }

    #[test]
    fn a_line_is_an_object() {
        let form = Form::Ndjson(signature());
        let expected = r#"{"index":7,"status":"miss","run_us":5,"wait_us":6,"key":null,"outcome":"ok","result":{"ok":"a, \"b\"\u009b"}}"#;
        assert_eq!(form.text(&answered(), End::Miss), format!("{expected}\n"));
        let error = r#"{"code":"trap","hints":[],"message":"a \u009b\nb"}"#;
        let expected = r#"{"index":8,"id":"s\"1","status":"failed","run_us":0,"wait_us":0,"key":"k","line":10,"exit_code":3,"error":"#;
        let named = Line { id: Some("s\"1".to_owned()), ..failed() };
        assert_eq!(form.text(&named, End::Failed), format!("{expected}{error}}}\n"));
    }

    #[test]
    fn a_line_is_a_record() {
        let hit = End::Hit { saved_micros: 1, is_of_other: false };
        assert_eq!(csv(false, false, false).text(&answered(), hit), "7,hit,5,6,,ok,\"a, \"\"b\"\"\u{9b}\",,,,,\n");
        assert_eq!(csv(false, false, true).text(&answered(), hit), "7,hit,5,6,,ok,\"a, \"\"b\"\"\\u{9b}\",,,,,\n");
        let line = csv(true, false, false).text(&failed(), End::Failed);
        assert_eq!(line, "8,,failed,0,0,k,,,10,3,trap,\"a \\u{9b}\nb\",\n");
        let header = "index,id,status,run_us,wait_us,key,outcome,result.ok,line,exit_code,error_code,error_message,made_by_other_component\n";
        assert_eq!(csv(true, false, false).header().as_deref(), Some(header));
        assert_eq!(Form::Ndjson(signature()).header(), None);
    }

    #[test]
    fn a_line_says_its_input_where_that_is_asked() {
        let line = Line { input: Some(vec![Value::String("x, y".into())]), ..failed() };
        let json = Form::Ndjson(signature()).text(&line, End::Failed);
        assert!(json.contains(r#","key":"k","input":{"a":"x, y"},"line":10"#), "{json}");
        let echoing = csv(false, true, false);
        assert!(echoing.text(&line, End::Failed).ends_with(",\"x, y\"\n"));
        // An input that could not be read has no values, but its record is as long as the others.
        assert!(echoing.text(&failed(), End::Failed).ends_with("\",,\n"));
        assert!(echoing.header().unwrap().ends_with(",error_message,made_by_other_component,input.a\n"));
    }
}
