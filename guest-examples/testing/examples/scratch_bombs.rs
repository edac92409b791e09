//! Tries to get more out of its scratch folder than there is, and out of the folder itself.

use std::fs::{self, File};
use std::io::{Error, Seek, SeekFrom, Write};

use testing_guests::{declared, symlink};

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        inline: r#"
            package testing:scratch-bombs@0.1.0;

            interface bombs {
                /// Writes one file until it cannot, at most so many MiB; answers with the MiB that there was room for.
                large-file: func(mib: u32) -> u32;
                /// Makes empty files until it cannot, at most so many; answers with how many there was room for.
                many-files: func(count: u32) -> u32;
                /// Makes folders in folders until it cannot, at most so many; answers with how many there was room for.
                deep-folders: func(count: u32) -> u32;
                /// Writes a byte into each of so many blocks, every other one of a file.
                holes: func(count: u32) -> u32;
                /// Opens the folder to list it, so many times at once.
                listings: func(count: u32) -> u32;
                /// Makes a file, removes it, and so on; answers with how often.
                churn: func(count: u32) -> u32;
                /// What came of each try to get out.
                escapes: func() -> list<string>;
            }

            world bombing {
                include larder:task/task@0.1.0;
                export bombs;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::scratch_bombs::bombs;

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        vec![declared!("bombs#large-file"), declared!("bombs#many-files"), declared!("bombs#escapes")]
    }
}

/// How often `step` succeeds, at most `count` times.
fn until_it_fails(count: u32, mut step: impl FnMut(u32) -> Result<(), Error>) -> u32 {
    (0..count).take_while(|number| step(*number).is_ok()).count() as u32
}

impl bombs::Guest for Component {
    fn large_file(mib: u32) -> u32 {
        let Ok(mut file) = File::create("large") else { return 0 };
        let piece = vec![1; 1 << 20];
        until_it_fails(mib, |_| file.write_all(&piece))
    }

    fn many_files(count: u32) -> u32 {
        until_it_fails(count, |number| File::create(number.to_string()).map(drop))
    }

    fn deep_folders(count: u32) -> u32 {
        // Each goes around those that are there: no path grows longer.
        let _ = fs::create_dir("d");
        until_it_fails(count, |_| {
            fs::create_dir("around")?;
            fs::rename("d", "around/d")?;
            fs::rename("around", "d")
        })
    }

    fn holes(count: u32) -> u32 {
        let Ok(mut file) = File::create("holes") else { return 0 };
        until_it_fails(count, |number| {
            file.seek(SeekFrom::Start(u64::from(number) * 8192))?;
            file.write_all(b"x")
        })
    }

    fn listings(count: u32) -> u32 {
        let _ = Self::many_files(1000);
        let mut open = Vec::new();
        until_it_fails(count, |_| {
            let mut listing = fs::read_dir("/")?;
            let first = listing.next();
            open.push((listing, first));
            Ok(())
        })
    }

    fn churn(count: u32) -> u32 {
        until_it_fails(count, |_| {
            fs::write("file", "content")?;
            fs::remove_file("file")
        })
    }

    fn escapes() -> Vec<String> {
        let _ = fs::write("inside", "inside");
        let _ = fs::create_dir("f");
        let read = |path: &str| fs::read(path).map(|bytes| bytes.len());
        let mut tries = Vec::new();
        for path in [
            "../etc/passwd",
            "f/../../etc/passwd",
            "/etc/passwd",
            "/../etc/passwd",
            "/dev/zero",
            "/dev/fd/0",
            "/proc/self/environ",
        ] {
            tries.push(told(&format!("read {path}"), read(path)));
        }
        for target in ["/etc/passwd", "/proc/self", "/", "../../etc/passwd"] {
            let made = symlink(target, "f/link").map(|()| 0);
            tries.push(told(&format!("link to {target}"), made));
            tries.push(told("read it", read("f/link")));
            let _ = fs::remove_file("f/link");
        }
        tries.push(told("write above", fs::write("../outside", "x").map(|()| 0)));
        tries.push(told("move above", fs::rename("inside", "../outside").map(|()| 0)));
        tries.push(told("link from above", fs::hard_link("../etc/passwd", "passwd").map(|()| 0)));
        tries.push(told("list above", fs::read_dir("..").map(Iterator::count)));
        tries
    }
}

fn told(what: &str, result: Result<usize, Error>) -> String {
    match result {
        Ok(count) => format!("{what}: {count}"),
        Err(error) => format!("{what}: {error}"),
    }
}
