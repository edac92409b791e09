//! One call of a batch, from its inputs to the line that tells it.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use super::super::failure;
use super::super::out::Places;
use super::super::print::Printer;
use super::args::OutputFormat;
use super::line::Line;
use crate::runner::Begun;
use crate::value::{Value, to_json_text};
use crate::{Error, Given, Larder, Outcome, Peeked, Prepared, Status};

/// What all calls of a batch share.
pub(super) struct Calls {
    pub(super) larder: Larder,
    pub(super) prepared: Prepared,
    pub(super) printer: Printer,
    pub(super) format: OutputFormat,
    pub(super) out: Option<PathBuf>,
    /// Whether files are replaced there that are no outputs.
    pub(super) force: bool,
    pub(super) dry_run: bool,
    /// Whether each line says its input.
    pub(super) echo: bool,
}

/// A call to be made.
pub(super) struct Row {
    /// Its place among all inputs.
    pub(super) index: u64,
    /// The line where it stands, if the inputs stand on lines.
    pub(super) line: Option<u64>,
    /// Its inputs, or why there is no call.
    pub(super) inputs: anyhow::Result<Vec<Value>>,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Hit { saved_micros: u64 },
    Miss,
    Shared,
    Failed,
}

/// A call that is over.
pub(super) struct Done {
    pub(super) end: End,
    pub(super) is_err: bool,
    /// As it is printed.
    pub(super) text: String,
    pub(super) warnings: Vec<String>,
    /// What will be wrong with every other call, too.
    pub(super) about_all: Option<anyhow::Error>,
}

/// A call that waits for something.
pub(super) type Waiting = Pin<Box<dyn Future<Output = (u64, Done)> + Send>>;

impl Done {
    /// Whether the batch does not end well because of it.
    pub(super) fn is_bad(&self) -> bool {
        self.is_err || self.end == End::Failed
    }
}

impl Calls {
    /// Whether their answers are cached, so that another batch finds them.
    pub(super) fn are_kept(&self) -> bool {
        let settings = self.larder.settings();
        self.prepared.ran().is_cached
            && settings.cache_dir.is_some()
            && !settings.read_only
            && !self.larder.cache_is_foreign()
    }

    /// Begins a call. It is over with this if it is a hit, or nothing to call with; or it waits for something.
    pub(super) fn begin(self: Arc<Self>, at: u64, row: Row) -> Result<Done, Waiting> {
        let started = Instant::now();
        let Row { index, line, inputs } = row;
        let mut told = Line { index, line, ..Line::default() };
        if let (true, Ok(inputs)) = (self.echo, &inputs) {
            told.input = Some(self.input(inputs));
        }
        let has_files = self.prepared.task().exported.signature.has_blobs() || self.out.is_some();
        let begun = match inputs {
            Ok(inputs) if has_files || self.dry_run => {
                return Err(Box::pin(async move {
                    let ended = if self.dry_run {
                        self.peek(&inputs, &mut told).await
                    } else {
                        self.call_with_files(&inputs, &mut told).await
                    };
                    (at, self.told(told, started, ended))
                }));
            }
            Ok(inputs) => self.larder.begin(&self.prepared, &inputs, &Given::default()).inspect_err(|_| {
                // A call that fails does not tell its key.
                told.key = self.prepared.key(&inputs).ok().flatten().map(|key| key.to_string());
            }),
            Err(error) => return Ok(self.told(told, started, Err(error))),
        };
        let ended = match begun {
            Ok(Begun::Hit(outcome)) => Ok(self.answered(*outcome, &mut told)),
            Ok(Begun::Missed(missed)) => {
                return Err(Box::pin(async move {
                    told.key = missed.key().map(|key| key.to_string());
                    let finished = self.larder.finish(missed).await;
                    let ended = finished.map(|outcome| self.answered(outcome, &mut told)).map_err(Into::into);
                    (at, self.told(told, started, ended))
                }));
            }
            Err(error) => Err(error.into()),
        };
        Ok(self.told(told, started, ended))
    }

