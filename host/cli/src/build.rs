//! `larder build`: builds the component of a folder.

use super::args::{Build, Global};
use super::context;
use super::failure::Exit;
use super::print::Printer;
use super::shapes::BuiltComponent;
use super::surroundings::{self, Surroundings};

pub(super) fn build(build: &Build, global: &Global, printer: &Printer) -> anyhow::Result<Exit> {
    let larder = context::larder_or_no_cache(&Surroundings::of(global, printer)?)?;
    let project = surroundings::project(&build.folder, global, printer)?;
    let built = surroundings::build(&project, &larder, printer, build.force)?.is_some();
    let output = project.output();
    let output = output.canonicalize().unwrap_or(output);
    if printer.json {
        printer.json(&BuiltComponent { built, path: &output })?;
    } else {
        printer.path(&output)?;
        printer.note(if built { "built" } else { "nothing has changed since it was built (--force builds it again)" });
    }
    Ok(Exit::Done)
}
