//! `larder inspect`: lists the tasks of a component, and the exports that are not tasks.

use std::collections::HashMap;

use comfy_table::{ContentArrangement, Table, presets};

use super::args::{Global, Inspect};
use super::failure::Exit;
use super::print::Printer;
use super::runtime;
use super::shapes::{CacheFacts, ComponentReport, ExportFacts, NotATask, ParamFacts, TaskReport};
use super::surroundings::{Located, Surroundings};
use super::{allow, context, escape, wait};
use larder::capability::Grants;
use larder::declare::{self, DeclaredVersion, Docs, ExportedTask, Scope, TaskDeclaration};
use larder::policy::{self, Asked, CachePolicy, Policy, PolicyError, Trust};
use larder::{Field, LoadedComponent};

pub(super) fn inspect(inspect: &Inspect, global: &Global, printer: &Printer) -> anyhow::Result<Exit> {
    let around = Surroundings::trusting(global, inspect.trusting, printer)?;
    let larder = context::larder_or_no_cache(&around)?;
    let located = around.locate(&inspect.component, &larder)?;
    let runtime = runtime::on_this_thread()?;
    let loading = async { Ok(larder.load(&located.path, located.config.as_ref()).await?) };
    let loaded = runtime.block_on(wait::wait(loading, &larder, printer));
    runtime::end(runtime, &larder, loaded.is_ok());
    let component = loaded?;
    let docs = docs(&located, printer);
    let trust = inspect.trusting.trust();
    let rows = (0..component.tasks().len()).map(|position| row(&component, position, &docs, trust));
    let tasks: Vec<Row<'_>> = rows.collect();
    if printer.json {
        printer.json(&report(&component, &tasks))?;
    } else {
        printer.stdout(&text(&component, &tasks))?;
    }
    Ok(Exit::Done)
}

/// Reads the docs of the component's folder; if they are unreadable, prints only a warning.
pub(super) fn docs(located: &Located, printer: &Printer) -> Docs {
    let Some(folder) = located.wit_folder() else { return Docs::default() };
    declare::read_docs(&folder).unwrap_or_else(|error| {
        printer.warning(&error.to_string());
        Docs::default()
    })
}

/// One task, with its settings for a caller who sets no options.
pub(super) struct Row<'a> {
    pub(super) task: &'a TaskDeclaration,
    pub(super) policy: Result<Policy, PolicyError>,
    pub(super) docs: Option<&'a str>,
    granted: Option<Vec<String>>,
    /// Grants that would count if the `larder.toml` were trusted.
    withheld: Option<Vec<String>>,
}

impl Row<'_> {
    /// Returns the declared needs, in words; `None` if the task does not declare any.
    fn needs(&self) -> Option<Vec<String>> {
        self.task.needs.as_ref().map(|needs| needs.iter().map(ToString::to_string).collect())
    }
}

pub(super) fn row<'a>(component: &'a LoadedComponent, position: usize, docs: &'a Docs, trust: Trust) -> Row<'a> {
    let task = &component.tasks()[position];
    let granted = component.grants[position].as_ref();
    // The content of the grants does not matter here: any grant opens the world, which a cached task cannot have.
    let asked = Asked { grants: granted.map(|_| Grants::default()), trust, ..Asked::default() };
    let policy = policy::policy_at(component.tasks(), &component.tables, position, &asked);
    let granted = granted.map(allow::granted_words);
    let withheld = component.withheld_grants[position].as_ref().map(allow::granted_words);
    let docs = docs.task(&task.exported.name, task.exported.package_version.as_deref());
    Row { task, policy, docs, granted, withheld }
}

/// Describes the caching of a task.
pub(super) fn cache_words(policy: &Result<Policy, PolicyError>) -> String {
    let cache = match policy {
        Ok(policy) => &policy.cache,
        Err(error) => return format!("cannot be: {error}"),
    };
    let Some(cache) = cache else { return "not cached".to_owned() };
    let version = match &cache.version {
        DeclaredVersion::Declared(text) => format!("version {text:?}"),
        DeclaredVersion::Pinned => "pinned".to_owned(),
    };
    let scope = match cache.scope {
        Scope::Account => "",
        Scope::Workflow => ", within a workflow",
    };
    let errors = if cache.cache_errors { ", err too" } else { "" };
    format!("{version}{scope}{errors} (from {})", cache.declared_by)
}

/// Width of tables without a terminal.
const PIPE_WIDTH: u16 = 120;

