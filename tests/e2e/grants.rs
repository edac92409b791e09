//! Permissions to open the world for a task: of the operator, the task itself, and both.

use larder_tests::server::{Server, ok};
use larder_tests::{guests, world};

#[test]
fn a_cached_task_cannot_be_granted_anything() {
    let world = world!();
    let why = "a cached answer could depend on what is not in its key";
    for grant in ["--open", "--allow-env=A", "--allow-dir=.", "--allow-http=example.org", "--allow-tcp=example.org:1"] {
        world.print(guests::PRIMES, "count-below", &["limit=10", grant]).fails(2, &["is granted something", why]);
    }
    let guest = world.copy(guests::PRIMES, "guest.wasm");
    world.write("larder.toml", "[grants.count-below]\nvariables = [\"A\"]\n");
    world.print(&guest, "count-below", &["limit=10", "--config=larder.toml"]).fails(2, &[why]);
    // A version makes any task a cached one.
    world.print(guests::OUTCOMES, "undeclared", &["n=1", "--open", "--cache-version=1"]).fails(2, &[why]);
}

#[test]
fn a_cached_task_that_is_run_without_the_cache_can() {
    let world = world!();
    let called = world.run(guests::NEEDS, "cached", &["name=A", "--open", "--no-cache"]);
    assert_eq!((called.result(), &called.0["world"]), (&serde_json::Value::Null, &"open".into()));
    assert!(!world.cache().exists());
    let guest = world.copy(guests::NEEDS, "guest.wasm");
    world.write("larder.toml", "[tasks.cached]\ncache = false\n[grants.cached]\n");
    world.trust("larder.toml");
    let called = world.run(&guest, "cached", &["name=A"]);
    assert_eq!(
        (called.status(), called.0["stored"].as_bool(), &called.0["world"]),
        ("miss", Some(false), &"open".into())
    );
}

#[test]
fn a_task_that_says_it_is_cached_and_needs_the_world_contradicts_itself() {
    let world = world!();
    world.print(guests::NEEDS, "cached", &["name=A"]).fails(2, &["says that it needs something", "cached answer"]);
    let inspected = world.json(0, ["inspect", guests::NEEDS]);
    let problem = inspected["tasks"][2]["problem"].as_str().unwrap();
    assert!(problem.contains("is cached, and it says that it needs"), "{problem}");
}

#[test]
fn a_task_gets_what_it_needs_and_is_granted() {
    let world = world!();
    let both = ["--allow-env=WANTED=1", "--allow-env=OTHER=2"];
    let value = |task: &str, name: &str| {
        let arguments = [&[name], both.as_slice()].concat();
        world.run(guests::NEEDS, task, &arguments).result().clone()
    };
    assert_eq!(value("variable", "name=WANTED"), "1");
    assert_eq!(value("variable", "name=OTHER"), serde_json::Value::Null, "it is granted and not needed");
    assert_eq!(value("silent", "name=OTHER"), "2", "what says nothing gets what is granted");
    // Needs that are not granted are unavailable, and the task runs sealed.
    let sealed = world.run(guests::NEEDS, "variable", &["name=WANTED"]);
    assert_eq!((sealed.result(), &sealed.0["world"]), (&serde_json::Value::Null, &"sealed".into()));
}

#[test]
fn a_grant_to_a_task_that_needs_nothing_has_no_effect_and_says_so() {
    let world = world!();
    let called = world.print(guests::NEEDS, "nothing", &["name=A", "--allow-env=A=1"]);
    called.exits(0).prints("null\n").says("needs nothing");
}

#[test]
fn variables_are_passed_by_name_or_set() {
    let world = world!();
    let run = |arguments: &[&str]| {
        let mut command = world.command(["run", guests::NEEDS, "silent", "--json"]);
        let ran = larder_tests::Ran::of(command.args(arguments).env("HERE", "host's own"));
        ran.exits(0);
        serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap()["result"].clone()
    };
    assert_eq!(run(&["name=HERE", "--open"]), serde_json::Value::Null);
    assert_eq!(run(&["name=HERE", "--allow-env=HERE"]), "host's own");
    assert_eq!(run(&["name=HERE", "--allow-env=HERE=set"]), "set");
    assert_eq!(run(&["name=ABSENT", "--allow-env=ABSENT"]), serde_json::Value::Null);
    assert_eq!(run(&["name=HOME", "--allow-env=HERE"]), serde_json::Value::Null);
}

#[test]
fn inspect_shows_what_is_needed_and_what_is_granted() {
    let world = world!();
    let guest = world.copy(guests::NEEDS, "guest.wasm");
    world.write(
        "larder.toml",
        "[grants.variable]\nvariables = [\"WANTED=secret\"]\nhttp = [\"api.example.org\"]\n\
         directories = [{ host = \"data\", guest = \"/data\", access = \"read-write\" }]\ntcp = [\"10.1.2.3:5432\"]\n",
    );
    let inspect = || world.json(0, ["inspect", guest.to_str().unwrap()])["tasks"][0].clone();
    let before = inspect();
    world.trust("larder.toml");
    let task = inspect();
    let needs = ["variable WANTED", "directory /data (read-only)", "http GET@api.example.org", "tcp 10.0.0.0/8:5432"];
    assert_eq!(task["needs"], serde_json::json!(needs));
    let granted =
        ["open world", "directory data (read-write)", "variable WANTED", "http api.example.org", "tcp 10.1.2.3:5432"];
    assert_eq!(
        (&task["granted"], &task["granted_if_trusted"]),
        (&serde_json::json!(granted), &serde_json::Value::Null)
    );
    assert_eq!(
        (&before["granted"], &before["granted_if_trusted"]),
        (&serde_json::Value::Null, &serde_json::json!(granted))
    );
    let ran = world.larder(["inspect", guest.to_str().unwrap()]);
    assert!(
        ran.stdout.contains("needs: ") && ran.stdout.contains("granted: ") && !ran.stdout.contains("secret"),
        "{ran}"
    );
}

