//! Waiting for the work of a command until it ends or Ctrl-C, with an activity indicator on a terminal.

use std::future::Future;

use indicatif::ProgressBar;

use super::interrupts;
use super::print::Printer;
use super::problem::Problem;
use super::spinner::{PATIENCE, spinner};
use larder::Larder;

/// Waits for `work` until it ends or Ctrl-C, with an activity indicator on a terminal.
pub(super) async fn wait<T>(
    work: impl Future<Output = anyhow::Result<T>>,
    larder: &Larder,
    printer: &Printer,
) -> anyhow::Result<T> {
    // One listener for the whole loop, created before any work: between two listeners a signal would be lost.
    let mut interrupts = interrupts::listen()?;
    interrupts::guard(interrupts::PATIENCE, printer)?;
    tokio::pin!(work);
    let mut bar: Option<ProgressBar> = None;
    let result = loop {
        tokio::select! {
            biased;
            result = &mut work => break result,
            _ = interrupts.recv() => break Err(Problem::Interrupted.into()),
            () = tokio::time::sleep(PATIENCE) => {
                let doing = if larder.is_compiling() { "compiling" } else { "running" };
                bar.get_or_insert_with(|| spinner(printer)).set_message(doing);
            }
        }
    };
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    result
}
