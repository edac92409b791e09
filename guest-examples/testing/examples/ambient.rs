//! Reports whatever it can see of the world around it. In a sealed run that has to be nothing that differs from one
//! run to the next.

#![expect(clippy::disallowed_methods, reason = "what the host's code must not read is what this looks at")]

use std::collections::hash_map::RandomState;
use std::fmt::Display;
use std::hash::BuildHasher;
use std::io::Read;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Instant, SystemTime};

use testing_guests::declared;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        inline: r#"
            package testing:ambient@0.1.0;

            interface ambient {
                look: func() -> view;

                /// What was visible; an `err` is the error's text.
                record view {
                    /// Nanoseconds since 1970, or before it when negative.
                    wall-clock: s64,
                    /// Where the monotonic clock stands, as text: its zero means nothing.
                    monotonic: string,
                    /// Nanoseconds since that reading, four times in a row.
                    elapsed: list<u64>,
                    /// 16 bytes of `wasi:random/random`.
                    random: result<list<u8>, string>,
                    /// What the standard library hashes 0 to: it seeds its hash tables at random.
                    hash: u64,
                    variables: list<tuple<string, string>>,
                    arguments: list<string>,
                    stdin: result<list<u8>, string>,
                    /// The names in `/`, in the order in which they come.
                    root: result<list<string>, string>,
                    /// The names in `.`, in the order in which they come.
                    here: result<list<string>, string>,
                    /// A connection to 127.0.0.1:9.
                    connection: result<_, string>,
                    /// The addresses of `localhost`.
                    addresses: result<list<string>, string>,
                }
            }

            world looking {
                include larder:task/task@0.1.0;
                export ambient;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::ambient::ambient::{self, View};

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        vec![declared!("ambient#look")]
    }
}

impl ambient::Guest for Component {
    fn look() -> View {
        let start = Instant::now();
        View {
            wall_clock: wall_clock(),
            monotonic: format!("{start:?}"),
            elapsed: (0..4).map(|_| start.elapsed().as_nanos() as u64).collect(),
            random: random(),
            hash: RandomState::new().hash_one(0),
            variables: std::env::vars().collect(),
            arguments: std::env::args().collect(),
            stdin: stdin(),
            root: names("/"),
            here: names("."),
            connection: TcpStream::connect("127.0.0.1:9").map(drop).map_err(text),
            addresses: addresses(),
        }
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

fn wall_clock() -> i64 {
    match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => after.as_nanos() as i64,
        Err(before) => -(before.duration().as_nanos() as i64),
    }
}

fn random() -> Result<Vec<u8>, String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(text)?;
    Ok(bytes.to_vec())
}

fn stdin() -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map_err(text)?;
    Ok(bytes)
}

fn names(folder: &str) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(folder).map_err(text)?;
    entries.map(|entry| Ok(entry.map_err(text)?.file_name().to_string_lossy().into_owned())).collect()
}

fn addresses() -> Result<Vec<String>, String> {
    Ok(("localhost", 9).to_socket_addrs().map_err(text)?.map(|address| address.to_string()).collect())
}
