//! Every way a run can end, and every way a result can be kept or not: one function each.

use std::hint::black_box;
use std::io::{self, Write};
use std::time::Duration;

use testing_guests::declared;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        inline: r#"
            package testing:outcomes@0.1.0;

            interface outcomes {
                /// Answers `ok(n)`.
                succeed: func(n: u32) -> result<u32, string>;
                /// Answers `err`, which is forgotten.
                fail: func(n: u32) -> result<u32, string>;
                /// Answers `err`, which is kept.
                fail-kept: func(n: u32) -> result<u32, string>;
                /// Panics.
                trap: func(n: u32) -> u32;
                /// Never returns; may take one second.
                spin: func() -> u32;
                /// Waits.
                sleep: func(seconds: u32) -> u32;
                /// Takes and touches this much memory.
                hungry: func(mib: u32) -> u32;
                /// Calls itself so many times.
                recurse: func(depth: u32) -> u32;
                /// Answers with this many bytes: 0, 1, 2 and so on, around after 255.
                bytes: func(length: u32) -> list<u8>;
                /// Writes the text to stdout and to stderr; answers with its length in bytes.
                print: func(text: string) -> u32;
                /// Kept for one workflow.
                per-workflow: func(n: u32) -> u32;
                /// Kept for exactly this code.
                pinned: func(n: u32) -> u32;
                /// Not in the manifest.
                undeclared: func(n: u32) -> u32;
            }

            world every-outcome {
                include larder:task/task@0.1.0;
                export outcomes;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::outcomes::outcomes;

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        let keep = |version, scope, cache_errors| Some(Cache { version, scope, cache_errors });
        let declared = || Version::Declared("1".to_owned());
        vec![
            declared!("outcomes#succeed"),
            declared!("outcomes#fail"),
            Task { cache: keep(declared(), Scope::Account, true), ..declared!("outcomes#fail-kept") },
            declared!("outcomes#trap"),
            Task { timeout_seconds: Some(1), ..declared!("outcomes#spin") },
            declared!("outcomes#sleep"),
            declared!("outcomes#hungry"),
            declared!("outcomes#recurse"),
            declared!("outcomes#bytes"),
            declared!("outcomes#print"),
            Task { cache: keep(declared(), Scope::Workflow, false), ..declared!("outcomes#per-workflow") },
            Task { cache: keep(Version::Pinned, Scope::Account, false), ..declared!("outcomes#pinned") },
        ]
    }
}

impl outcomes::Guest for Component {
    fn succeed(n: u32) -> Result<u32, String> {
        Ok(n)
    }

    fn fail(n: u32) -> Result<u32, String> {
        Err(format!("failed with {n}"))
    }

    fn fail_kept(n: u32) -> Result<u32, String> {
        Err(format!("failed with {n}, for good"))
    }

    fn trap(n: u32) -> u32 {
        panic!("trapped with {n}")
    }

    fn spin() -> u32 {
        loop {
            std::hint::spin_loop();
        }
    }

    fn sleep(seconds: u32) -> u32 {
        std::thread::sleep(Duration::from_secs(seconds.into()));
        seconds
    }

    fn hungry(mib: u32) -> u32 {
        // Nonzero, so that every page is written rather than handed out clean.
        let taken: Vec<Vec<u8>> = (0..mib).map(|_| vec![1; 1 << 20]).collect();
        black_box(&taken).len() as u32
    }

    fn recurse(depth: u32) -> u32 {
        // Without the black box this becomes a loop.
        if depth == 0 { 0 } else { 1 + black_box(Self::recurse(black_box(depth - 1))) }
    }

    fn bytes(length: u32) -> Vec<u8> {
        (0..length).map(|n| n as u8).collect()
    }

    fn print(text: String) -> u32 {
        // Flushed, because nothing does it when a component's function returns.
        let write = |mut to: Box<dyn Write>| to.write_all(text.as_bytes()).and_then(|()| to.flush());
        write(Box::new(io::stdout())).expect("stdout takes the text");
        write(Box::new(io::stderr())).expect("stderr takes the text");
        text.len() as u32
    }

    fn per_workflow(n: u32) -> u32 {
        n
    }

    fn pinned(n: u32) -> u32 {
        n
    }

    fn undeclared(n: u32) -> u32 {
        n
    }
}