#[test]
fn a_grant_that_is_none_is_refused() {
    let world = world!();
    for grant in [
        "--allow-http=",
        "--allow-http=https://example.org/path",
        "--allow-http=G3T@example.org",
        "--allow-http=example.org:99999",
        "--allow-tcp=example.org",
        "--allow-tcp=1.2.3.4/33:1",
        "--allow-env==x",
        "--allow-env=",
    ] {
        world.print(guests::NEEDS, "silent", &["name=A", grant]).exits(2).prints("").says("error: ");
    }
    let guest = world.copy(guests::NEEDS, "guest.wasm");
    for (toml, words) in [
        ("[grants.silent]\nhttp = [\"https://example.org/path\"]\n", "has a path"),
        ("[grants.silent]\ntcp = [\"example.org\"]\n", "has no port"),
        ("[grants.silent]\nvariables = [\"\"]\n", "name of a variable"),
        ("[grants.silent]\ndirectory = []\n", "did you mean `directories`?"),
        ("[grants.silent]\ndirectories = [{ host = \".\", acess = \"read-only\" }]\n", "did you mean `access`?"),
        ("[grants.silent]\ndirectories = [{ host = \".\", access = \"write\" }]\n", "read-only"),
        ("[grants.unknown]\n[build]\noutput = \"guest.wasm\"\n", "cannot be found"),
    ] {
        world.write("larder.toml", toml);
        world.print(&guest, "silent", &["name=A"]).fails(2, &[words]);
    }
}

#[test]
fn the_flag_and_the_lines_that_a_denial_names_allow_it() {
    let world = world!();
    let server = Server::http("127.0.0.1", |_| ok("five!"));
    let guest = world.copy(guests::FETCH, "guest.wasm");
    let url = format!("url={}", server.url("127.0.0.1", "/"));
    let denied = world.ends(1, &guest, "drain", &[&url]);
    assert_eq!((server.connections(), denied.0["denied"][0]["code"].as_str()), (0, Some("http")), "{:#}", denied.0);
    let told = world.print(&guest, "drain", &[&url]);
    told.exits(1).says("denied: HTTP GET to 127.0.0.1").says("to allow").says("--allow-http GET@127.0.0.1");

    let flag = denied.0["denied"][0]["flag"].as_str().unwrap().replacen(' ', "=", 1);
    assert_eq!(world.run(&guest, "drain", &[&url, &flag]).result()["ok"], 5);
    world.write("larder.toml", denied.0["denied"][0]["toml"].as_str().unwrap());
    world.ends(1, &guest, "drain", &[&url]);
    world.trust("larder.toml");
    assert_eq!(world.run(&guest, "drain", &[&url]).result()["ok"], 5);
    server.has_connections(2);
}

#[test]
fn a_cached_task_is_told_that_it_cannot_have_what_it_was_denied() {
    let world = world!();
    let arguments = ["method=GET", "url=http://127.0.0.1:9/", "redirects=0"];
    let denied = world.ends(1, guests::FETCH, "fetch", &arguments);
    assert_eq!(denied.0["denied"][0]["flag"], serde_json::Value::Null);
    let told = world.print(guests::FETCH, "fetch", &[&arguments[..], &["--refresh"]].concat());
    told.exits(1).says("a cached task runs sealed and cannot have HTTP GET to 127.0.0.1:9");
}

#[test]
fn directories_are_granted_by_flag_and_by_larder_toml() {
    let world = world!();
    let guest = world.copy(guests::OUTSIDE, "guest.wasm");
    world.write("data/in.txt", "input");
    let read = ["path=/in/in.txt"];
    world.ends(1, &guest, "read", &read);
    assert_eq!(world.run(&guest, "read", &["path=/in/in.txt", "--allow-dir=data::/in"]).result()["ok"], "input");
    let write = ["path=/in/new.txt", "text=x", "--allow-dir=data::/in"];
    world.ends(1, &guest, "write", &write);
    world.write("larder.toml", "[grants.read]\ndirectories = [{ host = \"data\", guest = \"/in\" }]\n");
    world.trust("larder.toml");
    assert_eq!(world.run(&guest, "read", &read).result()["ok"], "input");
    world.write("larder.toml", "[grants.read]\ndirectories = [{ host = \"absent\", guest = \"/in\" }]\n");
    world.trust("larder.toml");
    let failed = world.ends(2, &guest, "read", &read);
    assert!(failed.message().contains("absent"), "{}", failed.message());
}

#[test]
fn what_was_denied_is_told_with_what_would_allow_it() {
    let world = world!();
    let guest = world.write("importing.wat", larder_tests::wat::IMPORTING);
    let denied = world.ends(5, &guest, "calls", &["n=1", "--pinned"]);
    assert!(denied.message().contains("nothing allows a task the import"), "{}", denied.message());
    assert_eq!(denied.0["run"]["denied"][0]["code"], "import");
}
