//! A call that did not end well, as it appears in the summary.

use super::line::Line;
use crate::escape;
use crate::failure::Diagnosis;
use crate::print::BAD;
use crate::shapes::FirstBad;
use larder::WitType;
use larder::value::{Value, to_json_text};

/// Number of characters of a message in the summary.
const EXCERPT: usize = 160;

/// A call that did not end well.
#[derive(Debug, Clone)]
pub(super) struct Bad {
    index: u64,
    id: Option<String>,
    /// `err`, or the code of the error.
    what: String,
    text: String,
}

impl Bad {
    /// Creates the excerpt of a call that failed, or answered `err` with a result of type `ty`.
    pub(super) fn of(line: &Line, ty: Option<&WitType>) -> Self {
        let (what, text) = match (&line.failed, &line.result, ty) {
            (Some(Diagnosis { code, message, .. }), _, _) => (code.clone(), message.clone()),
            (None, Some(Value::Result(Err(Some(payload)))), Some(WitType::Result { ok: _, err: Some(ty) })) => {
                ("err".to_owned(), to_json_text(payload, ty))
            }
            (None, _, _) => ("err".to_owned(), String::new()),
        };
        let mut short: String = text.chars().take(EXCERPT).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        Self { index: line.index, id: line.id.clone(), what, text: short }
    }

    /// Returns the call for programs.
    pub(super) fn report(&self) -> FirstBad<'_> {
        let Self { index, id, what, text } = self;
        FirstBad { code: what, id: id.as_deref(), index: *index, message: text }
    }

    /// Returns its line below the summary.
    pub(super) fn line(&self) -> String {
        let Self { index, id, what, text } = self;
        let id = id.as_ref().map(|id| format!(" ({})", escape::line(id))).unwrap_or_default();
        let colon = if text.is_empty() { "" } else { ": " };
        format!("  {index}{id}  {BAD}{what}{BAD:#}{colon}{}", escape::line(text))
    }
}
