//! A stranger's component claims the name and the version of a trusted one: the effects, the messages, and the
//! restrictions of `--untrusted`.

use larder_tests::{World, guests, world};

const CALL: [&str; 1] = ["n=7"];

/// The two have the same name, signature and version, and answer differently.
const TRUSTED: &str = guests::BODY_A;
const STRANGER: &str = guests::BODY_B;

fn batch(world: &World, options: &[&str]) -> larder_tests::Ran {
    let ran = world.larder([&["batch", TRUSTED, "answer", "--each", "n=[7, 8]"], options].concat());
    ran.exits(0);
    ran
}

#[test]
fn an_answer_of_another_component_is_said_in_each_line_and_in_the_summary() {
    let world = world!();
    let made = world.run(STRANGER, "answer", &CALL);
    let digest = made.0["component"].as_str().unwrap().to_owned();
    let told = batch(&world, &["--dry-run"]);
    assert!(told.stdout.contains(&format!("\"made_by_other_component\":\"{digest}\"")), "{told}");
    let told = batch(&world, &[]);
    told.says("1 of the hits made by another component");
    let lines: Vec<serde_json::Value> = told.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["made_by_other_component"], digest, "{told}");
    assert_eq!(lines[1].get("made_by_other_component"), None, "{told}");
    let told = batch(&world, &["--json"]);
    let summary: serde_json::Value = serde_json::from_str(&told.stderr).unwrap();
    assert_eq!((&summary["hits"], &summary["hits_made_by_other_components"]), (&2.into(), &1.into()));
    let told = batch(&world, &["--output-format=csv"]);
    assert!(told.stdout.lines().nth(1).unwrap().ends_with(&format!(",{digest}")), "{told}");
    batch(&world, &["--refresh"]).is_silent_about("another component");
}

#[test]
fn what_is_not_trusted_answers_for_nobody_and_nobody_answers_for_it() {
    let world = world!();
    let own = world.run(STRANGER, "answer", &["n=7", "--untrusted"]);
    assert_eq!(own.is_a_miss("no-entry").result(), "b7");
    let trusted = world.run(TRUSTED, "answer", &CALL);
    assert_eq!(trusted.is_a_miss("no-entry").result(), "a7");
    assert_eq!(world.run(STRANGER, "answer", &["n=7", "--untrusted"]).hits().result(), "b7");
    assert_eq!(world.run(TRUSTED, "answer", &CALL).hits().result(), "a7");
    // The trusted one does not answer for itself either if it is not trusted.
    world.run(TRUSTED, "answer", &["n=7", "--untrusted"]).is_a_miss("no-entry");
    let told = world.larder(["batch", STRANGER, "answer", "--each", "n=[7, 8]", "--untrusted"]);
    told.exits(0).says("hit 1, miss 1").is_silent_about("another component");
}

#[test]
fn its_key_is_that_of_its_own_code_and_keys_of_trusted_calls_stay() {
    let world = world!();
    let key = |options: &[&str]| world.key(STRANGER, "answer", &[&CALL, options].concat());
    let (trusted, untrusted, pinned) = (key(&[]), key(&["--untrusted"]), key(&["--pinned"]));
    assert_eq!(untrusted["key"], pinned["key"]);
    assert_ne!(untrusted["key"], trusted["key"]);
    let inspected = world.json(0, ["inspect", STRANGER, "--untrusted"]);
    assert_eq!(inspected["tasks"][0]["cache"]["pinned"], true, "{inspected:#}");
}

#[test]
fn what_its_manifest_claims_beyond_that_is_left_out() {
    let world = world!();
    // A scope that needs a workflow, and a need of a cached task.
    world.ends(2, guests::OUTCOMES, "per-workflow", &["n=1"]);
    world.run(guests::OUTCOMES, "per-workflow", &["n=1", "--untrusted"]).is_a_miss("no-entry");
    world.ends(2, guests::NEEDS, "cached", &["name=A"]);
    world.run(guests::NEEDS, "cached", &["name=A", "--untrusted"]).is_a_miss("no-entry");
    // An undeclared task is not cached.
    world.run(guests::OUTCOMES, "undeclared", &["n=1", "--untrusted"]).is_a_miss("not-declared");
    // The component's need does not narrow the grant.
    let open = world.run(guests::NEEDS, "nothing", &["name=A", "--untrusted", "--allow-env=A=1"]);
    assert_eq!((open.result(), &open.0["world"]), (&"1".into(), &"open".into()));
    let claims = world.json(0, ["inspect", guests::DECLARES]);
    let left = world.json(0, ["inspect", guests::DECLARES, "--untrusted"]);
    let is_claimed = |tasks: &serde_json::Value| {
        tasks["tasks"]
            .as_array()
            .unwrap()
            .iter()
            .any(|task| task["size"] != "small" || !task["timeout_seconds"].is_null() || task["file_names"] == true)
    };
    assert!(is_claimed(&claims) && !is_claimed(&left), "{claims:#}\n{left:#}");
}

#[test]
fn no_larder_toml_is_read_for_it() {
    let world = world!();
    let component = world.copy(guests::NO_MANIFEST, "component.wasm");
    world.write(
        "larder.toml",
        "account = \"lab\"\n[tasks.\"testing:plain/text#shout\"]\nversion = \"1\"\n[grants.shout]\n",
    );
    world.trust(".");
    let called = world.run(&component, "shout", &["text=a", "--untrusted"]);
    called.is_a_miss("not-declared");
    assert_eq!((&called.0["world"], &called.0["provenance"]["account"]), (&"sealed".into(), &"default".into()));
    // Even a broken one is ignored.
    world.write("larder.toml", "nonsense");
    world.print(&component, "shout", &["text=a"]).exits(2);
    world.run(&component, "shout", &["text=a", "--untrusted"]).is_a_miss("not-declared");
    let refused = world.print(&component, "shout", &["text=a", "--untrusted", "--config=larder.toml"]);
    refused.fails(2, &["--untrusted reads no larder.toml"]);
    world.project("folder", &larder_tests::wat::Sum::default().wat(), "");
    world.print("folder", "sum", &["a=1", "b=1", "--untrusted"]).fails(2, &["expected the file of a component"]);
}

#[test]
fn a_version_from_the_caller_would_share_and_is_refused() {
    let world = world!();
    let refused = world.print(STRANGER, "answer", &["n=7", "--untrusted", "--cache-version=1"]);
    refused.fails(2, &["is of a component that is not trusted", "hint: leave out --cache-version"]);
    world.run(guests::OUTCOMES, "undeclared", &["n=1", "--untrusted", "--pinned"]).is_a_miss("no-entry");
    world.run(guests::OUTCOMES, "undeclared", &["n=1", "--untrusted", "--pinned"]).hits();
}

#[test]
fn a_check_of_it_is_one_of_it() {
    let world = world!();
    let told = world.print(STRANGER, "answer", &["n=7", "--untrusted", "--check=2"]);
    told.exits(0).prints("\"b7\"\n").says("same");
}
