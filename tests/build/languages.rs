//! The guests in other languages than Rust: each is built where its tools are, and skipped with one line elsewhere.
//!
//! Nothing is fetched here: `.ci/run` installs the tools, and sets `LARDER_ALL_LANGUAGES`, with which a language that
//! is missing is an error.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::c;

/// Where this machine's compiler for C is, if it is not to be looked for.
const CLANG: &str = "LARDER_CLANG";

/// Where this machine's `componentize-py` is, if it is not to be looked for.
const COMPONENTIZE_PY: &str = "LARDER_COMPONENTIZE_PY";

/// Set where every language has to be there. It is also how somebody who has installed one says so: cargo does not see
/// that a program has come.
const ALL_LANGUAGES: &str = "LARDER_ALL_LANGUAGES";

/// The guests, each with the path of its component if it was built.
pub(crate) fn build(root: &Path, target: &Path) -> [(&'static str, Option<PathBuf>); 2] {
    for variable in [CLANG, COMPONENTIZE_PY, ALL_LANGUAGES] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let into = target.join("languages");
    std::fs::create_dir_all(&into).expect("the target folder can be written");
    [("c_files", c_files(root, &into)), ("python_files", python_files(root, &into))]
}

/// Takes a fifth of a second, so it is built each time: what binds it may have changed as well as its sources.
fn c_files(root: &Path, into: &Path) -> Option<PathBuf> {
    let made = into.join("c-files");
    std::fs::create_dir_all(&made).expect("the target folder can be written");
    let Some(clang) = clang(&made.join("probe.wasm")) else {
        return skip("C", "clang-19 with lld-19, libclang-rt-19-dev-wasm32 and wasi-libc");
    };
    let guest = root.join("guest-examples/c-files");
    c::bindings(&[root.join("wit"), guest.join("wit")], "examples:c-files/tasks", &made)
        .expect("the bindings of c-files");
    let module = made.join("module.wasm");
    let mut command = compiler(&clang);
    command
        .args(["-std=gnu17", "-Oz", "-Wall", "-Wextra", "-Werror", "-Wl,--strip-all", "-I"])
        .arg(&made)
        .arg(guest.join("src/lines.c"))
        .args(["tasks.c", "tasks_component_type.o"].map(|file| made.join(file)))
        .arg("-o")
        .arg(&module);
    run(&mut command);
    let module = std::fs::read(module).expect("the compiler succeeded");
    let component = c::componentize(&module).expect("c-files is a component");
    let path = into.join("c_files.wasm");
    // A file that has not changed keeps its times.
    if std::fs::read(&path).ok().as_ref() != Some(&component) {
        std::fs::write(&path, component).expect("the target folder can be written");
    }
    Some(path)
}

/// A compiler that makes modules for WASI, with a C library to link.
fn clang(probe: &Path) -> Option<OsString> {
    candidates(CLANG, ["clang-19".into(), "clang".into()]).find(|clang| {
        let mut command = compiler(clang);
        command.args(["-include", "stdio.h", "-x", "c", "/dev/null", "-o"]).arg(probe);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    })
}

fn compiler(clang: &OsString) -> Command {
    let mut command = Command::new(clang);
    command.args(["--target=wasm32-wasi", "-mexec-model=reactor"]);
    command
}

/// Takes many seconds, so it is built only when something that it is made from has changed.
fn python_files(root: &Path, into: &Path) -> Option<PathBuf> {
    let environment = into.with_file_name("python").join("bin/componentize-py");
    let found = candidates(COMPONENTIZE_PY, [environment.into(), "componentize-py".into()]).find_map(|program| {
        let output = Command::new(&program).arg("--version").stderr(Stdio::null()).output().ok()?;
        output.status.success().then_some((program, output.stdout))
    });
    let Some((program, version)) = found else {
        return skip("Python", "componentize-py 0.25.1, by pip, in the environment target/python or on the PATH");
    };
    let guest = root.join("guest-examples/python-files");
    let (sources, made) = (guest.join("src"), into.join("python-files"));
    let wit = [root.join("wit"), guest.join("wit")];
    let path = into.join("python_files.wasm");
    let mut command = Command::new(program);
    command.args(wit.iter().flat_map(|folder| ["-d".as_ref(), folder.as_os_str()]));
    command.args(["--world", "examples:python-files/tasks", "componentize", "app", "--output"]).arg(&path);
    // Python keeps what it compiled beside the sources, so it is shown copies of them.
    command.arg("--python-path").arg(&made);
    // In an active environment it would also look there for modules.
    command.env_remove("VIRTUAL_ENV");

    let files: Vec<PathBuf> = [&sources, &wit[0], &wit[1]].into_iter().flat_map(|folder| files(folder)).collect();
    let made_from: Vec<(&PathBuf, String)> =
        files.iter().map(|file| (file, std::fs::read_to_string(file).expect("a source file"))).collect();
    let made_from = format!("{}{command:?}\n{made_from:#?}\n", String::from_utf8_lossy(&version));
    let stamp = into.join("python_files.made-from");
    if path.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|last| last == made_from) {
        return Some(path);
    }
    // Until the component is there, nothing says what it is made from.
    for stale in [&stamp, &path] {
        std::fs::remove_file(stale).ok();
    }
    std::fs::remove_dir_all(&made).ok();
    std::fs::create_dir_all(&made).expect("the target folder can be written");
    for source in files.iter().filter(|file| file.starts_with(&sources)) {
        let name = source.file_name().expect("it is a file");
        std::fs::copy(source, made.join(name)).expect("the target folder can be written");
    }
    run(&mut command);
    std::fs::write(&stamp, made_from).expect("the target folder can be written");
    Some(path)
}

/// The source files in a folder, in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder of sources");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder of sources").path()).collect();
    files.retain(|file| file.is_file());
    files.sort();
    files
}

/// Where a program may be: where the variable says, and nowhere else, or in the usual places.
fn candidates(variable: &str, usual: [OsString; 2]) -> impl Iterator<Item = OsString> {
    let said = std::env::var_os(variable);
    let usual = if said.is_none() { usual.into() } else { Vec::new() };
    said.into_iter().chain(usual)
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "a guest does not build: {command:?}\n{stdout}{stderr}");
}

/// Says that a language is skipped, and how to get it.
fn skip(language: &str, tools: &str) -> Option<PathBuf> {
    let skipped = format!("the guest in {language} is skipped, and its tests with it: it needs {tools}");
    assert!(std::env::var_os(ALL_LANGUAGES).is_none(), "{ALL_LANGUAGES} is set, but {skipped}");
    println!("cargo::warning={skipped}; .ci/run installs that, and {ALL_LANGUAGES}=1 makes cargo look again");
    None
}
