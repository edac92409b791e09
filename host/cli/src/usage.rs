//! `larder run COMPONENT TASK --help`: the usage of a task, from its types and its docs.

use clap::CommandFactory as _;

use super::args::{Called, Cli, Global, Trusting};
use super::failure::Exit;
use super::inspect::{self, Row};
use super::print::{Printer, STRONG};
use super::surroundings::Surroundings;
use super::{context, escape};
use larder::{TypeKind, WitType};

/// Prints help for the named task, else for the command.
pub(super) fn help(called: &Called, trusting: Trusting, global: &Global, printer: &Printer) -> anyhow::Result<Exit> {
    let (Some(component), Some(task)) = (&called.component, &called.task) else {
        let mut command = Cli::command();
        command.build();
        if let Some(run) = command.find_subcommand_mut("run") {
            printer.stdout(&run.render_long_help().ansi().to_string())?;
        }
        return Ok(Exit::Done);
    };
    let around = Surroundings::trusting(global, trusting, printer)?;
    let larder = context::larder_or_no_cache(&around)?;
    let located = around.locate(component, &larder)?;
    let runtime = super::runtime::on_this_thread()?;
    let loaded = runtime.block_on(larder.load(&located.path, located.config.as_ref()))?;
    let index = loaded.find(task)?;
    let docs = inspect::docs(&located, printer);
    let row = inspect::row(&loaded, index, &docs, trusting.trust());
    printer.stdout(&usage(&row, &component.display().to_string(), task))?;
    Ok(Exit::Done)
}

/// The maximum width of the column with parameter names.
const WIDEST_NAME: usize = 40;

fn usage(row: &Row<'_>, component: &str, task: &str) -> String {
    let exported = &row.task.exported;
    let mut text = format!("{STRONG}{}{STRONG:#}\n", escape::line(&exported.name.to_string()));
    if let Some(docs) = row.docs {
        text.push('\n');
        for line in docs.lines() {
            text.push_str(&format!("  {}\n", escape::line(line)));
        }
    }
    text.push_str(&format!("\n{STRONG}Usage:{STRONG:#} larder run {} {}", escape::line(component), escape::line(task)));
    for param in &exported.signature.params {
        let placeholder = escape::cell(&format!("{}=<{}>", param.name, kind(&param.ty)));
        let optional = matches!(param.ty, WitType::Option(_));
        text.push_str(&if optional { format!(" [{placeholder}]") } else { format!(" {placeholder}") });
    }
    text.push('\n');
    if !exported.signature.params.is_empty() {
        text.push_str(&format!("\n{STRONG}Arguments:{STRONG:#}\n"));
        // A name that is wider than a column pushes its type to the right.
        let width = exported.signature.params.iter().map(|param| param.name.len()).max().unwrap_or(0).min(WIDEST_NAME);
        for param in &exported.signature.params {
            let (name, ty) = (escape::cell(&param.name), escape::cell(&param.ty.to_string()));
            text.push_str(&format!("  {name:<width$}  {ty}\n"));
        }
    }
    let result = exported.signature.result.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
    text.push_str(&format!("\n{STRONG}Result:{STRONG:#} {}\n", escape::cell(&result)));
    text.push_str(&format!("{STRONG}Cache:{STRONG:#}  {}\n", escape::line(&inspect::cache_words(&row.policy))));
    if let Ok(policy) = &row.policy {
        text.push_str(&format!("{STRONG}Size:{STRONG:#}   {}\n", policy.size));
    }
    text
}

/// Returns the first word of a type: enough for a placeholder.
fn kind(ty: &WitType) -> String {
    match ty.kind() {
        TypeKind::Option(some) => kind(some),
        TypeKind::Bytes => "bytes".to_owned(),
        TypeKind::List(_) => "list".to_owned(),
        TypeKind::Record(_) => "record".to_owned(),
        TypeKind::Tuple(_) => "tuple".to_owned(),
        TypeKind::Variant(_) => "variant".to_owned(),
        TypeKind::Enum(names) => names.join("|"),
        TypeKind::Result { ok: _, err: _ } => "result".to_owned(),
        TypeKind::Flags(_) => "flags".to_owned(),
        TypeKind::Bool | TypeKind::Number | TypeKind::Char | TypeKind::String | TypeKind::Blob(_) => ty.to_string(),
    }
}
