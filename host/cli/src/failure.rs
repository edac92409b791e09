//! How a command ends: one message, hints where the user can act, one exit code, all decided here.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use super::print::{BAD, FAINT, HINT, Printer, printed_lines};
use super::problem::Problem;
use super::{allow, escape};
use larder::arguments::ArgumentError;
use larder::component::{ComponentError, NotAComponent};
use larder::config::owner::Distrust;
use larder::config::{ApprovalError, ConfigError, FILE_NAME};
use larder::content::ContentError;
use larder::declare::{FindError, NotATaskReason};
use larder::machine::address_space;
use larder::policy::PolicyError;
use larder::project::ProjectError;
use larder::sandbox::LimitExceeded;
use larder::sandbox::{CompileLimitExceeded, Report, RunError, SandboxError};
use larder::store::{Exposure, StoreError};
use larder::{Error, RunFailure, TooLittle};
use larder_authoring::AuthoringError;
use larder_base::excerpt::passage;

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// All is done.
    Done = 0,
    /// The task returned `err`.
    TaskErr = 1,
    /// Wrong usage or input.
    Usage = 2,
    /// The task trapped.
    Trapped = 3,
    /// A limit was exceeded.
    Limit = 4,
    /// A capability was denied.
    Denied = 5,
    /// Not a component, or one that cannot be a host's task.
    NotAComponent = 6,
    /// The cache.
    Cache = 7,
    /// A bug in Larder.
    Bug = 70,
    /// Ctrl-C: 128 and the number of SIGINT, as shells have it.
    Interrupted = 130,
}

