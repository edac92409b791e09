//! Every command in the README, run as written.
//!
//! In a block of kind `console` a line that starts with `$ ` is a command. The lines after it are its expected output:
//! `hit` and `miss` on standard error, everything else on standard output, up to an `…` if there is one.

use larder_tests::{Ran, World, workspace, world};

/// Commands that a test cannot run: itself.
const NOT_RUN: [&str; 1] = ["cargo test --workspace"];

struct Step {
    command: String,
    printed: Vec<String>,
}

fn steps() -> Vec<Step> {
    let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
    let mut steps: Vec<Step> = Vec::new();
    for block in readme.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            match line.strip_prefix("$ ") {
                Some(command) => steps.push(Step { command: command.to_owned(), printed: Vec::new() }),
                None => steps.last_mut().unwrap().printed.push(line.to_owned()),
            }
        }
    }
    steps
}

fn run(world: &World, step: &Step) -> Ran {
    let arguments = step
        .command
        .strip_prefix("cargo run --release -- ")
        .or_else(|| step.command.strip_prefix("larder "))
        .unwrap_or_else(|| panic!("the README has a command that this test cannot run: {}", step.command));
    // The text is quoted for a shell, so a shell splits it; `larder` stands for the command under test.
    let mut command = world.command([] as [&str; 0]);
    let program = command.get_program().to_owned();
    let mut shell = std::process::Command::new("sh");
    shell.arg("-c").arg(format!("\"$0\" {arguments}")).arg(program).current_dir(workspace()).env_clear();
    for (name, value) in command.stdin(std::process::Stdio::null()).get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    Ran::of(&mut shell)
}

#[test]
fn every_command_does_what_the_readme_says() {
    let world = world!();
    let steps = steps();
    assert!(steps.len() >= 12, "the blocks of the README were not found");
    for step in steps.iter().filter(|step| !NOT_RUN.contains(&step.command.as_str())) {
        let ran = run(&world, step);
        ran.exits(0);
        for line in &step.printed {
            let status = ["hit", "miss", "same"].contains(&line.as_str());
            let stream = if status { &ran.stderr } else { &ran.stdout };
            let start = line.split('…').next().unwrap();
            assert!(stream.lines().any(|printed| printed.starts_with(start)), "expected {line:?}\n{ran}");
            if !status && !line.contains('…') {
                assert!(stream.lines().any(|printed| printed == line), "expected {line:?}\n{ran}");
            }
        }
    }
}

#[test]
fn the_first_command_is_a_hit_when_it_is_run_again() {
    let world = world!();
    let first = &steps()[0];
    run(&world, first).exits(0).says("miss");
    run(&world, first).exits(0).says("hit");
}