fn report(component: &LoadedComponent, tasks: &[Row<'_>]) -> ComponentReport {
    let not_task = |not: &declare::NotATask| NotATask { export: not.export.clone(), reason: not.reason.to_string() };
    ComponentReport {
        code_digest: component.code_digest.to_string(),
        digest: component.digest.to_string(),
        has_manifest: component.declared.has_manifest,
        name: component.declared.component_name.clone(),
        not_tasks: component.declared.not_tasks.iter().map(not_task).collect(),
        tasks: tasks.iter().map(task_report).collect(),
    }
}

fn task_report(row: &Row<'_>) -> TaskReport {
    let Row { task, policy, docs, granted, withheld } = row;
    let ExportedTask { name, package_version, export, signature, is_async } = &task.exported;
    let policy_ok = policy.as_ref().ok();
    let param = |param: &Field| ParamFacts { name: param.name.clone(), ty: param.ty.to_string() };
    TaskReport {
        is_async: *is_async,
        cache: policy_ok.and_then(|policy| policy.cache.as_ref()).map(cache_facts),
        docs: docs.map(str::to_owned),
        export: ExportFacts { function: export.function.clone(), interface: export.interface.clone() },
        file_names: policy_ok.is_some_and(|policy| policy.file_names),
        granted: granted.clone(),
        granted_if_trusted: withheld.clone(),
        name: name.to_string(),
        needs: row.needs(),
        package_version: package_version.clone(),
        params: signature.params.iter().map(param).collect(),
        problem: policy.as_ref().err().map(ToString::to_string),
        result: signature.result.as_ref().map(ToString::to_string),
        signature: signature.to_string(),
        size: policy_ok.map(|policy| policy.size.to_string()),
        timeout_seconds: policy_ok.and_then(|policy| policy.timeout).map(|timeout| timeout.as_secs()),
    }
}

fn cache_facts(cache: &CachePolicy) -> CacheFacts {
    let version = match &cache.version {
        DeclaredVersion::Declared(text) => Some(text.clone()),
        DeclaredVersion::Pinned => None,
    };
    CacheFacts {
        cache_errors: cache.cache_errors,
        from: cache.declared_by.to_string(),
        pinned: cache.version == DeclaredVersion::Pinned,
        scope: cache.scope.into(),
        version,
    }
}

fn text(component: &LoadedComponent, tasks: &[Row<'_>]) -> String {
    let mut text = String::new();
    if tasks.is_empty() {
        text.push_str("This component has no tasks.\n");
    } else {
        let mut table = table(["TASK", "CACHE", "SIZE", "SIGNATURE"]);
        let mut namesakes = HashMap::<_, usize>::new();
        for row in tasks {
            *namesakes.entry(&row.task.exported.name).or_default() += 1;
        }
        for row in tasks {
            let Row { task, policy, docs, granted, withheld } = row;
            let size = policy.as_ref().map(|policy| policy.size.to_string()).unwrap_or_default();
            // If an interface has two versions, each row needs the name that tells them apart.
            let has_twins = namesakes.get(&task.exported.name).is_some_and(|count| *count > 1);
            let name = if has_twins { task.exported.qualified_name() } else { task.exported.name.to_string() };
            let mut lines = vec![escape::cell(&name)];
            lines.extend(docs.map(|docs| escape::cell(&first_paragraph(docs))));
            for (what, words) in [
                ("needs", row.needs().filter(|needs| !needs.is_empty())),
                ("granted", granted.clone()),
                ("granted once `larder trust` approves it", withheld.clone()),
            ] {
                lines.extend(words.map(|words| escape::cell(&format!("{what}: {}", words.join(", ")))));
            }
            if policy.as_ref().is_ok_and(|policy| policy.file_names) {
                lines.push("names of files are inputs".to_owned());
            }
            table.add_row([
                lines.join("\n"),
                escape::cell(&cache_words(policy)),
                size,
                escape::cell(&task.exported.signature.to_string()),
            ]);
        }
        text.push_str(&format!("{table}\n"));
    }
    if !component.declared.not_tasks.is_empty() {
        let mut table = table(["NOT A TASK", "WHY"]);
        for not in &component.declared.not_tasks {
            table.add_row([escape::cell(&not.export), escape::cell(&not.reason.to_string())]);
        }
        text.push_str(&format!("\n{table}\n"));
    }
    text.push_str(&format!("\ncomponent {}\n", component.digest));
    text
}

/// Returns the first paragraph of a doc comment, in one line: tables break lines themselves.
fn first_paragraph(docs: &str) -> String {
    docs.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect::<Vec<_>>().join(" ")
}

fn table<const N: usize>(head: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(head);
    // A pipe has no width, some terminals report none, and a signature can be very long.
    if table.width().is_none_or(|width| width == 0) {
        table.set_width(PIPE_WIDTH);
    }
    table
}