impl Exit {
    /// How a run of another process of this program ended.
    pub(super) fn of_a_run(code: u8) -> Self {
        let ends = [
            Self::Done,
            Self::TaskErr,
            Self::Usage,
            Self::Trapped,
            Self::Limit,
            Self::Denied,
            Self::NotAComponent,
            Self::Cache,
        ];
        ends.into_iter().find(|exit| *exit as u8 == code).unwrap_or(Self::Bug)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error as it is told: what kind it is, and what the user can do.
struct Told {
    exit: Exit,
    code: String,
    hints: Vec<String>,
}

/// Prints the error and says how the program ends.
pub(super) fn report(error: &anyhow::Error, printer: &Printer) -> Exit {
    let told = tell(error);
    let message = message(error);
    let run = error.downcast_ref::<Error>().and_then(run_failure);
    if printer.json {
        let mut object = told.json(&message);
        object["run"] = run.map(run_json).into();
        // If not even this can be printed, the exit code still says it.
        let _ = printer.json(&object);
    }
    printer.always(&format!("{BAD}error{BAD:#}: {}", escape::lines(&message)));
    match error.downcast_ref::<Error>() {
        Some(Error::Run(failure)) => show_run(&failure.error, &failure.report, printer),
        Some(Error::Manifest(failure)) => show_run(&failure.error, &failure.report, printer),
        Some(_) | None => {}
    }
    for hint in &told.hints {
        printer.always(&format!("{HINT}hint{HINT:#}: {}", escape::lines(&passage(hint))));
    }
    told.exit
}

/// An error as it is told among many.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) exit_code: u8,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) hints: Vec<String>,
}

/// What is told of an error that ends one call of many.
pub(super) fn told(error: &anyhow::Error) -> Failed {
    let Told { exit, code, hints } = tell(error);
    Failed { exit_code: exit as u8, code, message: message(error), hints }
}

/// Prints what is wrong with the arguments: in the parser's own words, which name the nearest option and the usage.
pub(super) fn report_usage(error: &clap::Error, json: bool) -> Exit {
    if json {
        // Options are not known yet, and colours mean nothing in JSON.
        let text = error.render().to_string();
        let message = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
        let object = Told { exit: Exit::Usage, code: "usage".to_owned(), hints: Vec::new() }.json(message);
        let _ = writeln!(std::io::stdout(), "{}", escape::json(&object.to_string()));
    }
    let _ = error.print();
    Exit::Usage
}

/// Prints that Larder itself went wrong: a panic that nothing contained.
pub(super) fn report_panic(printer: &Printer) -> Exit {
    report(&larder::Error::Internal("Larder panicked; where stands above".to_owned()).into(), printer)
}

/// The error with its causes, each said once: many a message ends in the words of its cause.
///
/// Each kind of error shortens what it quotes of a guest; here is the bound of all of them together.
fn message(error: &anyhow::Error) -> String {
    let message = error.chain().skip(1).map(ToString::to_string).fold(error.to_string(), |message, cause| {
        if message.contains(&cause) { message } else { format!("{message}: {cause}") }
    });
    passage(&message)
}

impl Told {
    fn json(&self, message: &str) -> serde_json::Value {
        let Self { exit, code, hints } = self;
        serde_json::json!({
            "error": { "code": code, "message": message, "hints": hints },
            "exit_code": *exit as u8,
        })
    }
}

/// How many of the functions that a trap was in are shown without being asked for.
const INNERMOST: usize = 5;

/// What a failed run printed, and where it was.
fn show_run(error: &RunError, report: &Report, printer: &Printer) {
    if let RunError::Trapped { backtrace, .. } = error {
        // Where nothing else says what it was, as in C.
        let said_nothing = report.stdout.total_bytes == 0 && report.stderr.total_bytes == 0;
        for (depth, frame) in backtrace.iter().enumerate() {
            let frame = format!("  {FAINT}in {}{FAINT:#}", escape::line(frame));
            if said_nothing && depth < INNERMOST { printer.always(&frame) } else { printer.detail(&frame) }
        }
    }
    for (stream, captured) in [("standard output", &report.stdout), ("standard error", &report.stderr)] {
        if captured.total_bytes > 0 {
            printer.always(&format!("{FAINT}the task wrote to {stream}:{FAINT:#}"));
            for line in printed_lines(&captured.text()) {
                printer.always(&format!("  {}", escape::line(line)));
            }
        }
    }
}

/// What a failed run used and printed, and why the cache did not answer instead.
fn run_json(failure: &RunFailure) -> serde_json::Value {
    let RunFailure { error: _, report, miss, run } = failure;
    serde_json::json!({
        "miss": { "code": miss.code(), "reason": miss.to_string() },
        "run_us": report.wall_micros,
        "fuel": report.fuel_used,
        "peak_memory_bytes": report.peak_memory_bytes,
        "peak_scratch_bytes": report.peak_scratch_bytes,
        "peak_host_bytes": report.peak_host_bytes,
        "peak_scratch_files": report.peak_scratch_files,
        "host_calls": report.host_calls,
        "world": run.world(),
        "denied": allow::json(&report.denials, run),
        "missed": report.denials.missed(),
        "stdout": report.stdout.text(),
        "stderr": report.stderr.text(),
    })
}

/// How long the run took that ended with an error; 0 where this call had none of its own.
pub(super) fn run_micros(error: &anyhow::Error) -> u64 {
    match error.downcast_ref::<Error>() {
        Some(Error::Run(failure)) => failure.report.wall_micros,
        Some(_) | None => 0,
    }
}

fn run_failure(error: &Error) -> Option<&RunFailure> {
    if let Error::Shared(error) = error {
        return run_failure(error);
    }
    if let Error::Run(failure) = error { Some(failure) } else { None }
}

fn tell(error: &anyhow::Error) -> Told {
    let told = |exit, code: &str| Told { exit, code: code.to_owned(), hints: Vec::new() };
    if let Some(error) = error.downcast_ref::<Error>() {
        return tell_runner(error);
    }
    if let Some(problem) = error.downcast_ref::<Problem>() {
        return match problem {
            Problem::NoComponent | Problem::NoTask { .. } | Problem::NotAnOwner { .. } => told(Exit::Usage, "usage"),
            Problem::NameOfNothing { .. } | Problem::OtherComponent { .. } => told(Exit::Usage, "config"),
            Problem::ConfigUntrusted | Problem::FolderUntrusted { .. } => told(Exit::Usage, "usage"),
            Problem::NotBuilt { folder, .. } => Told {
                hints: vec![format!("`larder build {}` runs its build command", allow::quoted(folder))],
                ..told(Exit::NotAComponent, "build/not-built")
            },
            Problem::NotALarderToml { .. } | Problem::NothingToTrust { .. } | Problem::NoStateDir => {
                told(Exit::Usage, "trust")
            }
            Problem::CheckOpen
            | Problem::NotAPlace { .. }
            | Problem::NoSuchOutput { .. }
            | Problem::AmbiguousOutput { .. }
            | Problem::NotOneOutput { .. }
            | Problem::JsonAndFile
            | Problem::TwoOutputs { .. }
            | Problem::DirectoryToStdout { .. }
            | Problem::NoFormat { .. }
            | Problem::TwoInputs { .. }
            | Problem::InputsAndEach { .. }
            | Problem::UnequalEach { .. }
            | Problem::StdinTwice
            | Problem::Environment { .. }
            | Problem::NotATemplate { .. }
            | Problem::TooManyCalls => told(Exit::Usage, "usage"),
            Problem::NoFolder { .. } | Problem::SameFolder { .. } => told(Exit::Usage, "inputs/no-folder"),
            Problem::NotAParameter { .. } => Told {
                hints: vec![
                    "--ignore-extra passes over what is no parameter; --id NAME takes it for the name of the call"
                        .to_owned(),
                ],
                ..told(Exit::Usage, "argument")
            },
            Problem::ReservedName { place, name, .. } => {
                let name = if place.is_empty() { name } else { place };
                let hint = format!("-o {name}=PATH puts it at a path of your choice");
                Told { hints: vec![hint], ..told(Exit::Usage, "output/reserved-name") }
            }
            Problem::NotInputs { .. } => told(Exit::Usage, "inputs/not-one"),
            Problem::NotAnArray { .. } => told(Exit::Usage, "inputs/not-an-array"),
            Problem::Inputs { .. } | Problem::InputStream(_) => told(Exit::Usage, "inputs/unreadable"),
            Problem::NotABatch { .. } => told(Exit::Usage, "inputs/not-a-batch"),
            Problem::NotOneBlob { .. } | Problem::ShortDigest { .. } => told(Exit::Usage, "blob/unknown"),
            Problem::CheckDied { .. } => told(Exit::Bug, "check/died"),
            Problem::CheckStopped { .. } => told(Exit::Limit, "check/stopped"),
            Problem::NotTheSame { .. } => Told {
                hints: vec![
                    "a sealed task must give the same on every run: please report this as a bug in Larder".to_owned(),
                ],
                ..told(Exit::Bug, "check/different")
            },
            Problem::NotStarted(error) => {
                Told { hints: system_limit(error).into_iter().collect(), ..told(Exit::Usage, "system/start") }
            }
            Problem::NoCacheDir => told(Exit::Cache, "cache/no-folder"),
            Problem::Interrupted | Problem::CutOff => told(Exit::Interrupted, "interrupted"),
            Problem::Output(_) => told(Exit::Usage, "output"),
        };
    }
    if let Some(error) = error.downcast_ref::<AuthoringError>() {
        return tell_authoring(error);
    }
    if let Some(error) = error.downcast_ref::<ProjectError>() {
        return tell_project(error);
    }
    if let Some(error) = error.downcast_ref::<StoreError>() {
        return tell_store(error);
    }
    if let Some(error) = error.downcast_ref::<ContentError>() {
        return match error {
            ContentError::Damaged { .. } => told(Exit::Cache, "blob/lost"),
            ContentError::InTheWay { .. } | ContentError::Unwritable { .. } => told(Exit::Usage, "output"),
            ContentError::NotReplaced { .. } => Told {
                hints: vec!["--force replaces it; -o NAME=PATH puts an output at a path of your choice".to_owned()],
                ..told(Exit::Usage, "output/not-replaced")
            },
            ContentError::NotFound { .. }
            | ContentError::Unreadable { .. }
            | ContentError::IsDirectory { .. }
            | ContentError::NotDirectory { .. }
            | ContentError::Special { .. }
            | ContentError::NotUtf8 { .. }
            | ContentError::LinkNotUtf8 { .. }
            | ContentError::TooManyEntries { .. }
            | ContentError::TooDeep { .. }
            | ContentError::Changed { .. }
            | ContentError::Stopped => told(Exit::Usage, "input"),
        };
    }
    if error.is::<ArgumentError>() {
        return told(Exit::Usage, "argument");
    }
    if error.is::<ApprovalError>() {
        return told(Exit::Usage, "trust");
    }
    if let Some(error) = error.downcast_ref::<ConfigError>() {
        return Told { hints: config_hints(error), ..told(Exit::Usage, "config") };
    }
    if error.is::<std::io::Error>() {
        return told(Exit::Usage, "io");
    }
    told(Exit::Bug, "internal")
}

fn tell_runner(error: &Error) -> Told {
    let told = |exit, code: &str| Told { exit, code: code.to_owned(), hints: Vec::new() };
    match error {
        Error::Component(error) => match error {
            ComponentError::NotFound { .. } | ComponentError::Unreadable { .. } | ComponentError::Changed { .. } => {
                told(Exit::Usage, "component/unreadable")
            }
            ComponentError::TooLarge { .. }
            | ComponentError::InFile { problem: NotAComponent::TextTooLarge { .. }, .. } => {
                told(Exit::Limit, "limit/component-bytes")
            }
            ComponentError::InFile { problem: NotAComponent::CoreModule, .. } => Told {
                hints: vec!["`larder componentize MODULE.wasm -o COMPONENT.wasm` makes a component of it".to_owned()],
                ..told(Exit::NotAComponent, "component/not-a-component")
            },
            ComponentError::NotAFile { .. } | ComponentError::InFile { .. } => {
                told(Exit::NotAComponent, "component/not-a-component")
            }
        },
        Error::Declare(_) => told(Exit::NotAComponent, "component/declarations"),
        Error::Manifest(_) => told(Exit::NotAComponent, "component/manifest"),
        Error::Find(FindError::NotATask { reason: NotATaskReason::CannotRun(_), .. }) => {
            told(Exit::NotAComponent, "component/cannot-run")
        }
        Error::Find(_) | Error::NoSuchTask { .. } => told(Exit::Usage, "task"),
        Error::Policy(PolicyError::Untrusted { .. }) => Told {
            hints: vec!["leave out --cache-version, or, if you trust the component, --untrusted".to_owned()],
            ..told(Exit::Usage, "policy")
        },
        Error::Policy(_) | Error::NoWorkflow { .. } => told(Exit::Usage, "policy"),
        Error::NoGpu { .. } => told(Exit::Limit, "limit/gpus"),
        Error::TooLarge { task, size: _, too_little } => too_large(task, *too_little),
        Error::Input(_) => told(Exit::Usage, "argument"),
        Error::NotRepresentable { .. } => told(Exit::Usage, "argument/not-representable"),
        Error::Content(_) => told(Exit::Usage, "input"),
        Error::NoSuchBlob { .. } => told(Exit::Usage, "blob/unknown"),
        Error::OtherKind { .. } => told(Exit::Usage, "blob/other-kind"),
        Error::LostBlob { .. } => told(Exit::Cache, "blob/lost"),
        Error::NotStored { .. } => told(Exit::Cache, "cache/not-stored"),
        Error::Sandbox(error) => tell_sandbox(error),
        Error::Store(error) => tell_store(error),
        Error::OtherComponent { .. } => told(Exit::Cache, "cache/other-component"),
        Error::Changed => told(Exit::Usage, "component/changed"),
        Error::Run(failure) => tell_run(failure),
        Error::Shared(error) => tell_runner(error),
        Error::NoThread { .. } => Told { hints: vec![MORE_THREADS.to_owned()], ..told(Exit::Usage, "system/threads") },
        Error::Internal(_) => bug("internal"),
    }
}

fn tell_sandbox(error: &SandboxError) -> Told {
    let told = |exit, code: &str| Told { exit, code: code.to_owned(), hints: Vec::new() };
    match error {
        SandboxError::Engine(_) if address_space().is_some() => {
            Told { hints: address_space_hint().into_iter().collect(), ..told(Exit::Limit, "limit/address-space") }
        }
        SandboxError::Engine(_) => bug("engine"),
        SandboxError::Compile(_) | SandboxError::Link(_) => told(Exit::NotAComponent, "component/compile"),
        SandboxError::CompileLimit(limit) => {
            let (code, key) = (limit.code(), compile_key(limit));
            let hint = key.map(|key| {
                format!("if you trust it, raise `{key}` under [limits] in {FILE_NAME}, and have that count: {COUNTS}")
            });
            let of_memory = matches!(limit, CompileLimitExceeded::Memory { .. });
            let hints = hint.into_iter().chain(address_space_hint().filter(|_| of_memory)).collect();
            Told { exit: Exit::Limit, code: format!("limit/{code}"), hints }
        }
        SandboxError::NoRoom(_) => {
            Told { hints: address_space_hint().into_iter().collect(), ..told(Exit::Limit, "limit/instance") }
        }
        SandboxError::System(_) => {
            Told { hints: address_space_hint().into_iter().collect(), ..told(Exit::Usage, "system/load") }
        }
        SandboxError::CompilerDied { .. } => told(Exit::NotAComponent, "component/compiler-died"),
        SandboxError::CompilerNotStarted { .. } | SandboxError::CompilerOutput { .. } => told(Exit::Usage, "compiler"),
        SandboxError::CompilerFailed { .. } => bug("compiler"),
    }
}

const MORE_THREADS: &str = "the system allows this user no more threads and processes: raise the limit (`ulimit -u`)";

/// What to do where the address space of this process may be too small.
fn address_space_hint() -> Option<String> {
    let mib = address_space()? >> 20;
    Some(format!("this process may have {mib} MiB of address space: raise the limit (`ulimit -v`)"))
}

/// The limit of the system behind its refusal, and what raises it.
fn system_limit(error: &std::io::Error) -> Option<String> {
    use rustix::io::Errno;

    let refused = Errno::from_raw_os_error(error.raw_os_error()?);
    let hint = match refused {
        Errno::MFILE => "this process may open no more files: raise the limit (`ulimit -n`)",
        Errno::NFILE => "the system has too many files open",
        Errno::AGAIN => MORE_THREADS,
        Errno::NOMEM => "the system gives this process no more memory: raise the limit, if there is one (`ulimit -v`)",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// The key in `larder.toml` that raises a limit on compiling.
const fn compile_key(limit: &CompileLimitExceeded) -> Option<&'static str> {
    match limit {
        CompileLimitExceeded::Time { .. } => Some("compile-seconds"),
        CompileLimitExceeded::Memory { .. } => Some("compile-memory-mib"),
        CompileLimitExceeded::Code { .. } => Some("compile-code-mib"),
    }
}

fn tell_run(failure: &RunFailure) -> Told {
    let RunFailure { error, report, miss: _, run } = failure;
    let exit = match error {
        RunError::Trapped { .. } | RunError::Exited(_) if report.denials.is_empty() => Exit::Trapped,
        // What it was denied may well be why.
        RunError::Trapped { .. } | RunError::Exited(_) | RunError::Denied(_) => Exit::Denied,
        RunError::NotRepresentable { .. } | RunError::EngineBug(_) => Exit::Trapped,
        RunError::LimitExceeded(_) | RunError::NoInstance(_) | RunError::NoMemory(_) => Exit::Limit,
        RunError::Directory { .. } | RunError::Protected { .. } | RunError::Input(_) => Exit::Usage,
        RunError::Stopped => Exit::Interrupted,
        RunError::Internal(_) => return bug("internal"),
    };
    let mut hints: Vec<String> = report.denials.iter().map(|denied| allow::hint(denied, run)).collect();
    if let RunError::LimitExceeded(limit) = error {
        hints.extend(limit_hint(limit, &run.task));
    }
    if let RunError::Protected { contains, .. } = error {
        hints.push(protected_hint(*contains));
    }
    hints.extend(allow::missed_hint(&report.denials));
    if let RunError::EngineBug(_) = error {
        hints.push("nothing of this run was stored; a newer release of the engine may have mended it".to_owned());
    }
    if matches!(error, RunError::NoInstance(_) | RunError::NoMemory(_)) {
        hints.extend(address_space_hint());
    }
    Told { exit, code: error.code(), hints }
}

fn protected_hint(contains: bool) -> String {
    let why = "what lies there decides what later runs load and believe, and may be another account's";
    let way = if contains { "grant a folder below it" } else { "copy what the task needs to a folder of its own" };
    format!("{way}: {why}")
}

/// A task that needs more than all runs may have: who allows more, and what makes it need less.
fn too_large(task: &str, too_little: TooLittle) -> Told {
    let (code, allow, less) = match too_little {
        TooLittle::Cpus { needed, budget: _ } => {
            let less = format!("[tasks.\"{task}\"] size = \"small\"");
            ("limit/budget-cpus", format!("--cpus {needed}"), less)
        }
        TooLittle::Memory { needed, budget } => {
            let less = format!("[tasks.\"{task}\".limits] memory-mib = {}", budget >> 20);
            ("limit/budget-memory", format!("--memory-mib {}", needed.div_ceil(1 << 20)), less)
        }
    };
    let hint = format!("{allow} lets it in; or, in {FILE_NAME}, {less} has it need less");
    Told { exit: Exit::Limit, code: code.to_owned(), hints: vec![hint] }
}

/// What makes grants and raised limits of a file count.
pub(super) const COUNTS: &str = "`larder trust` or --config";

/// The line of `larder.toml` that raises a limit.
fn limit_hint(limit: &LimitExceeded, task: &str) -> Option<String> {
    let key = match limit {
        LimitExceeded::Memory { .. } => "memory-mib",
        LimitExceeded::Tables { .. } => "table-elements",
        LimitExceeded::Fuel { .. } => "fuel",
        LimitExceeded::Time { .. } => "timeout-seconds",
        LimitExceeded::HostCall { .. } => "host-call-mib",
        LimitExceeded::HostMemory { .. } => "host-memory-mib",
        LimitExceeded::Handles { .. } => "handles",
        LimitExceeded::Scratch { .. } => "scratch-mib",
        LimitExceeded::ScratchFiles { .. } => "scratch-files",
        LimitExceeded::Random { .. } => "random-kib",
        LimitExceeded::Result { .. } => "result-mib",
        // The same for all.
        LimitExceeded::Stack { .. } => return None,
    };
    Some(format!(
        "in {FILE_NAME}, [tasks.\"{task}\".limits] {key} = … sets it for this task, and [limits] for all; above the \
         default it counts by {COUNTS}"
    ))
}

fn tell_authoring(error: &AuthoringError) -> Told {
    let (exit, code) = match error {
        AuthoringError::Wit { .. } => (Exit::Usage, "author/wit"),
        AuthoringError::NoBindings { .. } => (Exit::Usage, "author/no-bindings"),
        AuthoringError::Unreadable { .. } => (Exit::Usage, "author/unreadable"),
        AuthoringError::Unwritable { .. } | AuthoringError::Output(_) => (Exit::Usage, "author/unwritable"),
        AuthoringError::WorldOfNothing { .. }
        | AuthoringError::NotAName { .. }
        | AuthoringError::Exists { .. }
        | AuthoringError::NoEngine { .. } => (Exit::Usage, "usage"),
        AuthoringError::Already { .. }
        | AuthoringError::NotComponentized { .. }
        | AuthoringError::ExportsNothing { .. } => (Exit::NotAComponent, "author/not-componentized"),
    };
    Told { exit, code: code.to_owned(), hints: Vec::new() }
}

/// The command that makes a `larder.toml` pass the ownership rule.
fn config_hints(error: &ConfigError) -> Vec<String> {
    let ConfigError::Distrusted { reason, .. } = error else { return Vec::new() };
    let path = reason.path().display();
    vec![match reason {
        Distrust::Owner { .. } => format!("if you know what is in it, make it yours: chown \"$USER\" {path}"),
        Distrust::Others { .. } | Distrust::Group { .. } => {
            format!("if you know what is in it, keep others from writing to it: chmod go-w {path}")
        }
    }]
}

fn tell_project(error: &ProjectError) -> Told {
    let (exit, code) = match error {
        ProjectError::Config(_) => (Exit::Usage, "config"),
        ProjectError::NotAFolder { .. } => (Exit::Usage, "component/unreadable"),
        ProjectError::Inputs(_) => (Exit::Usage, "build/inputs"),
        ProjectError::NoConfig { .. } | ProjectError::NoBuild { .. } => (Exit::NotAComponent, "component/no-project"),
        ProjectError::NoCommand { .. }
        | ProjectError::NotStarted { .. }
        | ProjectError::Failed { .. }
        | ProjectError::NoOutput { .. } => (Exit::NotAComponent, "build/failed"),
        ProjectError::Missing { .. } => (Exit::NotAComponent, "build/missing"),
        ProjectError::InstallNotStarted { .. }
        | ProjectError::InstallFailed { .. }
        | ProjectError::StillMissing { .. } => (Exit::NotAComponent, "build/not-installed"),
        ProjectError::Wit { .. } => (Exit::NotAComponent, "build/wit"),
    };
    Told { exit, code: code.to_owned(), hints: project_hints(error) }
}

/// The way to each need that is missing, or to a `larder.toml` that counts.
fn project_hints(error: &ProjectError) -> Vec<String> {
    let needs = match error {
        ProjectError::Missing { missing, .. } => missing.as_slice(),
        ProjectError::InstallNotStarted { need, .. }
        | ProjectError::InstallFailed { need, .. }
        | ProjectError::StillMissing { need, .. } => std::slice::from_ref(need.as_ref()),
        ProjectError::Config(error) => return config_hints(error),
        ProjectError::NotAFolder { .. }
        | ProjectError::Inputs(_)
        | ProjectError::NoConfig { .. }
        | ProjectError::NoBuild { .. }
        | ProjectError::NoCommand { .. }
        | ProjectError::Wit { .. }
        | ProjectError::NotStarted { .. }
        | ProjectError::Failed { .. }
        | ProjectError::NoOutput { .. } => &[],
    };
    needs.iter().map(|need| format!("for {}: {}", need.program, need.install)).collect()
}

fn tell_store(error: &StoreError) -> Told {
    let code = match error {
        StoreError::NotADirectory { .. } => "cache/not-a-directory",
        StoreError::NotReadable { .. } => "cache/not-readable",
        StoreError::NotPrivate { .. } => "cache/not-private",
        StoreError::ReadOnly { .. } => "cache/read-only",
        StoreError::NeedsRepair { .. } => "cache/needs-repair",
        StoreError::Full { .. } => "cache/full",
        StoreError::NewerFormat { .. } => "cache/newer-format",
        StoreError::OtherFormat { .. } => "cache/other-format",
        StoreError::Damaged { .. } => "cache/damaged",
        StoreError::Locked { .. } => "cache/locked",
        StoreError::TooLarge { .. } => "cache/too-large",
        StoreError::BadName { .. } => "cache/bad-name",
        StoreError::ContentChanged { .. } => "cache/content-changed",
        StoreError::Io { .. } => "cache/io",
    };
    let mut hints = Vec::new();
    if let StoreError::NotPrivate { path, exposure } = error {
        if let Exposure::Mode(_) = exposure {
            hints.push(format!("if you trust what is in it: chmod go-w {}", quoted(path)));
        }
        hints.push("a cache folder that is not there yet is made for you alone".to_owned());
        hints.push("--trust-cache-owner serves its answers, and writes nothing to it".to_owned());
    }
    hints.push("to run without the cache, use --no-cache".to_owned());
    Told { exit: Exit::Cache, code: code.to_owned(), hints }
}

/// A path as a word of a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

fn bug(code: &str) -> Told {
    let hint = "this is a bug in Larder: please report it with the command that shows it".to_owned();
    Told { exit: Exit::Bug, code: code.to_owned(), hints: vec![hint] }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_too_much_to_compile_exceeds_a_limit() {
        for (exceeded, code, key) in [
            (CompileLimitExceeded::Time { limit: Duration::from_secs(1) }, "limit/compile-time", "`compile-seconds`"),
            (
                CompileLimitExceeded::Memory { limit: 1 << 30, resident: None },
                "limit/compile-memory",
                "`compile-memory-mib`",
            ),
            (CompileLimitExceeded::Code { limit: 1 << 30, asked: None }, "limit/compile-code", ""),
        ] {
            let told = tell(&Error::Sandbox(exceeded.into()).into());
            assert_eq!((told.exit, told.code.as_str()), (Exit::Limit, code));
            assert!(told.hints.concat().contains(key), "{:?}", told.hints);
        }
    }

    #[test]
    fn what_an_error_says_of_its_cause_is_not_said_again() {
        let source = std::io::Error::other("no such luck");
        let typed = ConfigError::Unreadable { path: "larder.toml".into(), source };
        assert_eq!(message(&typed.into()), "larder.toml cannot be read: no such luck");
        let added = anyhow::Error::from(std::io::Error::other("no such luck")).context("the folder cannot be found");
        assert_eq!(message(&added), "the folder cannot be found: no such luck");
    }
}