    /// What became of a call, with the line that tells it.
    fn told(&self, mut told: Line, started: Instant, ended: anyhow::Result<Done>) -> Done {
        told.time_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let mut done = ended.unwrap_or_else(|error| {
            told.failed = Some(failure::told(&error));
            let about_all = error.downcast_ref::<Error>().is_some_and(is_about_all).then_some(error);
            Done { end: End::Failed, is_err: false, text: String::new(), warnings: Vec::new(), about_all }
        });
        done.text = told.text(done.end, self.format, self.echo);
        done
    }

    /// The inputs as an object of JSON, with the names of the parameters.
    fn input(&self, inputs: &[Value]) -> String {
        let params = &self.prepared.task().exported.signature.params;
        let members = params.iter().zip(inputs).map(|(param, value)| {
            format!("{}:{}", serde_json::Value::from(param.name.as_str()), to_json_text(value, &param.ty))
        });
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    }

    /// Makes a call with files or directories among its inputs, or in its result.
    async fn call_with_files(&self, inputs: &[Value], told: &mut Line) -> anyhow::Result<Done> {
        let prepared = &self.prepared;
        let resolved = self.larder.resolve(inputs, prepared.policy.file_names).await?;
        let called = self.larder.call_resolved(prepared, &resolved).await;
        if called.is_err() {
            told.key = prepared.key(&resolved.inputs).ok().flatten().map(|key| key.to_string());
        }
        let mut outcome = called?;
        if let Some(folder) = &self.out {
            let places = Places::new(Some(&folder.join(told.index.to_string())), self.force, &[])?;
            let put;
            (outcome, put) = places.put_apart(outcome, prepared, &self.larder, self.printer).await?;
            put?;
        }
        Ok(self.answered(outcome, told))
    }

    fn answered(&self, outcome: Outcome, told: &mut Line) -> Done {
        let is_err = outcome.is_err();
        let Outcome { result, contents: _, status, key, stored: _, denials: _, provenance, warnings } = outcome;
        let ty = self.prepared.task().exported.signature.result.as_ref();
        told.key = key.map(|key| key.to_string());
        told.outcome = Some(if is_err { "err" } else { "ok" });
        told.result = result.as_ref().zip(ty).map(|(result, ty)| to_json_text(result, ty));
        let warnings = warnings.iter().map(ToString::to_string).collect();
        Done { end: end(&status, provenance.run_micros), is_err, text: String::new(), warnings, about_all: None }
    }

    async fn peek(&self, inputs: &[Value], told: &mut Line) -> anyhow::Result<Done> {
        let Peeked { status, key, saved_micros } = self.larder.peek(&self.prepared, inputs).await?;
        told.key = key.map(|key| key.to_string());
        let end = end(&status, saved_micros.unwrap_or(0));
        Ok(Done { end, is_err: false, text: String::new(), warnings: Vec::new(), about_all: None })
    }
}

fn end(status: &Status, saved_micros: u64) -> End {
    match status {
        Status::Hit(_) => End::Hit { saved_micros },
        Status::Miss(_) => End::Miss,
        Status::Shared => End::Shared,
    }
}

/// Whether an error is not about the inputs of one call, so that every other call would end in the same way.
fn is_about_all(error: &Error) -> bool {
    match error {
        Error::Component(_)
        | Error::Declare(_)
        | Error::Manifest(_)
        | Error::Find(_)
        | Error::NoSuchTask { .. }
        | Error::Policy(_)
        | Error::NoWorkflow { .. }
        | Error::Sandbox(_)
        | Error::Store(_)
        | Error::Changed => true,
        // A call that hits needs no graphics processor, and no room.
        Error::NoGpu { .. }
        | Error::TooLarge { .. }
        | Error::Content(_)
        | Error::NoSuchBlob { .. }
        | Error::OtherKind { .. }
        | Error::LostBlob { .. }
        | Error::NotStored { .. }
        | Error::Input(_)
        | Error::NotRepresentable { .. }
        | Error::OtherComponent { .. }
        | Error::Run(_)
        | Error::Internal(_) => false,
        Error::Shared(error) => is_about_all(error),
    }
}
