//! Valid contents of a `larder.toml`, and the errors of invalid ones.

use std::path::Path;

use super::read::parse;
use super::*;
use larder_component::declare::{Resources, Scope, Size};

fn good(text: &str) -> Config {
    parse(Path::new("/project/larder.toml"), text).unwrap()
}

fn bad(text: &str) -> String {
    parse(Path::new("/project/larder.toml"), text).unwrap_err().to_string()
}

#[test]
fn an_empty_file_says_nothing() {
    let config = good("");
    assert_eq!(config.folder, Path::new("/project"));
    assert!(config.name.is_none() && config.build.is_none() && config.tasks.is_empty());
}

#[test]
fn every_key_is_read() {
    let config = good(
        r#"
        name = "my-tools"
        account = "lab"
        workflow = "nightly"
        [build]
        command = "make"
        output = "out.wasm"
        inputs = ["src"]
        [tasks."text#reverse"]
        version = "2"
        scope = "workflow"
        cache-errors = true
        size = "large-gpu"
        timeout-seconds = 60
        [tasks.run]
        pinned = true
        size = { cpus = 4, memory-mib = 8192, storage-mib = 1024 }
        [tasks.shout]
        cache = false
        "#,
    );
    assert_eq!(config.name.as_deref(), Some("my-tools"));
    assert_eq!((config.account.as_deref(), config.workflow.as_deref()), (Some("lab"), Some("nightly")));
    let build = config.build.unwrap();
    assert_eq!((build.command.as_deref(), build.output.as_path()), (Some("make"), Path::new("out.wasm")));
    let reverse = &config.tasks["text#reverse"];
    assert_eq!((reverse.version.as_deref(), reverse.scope), (Some("2"), Some(Scope::Workflow)));
    assert_eq!((reverse.cache_errors, reverse.timeout_seconds), (Some(true), Some(60)));
    assert_eq!(reverse.size, Some(SizeConfig(Size::LargeGpu)));
    let custom = Resources { cpus: 4, memory_mib: 8192, storage_mib: 1024, gpus: 0 };
    assert_eq!(config.tasks["run"].size, Some(SizeConfig(Size::Custom(custom))));
    assert!(config.tasks["run"].pinned);
    assert_eq!(config.tasks["shout"].cache, Some(false));
}

#[test]
fn a_need_may_say_what_installs_it() {
    let need = |command: &str| {
        format!("[build]\noutput = \"a\"\n[[build.needs]]\nprogram = \"cc\"\ninstall = \"\"\n{command}")
    };
    let needs = |command: &str| good(&need(command)).build.unwrap().needs;
    assert_eq!(needs("")[0].install_command, None);
    let command = needs(r#"install-command = ["apt-get", "install", "gcc"]"#)[0].install_command.clone().unwrap();
    assert_eq!(command, ["apt-get", "install", "gcc"]);
    for empty in ["[]", r#"[""]"#] {
        let message = bad(&need(&format!("install-command = {empty}")));
        assert!(message.contains("install-command of need `cc` is ``, which is no program"), "{message}");
    }
    for wrong in [r#""apt-get install gcc""#, "[1]", "true"] {
        assert!(bad(&need(&format!("install-command = {wrong}"))).contains("line "), "{wrong}");
    }
}

#[test]
fn an_unknown_key_names_the_nearest_known_one() {
    for (text, key, nearest) in [
        ("acount = \"lab\"", "acount", "account"),
        ("[build]\noutput = \"a\"\ncomand = \"make\"", "build.comand", "command"),
        ("[build]\noutptu = \"a\"", "build.outptu", "output"),
        (
            "[build]\noutput = \"a\"\n[[build.needs]]\ninstall_command = []",
            "build.needs.0.install_command",
            "install-command",
        ),
        ("[tasks.run]\nverison = \"1\"", "tasks.run.verison", "version"),
        ("[tasks.run]\ncache_errors = true", "tasks.run.cache_errors", "cache-errors"),
        ("[tasks.run.size]\ncpus = 1\nmemory-mib = 1\nstorage-mib = 1\ngpu = 1", "tasks.run.size.gpu", "gpus"),
    ] {
        let message = bad(text);
        assert!(message.contains(&format!("unknown key `{key}`: did you mean `{nearest}`?")), "{message}");
        assert!(message.starts_with("/project/larder.toml"), "{message}");
    }
}

#[test]
fn a_key_that_is_near_to_none_is_still_refused() {
    assert!(bad("xyzzy = 1").ends_with("has an unknown key `xyzzy`"));
}

#[test]
fn values_of_the_wrong_type_are_located() {
    for text in ["name = 1", "account = [\"lab\"]", "[tasks.run]\nversion = 2", "[tasks.run]\nscope = \"team\""] {
        let message = bad(text);
        assert!(message.contains("line "), "{message}");
    }
}

#[test]
fn a_size_is_a_known_word_or_a_whole_table() {
    for size in ["\"huge\"", "3", "{ cpus = 1 }", "{ cpus = 0, memory-mib = 1, storage-mib = 1 }", "\"custom\""] {
        let message = bad(&format!("[tasks.run]\nsize = {size}"));
        assert!(message.starts_with("/project/larder.toml is not right"), "{message}");
    }
}

#[test]
fn contradictions_are_refused() {
    for text in ["version = \"1\"\npinned = true", "version = \"1\"\ncache = false", "pinned = true\ncache = false"] {
        let message = bad(&format!("[tasks.run]\n{text}"));
        assert!(message.contains("task `run` says both"), "{message}");
    }
}

#[test]
fn names_must_be_names() {
    for text in
        ["name = \"My Tools\"", "name = \"\"", "account = \"\"", "workflow = \"\"", "[tasks.run]\nversion = \"\""]
    {
        assert!(bad(text).contains("which is no"), "{}", bad(text));
    }
}

#[test]
fn a_file_that_is_not_toml_says_where() {
    assert!(bad("name = ").contains("line 1"), "{}", bad("name = "));
}

#[test]
fn text_that_nests_without_end_is_refused() {
    for deep in [
        format!("name = {}", "[".repeat(100_000)),
        format!("name = {}1", "{a = ".repeat(100_000)),
        format!("name = {{{}a = 1}}", "a.".repeat(100_000)),
        format!("name.{}a = 1", "a.".repeat(100_000)),
        format!("tasks.run.{}a = 1", "a.".repeat(100_000)),
        format!("tasks.run.size.{}a = 1", "a.".repeat(100_000)),
        format!("[tasks.run.{}a]", "a.".repeat(100_000)),
        format!("[[tasks.run.{}a]]", "a.".repeat(100_000)),
    ] {
        assert!(parse(Path::new("larder.toml"), &deep).is_err());
    }
}
