//! `larder sizes`: prints the resources of each task size on this machine.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::args::Global;
use super::failure::Exit;
use super::print::{FAINT, Printer, bytes};
use super::shapes::SizesReport;
use super::surroundings::Surroundings;
use larder::machine::Machine;
use larder::sandbox::Confinement;
use larder::sizes::{Class, Sizes};

pub(super) fn sizes(global: &Global, printer: &Printer) -> anyhow::Result<Exit> {
    let machine = Machine::here();
    let config = Surroundings::of(global, printer)?.nearest()?;
    let usual = Sizes::on(&machine);
    let sizes = config.as_ref().map_or(usual, |config| {
        let asked = config.sizes.over(usual);
        if config.is_trusted { asked } else { asked.lower(&usual) }
    });
    if let Some(config) = config.filter(|config| config.sizes.over(usual) != sizes) {
        printer.warning(&format!(
            "{} is not trusted: its sizes above the defaults do not count; `larder trust {}` approves it",
            config.path.display(),
            super::shell::word(&config.path)
        ));
    }
    let confinement = Confinement::of_this_machine();
    if printer.json {
        printer.json(&SizesReport {
            compile_helper: confinement.into(),
            machine: (&machine).into(),
            sizes: (&sizes).into(),
        })?;
    } else {
        printer.stdout(&format!("{}\n", table(sizes)))?;
        let Machine { cpus, memory_bytes, storage_bytes, gpus } = machine;
        printer.note(&format!(
            "{FAINT}this machine: {cpus} cpus, {} of memory, {} free for scratch files, {gpus} gpus{FAINT:#}",
            bytes(memory_bytes),
            bytes(storage_bytes)
        ));
        printer.note(&format!("{FAINT}components compile in a process {}{FAINT:#}", confined(confinement)));
    }
    Ok(Exit::Done)
}

fn table(sizes: Sizes) -> String {
    let Sizes { small, medium, large, small_gpu, large_gpu } = sizes;
    let rows =
        [("small", small), ("medium", medium), ("large", large), ("small-gpu", small_gpu), ("large-gpu", large_gpu)];

    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["SIZE", "CPUS", "MEMORY", "STORAGE", "TIME", "FUEL", "GPUS"]);
    for (name, class) in rows {
        let Class { cpus, memory_bytes, scratch_bytes, timeout, fuel, gpus } = class;
        table.add_row([
            name.to_owned(),
            cpus.to_string(),
            bytes(memory_bytes),
            bytes(scratch_bytes),
            humantime::format_duration(timeout).to_string(),
            format!("{:.1e}", fuel as f64),
            gpus.to_string(),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// Describes the confinement of the compiler.
const fn confined(confinement: Confinement) -> &'static str {
    match confinement {
        Confinement { landlock: true, seccomp: true } => "that Landlock and a seccomp filter keep to computing",
        Confinement { landlock: false, seccomp: true } => "that a seccomp filter keeps to computing (no Landlock here)",
        Confinement { landlock: true, seccomp: false } => "that Landlock keeps from files (no seccomp here)",
        Confinement { landlock: false, seccomp: false } => {
            "with limits alone: this kernel has neither Landlock nor seccomp"
        }
    }
}
