//! Files that only lie about, each as an attack: none opens the world, raises a limit or chooses an account without an
//! operator's approval.

mod grants;
mod ownership;
mod strangers;

use std::path::{Path, PathBuf};

use larder_tests::{Called, World, guests};

/// A `larder.toml` that gives a stranger's tool the secrets beside it.
const OPENS: &str = "[grants.read]\ndirectories = [{ host = \"/SECRETS\", guest = \"/h\", access = \"read-write\" }]\n\
                     [grants.write]\ndirectories = [{ host = \"/SECRETS\", guest = \"/h\", access = \"read-write\" }]\n\
                     [grants.random]\nvariables = [\"TOKEN\", \"SET=here\"]\n";

/// Creates a tool in `downloads/`, with a `larder.toml` in `folder` that opens the world for it, and a secret.
fn download(world: &World, folder: &str) -> PathBuf {
    let secrets = world.write("secrets/id_rsa", "secret").parent().unwrap().to_owned();
    world.write(&format!("{folder}/larder.toml"), OPENS.replace("/SECRETS", secrets.to_str().unwrap()));
    world.copy(guests::OUTSIDE, "downloads/tool.wasm")
}

/// Expects that the tool reaches nothing: it reads no secret, writes no file, and its tasks get no variable.
#[track_caller]
fn reaches_nothing(world: &World, tool: &Path, options: &[&str]) {
    let run = |task: &str, arguments: &[&str]| {
        let arguments = [arguments, options].concat();
        let mut command = world.command(["run", tool.to_str().unwrap(), task]);
        larder_tests::Ran::of(command.args(arguments).arg("--json").env("TOKEN", "hunter2"))
    };
    for (task, arguments) in [("read", &["path=/h/id_rsa"][..]), ("write", &["path=/h/bashrc", "text=evil"])] {
        let ran = run(task, arguments);
        ran.exits(1).is_silent_about("open world by");
        assert!(!ran.stdout.contains("secret") && ran.stdout.contains("\"world\":\"sealed\""), "{ran}");
    }
    let ran = run("random", &["bytes=1"]);
    ran.exits(0).is_silent_about("open world by");
    assert!(ran.stdout.contains("\"world\":\"sealed\""), "{ran}");
    assert!(!world.folder().join("secrets/bashrc").exists());
}

/// Expects that the tool reads the secret.
#[track_caller]
fn reads_the_secret(world: &World, tool: &Path, options: &[&str]) -> Called {
    let called = world.run(tool, "read", &[&["path=/h/id_rsa"], options].concat());
    assert_eq!((&called.result()["ok"], &called.0["world"]), (&"secret".into(), &"open".into()), "{:#}", called.0);
    called
}
