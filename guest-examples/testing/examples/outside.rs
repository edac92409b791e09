//! Looks at what only the open world has: real clocks and randomness, variables, directories.

#![expect(clippy::unwrap_used, reason = "a guest that cannot ask has nothing to say")]
#![expect(clippy::disallowed_methods, reason = "what the host's code must not read is what this looks at")]

use std::fmt::Display;
use std::io::Read as _;
use std::time::{Duration, Instant, SystemTime};

use testing_guests::declared;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        inline: r#"
            package testing:outside@0.1.0;

            /// An `err` is the error's text.
            interface outside {
                record view {
                    /// Seconds since 1970.
                    wall-clock: u64,
                    /// What the monotonic clock says of a sleep of 20 ms, in nanoseconds.
                    slept: u64,
                    random: list<u8>,
                    variables: list<tuple<string, string>>,
                    arguments: list<string>,
                    stdin: result<list<u8>, string>,
                }

                look: func() -> view;
                /// The first bytes of a file, as text.
                read: func(path: string) -> result<string, string>;
                write: func(path: string, text: string) -> result<_, string>;
                /// The names in a folder, sorted.
                names: func(path: string) -> result<list<string>, string>;
                /// Makes a symbolic link, as WASI has it: with no look at where it leads.
                link: func(target: string, path: string) -> result<_, string>;
                remove: func(path: string) -> result<_, string>;
                /// The length of so many random bytes.
                random: func(bytes: u64) -> u64;
                sleep: func(milliseconds: u64);
                print: func(text: string);
            }

            world looking-outside {
                include larder:task/task@0.1.0;
                export outside;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::outside::outside::{Guest, View};

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        vec![declared!("outside#look")]
    }
}

impl Guest for Component {
    fn look() -> View {
        let started = Instant::now();
        std::thread::sleep(Duration::from_millis(20));
        let slept = started.elapsed().as_nanos() as u64;
        let mut random = vec![0; 16];
        getrandom::fill(&mut random).unwrap();
        let mut stdin = Vec::new();
        View {
            wall_clock: SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs(),
            slept,
            random,
            variables: std::env::vars().collect(),
            arguments: std::env::args().collect(),
            stdin: std::io::stdin().read_to_end(&mut stdin).map(|_| stdin).map_err(words),
        }
    }

    fn read(path: String) -> Result<String, String> {
        let mut bytes = Vec::new();
        std::fs::File::open(path).map_err(words)?.take(1000).read_to_end(&mut bytes).map_err(words)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn write(path: String, text: String) -> Result<(), String> {
        std::fs::write(path, text).map_err(words)
    }

    fn names(path: String) -> Result<Vec<String>, String> {
        let entries = std::fs::read_dir(path).map_err(words)?;
        let mut names = entries
            .map(|entry| Ok(entry.map_err(words)?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<Vec<_>, String>>()?;
        names.sort();
        Ok(names)
    }

    fn link(target: String, path: String) -> Result<(), String> {
        for (descriptor, name) in wasip2::filesystem::preopens::get_directories() {
            if let Some(rest) = path.strip_prefix(&name) {
                return descriptor
                    .symlink_at(&target, rest.trim_start_matches('/'))
                    .map_err(|error| format!("{error:?}"));
            }
        }
        Err("no such directory".to_owned())
    }

    fn remove(path: String) -> Result<(), String> {
        std::fs::remove_file(path).map_err(words)
    }

    fn random(bytes: u64) -> u64 {
        wasip2::random::random::get_random_bytes(bytes).len() as u64
    }

    fn sleep(milliseconds: u64) {
        std::thread::sleep(Duration::from_millis(milliseconds));
    }

    #[expect(clippy::print_stdout, clippy::print_stderr, reason = "what is printed is what is looked at")]
    fn print(text: String) {
        println!("{text}");
        eprintln!("{text}");
    }
}

fn words(error: impl Display) -> String {
    error.to_string()
}
