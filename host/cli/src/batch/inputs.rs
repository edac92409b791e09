//! Inputs of a batch: from the arguments to rows, which a separate thread reads, and to calls.

use std::collections::HashMap;
use std::ops::ControlFlow;

use tokio::sync::mpsc::{Receiver, channel};

use super::call::Row;
use super::each::Each;
use super::flow::Read;
use super::folder::Folders;
use super::previous::{self, Previous};
use super::rows::{Reading, Taken};
use super::source::{Source, Total};
use crate::args::Batch;
use crate::problem::Problem;
use larder::arguments::{Argument, Inputs};
use larder::{Prepared, is_label};

/// Source of the inputs, and the arguments that all calls have.
pub(super) struct BatchInputs {
    source: Option<(Source, Total)>,
    fixed: Vec<Argument>,
}

impl BatchInputs {
    pub(super) fn of(batch: &Batch) -> anyhow::Result<Self> {
        let mut inputs: Option<&str> = None;
        let mut fixed = Vec::new();
        for text in &batch.given {
            let is_argument = text.split_once('=').is_some_and(|(name, _)| is_label(name));
            if is_argument {
                fixed.push(Argument::split(text)?);
            } else if let Some(first) = inputs.replace(text) {
                return Err(Problem::TwoInputs { first: first.to_owned(), second: text.clone() }.into());
            }
        }
        let source = match inputs {
            Some(inputs) if !batch.each.is_empty() => {
                return Err(Problem::InputsAndEach { inputs: inputs.to_owned() }.into());
            }
            None if !batch.each.is_empty() => None,
            inputs => {
                let stdin = batch.retry_failed.iter().filter(|path| previous::is_stdin(path)).count();
                let inputs = inputs.unwrap_or("-");
                if stdin + usize::from(inputs == "-") > 1 {
                    return Err(Problem::StdinTwice.into());
                }
                Some(Source::open(inputs, batch.input_format)?)
            }
        };
        Ok(Self { source, fixed })
    }

    /// Reads the inputs on a separate thread, which may wait for them for ever; skips those in `done`.
    pub(super) fn read(
        self,
        batch: &Batch,
        prepared: Prepared,
        done: HashMap<u64, Previous>,
        ahead: usize,
    ) -> anyhow::Result<(Receiver<Read>, Total)> {
        let here = std::env::current_dir()?;
        let signature = prepared.task().exported.signature.clone();
        let mut inputs = Inputs::new(&signature, &here);
        for Argument { name, text } in &self.fixed {
            inputs.typed(name, text)?;
        }
        let folders = batch.out.as_deref().map(|out| Folders::new(out, &signature, batch.id.is_some())).transpose()?;
        let (source, total) = match self.source {
            Some(source) => source,
            None => {
                let each = Each::new(&batch.each, batch.product, &inputs)?;
                let total = Total::Calls(each.calls().unwrap_or(0));
                (Source::Each(each), total)
            }
        };
        let values = inputs.given();
        let (rows, taken) = channel(ahead);
        let (id, ignore_extra) = (batch.id.clone(), batch.ignore_extra);
        std::thread::Builder::new().name("inputs".to_owned()).spawn(move || {
            let reading = Reading { fixed: Inputs::of(&signature, &here, values), id, ignore_extra };
            let mut numbering = Numbering { next: 0, done, folders };
            let read = source.read(&reading, &mut |taken| {
                if rows.blocking_send(Read::Row(numbering.row(taken))).is_ok() {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            });
            if let Err(error) = read {
                // An error means that there is no receiver left to tell.
                let _ = rows.blocking_send(Read::Broken(error));
            }
        })?;
        Ok((taken, total))
    }
}

/// Assigns numbers to rows and makes calls of them.
struct Numbering {
    next: u64,
    done: HashMap<u64, Previous>,
    folders: Option<Folders>,
}

impl Numbering {
    fn row(&mut self, taken: Taken) -> Row {
        let index = self.next;
        self.next += 1;
        let folder = self.folders.as_mut().map(|folders| folders.of(index, &taken)).transpose();
        let Taken { line, id, origins: _, inputs } = taken;
        let previous = self.done.remove(&index);
        match folder {
            Ok(folder) => Row { index, line, id, folder, previous, inputs },
            Err(problem) => Row { index, line, id, folder: None, previous, inputs: Err(problem.into()) },
        }
    }
}
