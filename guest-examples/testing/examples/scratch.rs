//! Uses its scratch folder as a program does that was written for any folder, and reports what it saw.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{Read, Result, Seek, SeekFrom, Write};
use std::time::{Duration, SystemTime};

use testing_guests::{declared, symlink};

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        inline: r#"
            package testing:scratch@0.1.0;

            interface scratch {
                /// A line for each thing done.
                transcript: func() -> list<string>;
                /// Writes and reads back so many bytes, in pieces of so many, and answers with their sum.
                copy: func(bytes: u64, piece: u32) -> u64;
            }

            world writing {
                include larder:task/task@0.1.0;
                export scratch;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::scratch::scratch;

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        vec![declared!("scratch#transcript"), declared!("scratch#copy")]
    }
}

impl scratch::Guest for Component {
    fn transcript() -> Vec<String> {
        let mut seen = Vec::new();
        for (what, step) in STEPS {
            seen.push(match step() {
                Ok(text) => format!("{what}: {text}"),
                Err(error) => format!("{what}: {error}"),
            });
        }
        seen
    }

    fn copy(bytes: u64, piece: u32) -> u64 {
        let written: Result<u64> = (|| {
            let mut file = File::create("copied")?;
            let mut left = bytes;
            while left > 0 {
                let now = left.min(u64::from(piece));
                file.write_all(&vec![7; now as usize])?;
                left -= now;
            }
            let (mut file, mut buffer, mut sum) = (File::open("/copied")?, vec![0; piece as usize], 0);
            loop {
                match file.read(&mut buffer)? {
                    0 => return Ok(sum),
                    read => sum += buffer[..read].iter().map(|byte| u64::from(*byte)).sum::<u64>(),
                }
            }
        })();
        written.unwrap_or(u64::MAX)
    }
}

type Step = (&'static str, fn() -> Result<String>);

/// Each goes on from what those before it left.
const STEPS: &[Step] = &[
    ("empty", || list("/")),
    ("folders", || {
        fs::create_dir("a")?;
        fs::create_dir_all("/a/deep/er")?;
        fs::create_dir("a").map(|()| "made twice".to_owned())
    }),
    ("write and append", || {
        fs::write("a/text", "one\n")?;
        OpenOptions::new().append(true).open("a/text")?.write_all(b"two\n")?;
        fs::read_to_string("/a/text").map(|text| format!("{text:?}"))
    }),
    ("create new", || File::create_new("a/text").map(|_| "made twice".to_owned())),
    ("no such file", || fs::read_to_string("a/none")),
    ("seek and overwrite", || {
        let mut file = OpenOptions::new().read(true).write(true).open("a/text")?;
        file.seek(SeekFrom::Start(10))?;
        file.write_all(b"far")?;
        file.rewind()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(format!("{:?}", String::from_utf8_lossy(&bytes)))
    }),
    ("metadata", || Ok(describe(&fs::metadata("a/text")?))),
    ("metadata of a folder", || Ok(describe(&fs::metadata("a")?))),
    ("truncate and extend", || {
        let file = OpenOptions::new().write(true).open("a/text")?;
        file.set_len(2)?;
        file.set_len(5)?;
        file.sync_all()?;
        fs::read("a/text").map(|bytes| format!("{bytes:?}"))
    }),
    ("set times", || {
        let file = OpenOptions::new().write(true).open("a/text")?;
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::new(5, 7))?;
        Ok(describe(&file.metadata()?))
    }),
    ("hard link", || {
        fs::hard_link("a/text", "second")?;
        fs::write("second", "shared")?;
        fs::read_to_string("a/text")
    }),
    ("hard link to a folder", || fs::hard_link("a", "b").map(|()| "made".to_owned())),
    ("symbolic links", || {
        symlink("a/text", "link")?;
        symlink("round", "round")?;
        symlink("../../x", "a/deep/out")?;
        Ok(format!("{} {:?}", fs::read_to_string("link")?, fs::read_link("link")?))
    }),
    ("metadata of a link", || Ok(describe(&fs::symlink_metadata("link")?))),
    ("a circle", || fs::read_to_string("round")),
    ("list", || list(".")),
    ("list deep", || list("a")),
    ("rename over a file", || {
        fs::write("new", "renamed")?;
        fs::rename("new", "second")?;
        Ok(format!("{} {}", fs::read_to_string("second")?, fs::read_to_string("a/text")?))
    }),
    ("rename into itself", || fs::rename("a", "a/deep/a").map(|()| "moved".to_owned())),
    ("rename a folder over a full one", || {
        fs::create_dir("empty")?;
        fs::rename("empty", "a").map(|()| "moved".to_owned())
    }),
    ("rename a folder", || {
        fs::rename("a/deep/er", "empty")?;
        list("a/deep")
    }),
    ("remove a folder as a file", || fs::remove_file("empty").map(|()| "removed".to_owned())),
    ("remove a file as a folder", || fs::remove_dir("second").map(|()| "removed".to_owned())),
    ("remove a full folder", || fs::remove_dir("a").map(|()| "removed".to_owned())),
    ("read a folder", || fs::read_to_string("a")),
    ("write a folder", || fs::write("a", "").map(|()| "written".to_owned())),
    ("a file as a folder", || fs::read_to_string("second/x")),
    ("removed but open", || {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open("gone")?;
        file.write_all(b"still here")?;
        fs::remove_file("gone")?;
        file.rewind()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        Ok(format!("{text}, {}", fs::exists("gone")?))
    }),
    ("far beyond the end", || {
        let mut file = File::create("sparse")?;
        file.seek(SeekFrom::Start(1 << 40))?;
        file.write_all(b"x")?;
        Ok(describe(&file.metadata()?))
    }),
    ("too far", || File::create("sparse")?.set_len(1 << 60).map(|()| "set".to_owned())),
    ("clean up", || {
        fs::remove_dir_all("a")?;
        for name in ["second", "link", "round", "sparse"] {
            fs::remove_file(name)?;
        }
        list("/")
    }),
];

fn list(folder: &str) -> Result<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let ty = entry.file_type()?;
        let mark = if ty.is_dir() {
            "/"
        } else if ty.is_symlink() {
            "@"
        } else {
            ""
        };
        names.push(entry.file_name().to_string_lossy().into_owned() + mark);
    }
    Ok(names.join(" "))
}

fn describe(metadata: &Metadata) -> String {
    let since_2000 = |time: Result<SystemTime>| match time.map(|time| time.duration_since(SystemTime::UNIX_EPOCH)) {
        Ok(Ok(since)) => (since.as_nanos() as i128 - 946_684_800_000_000_000).to_string(),
        Ok(Err(_)) | Err(_) => "none".to_owned(),
    };
    format!(
        "{} bytes, read at {}, written at {}",
        metadata.len(),
        since_2000(metadata.accessed()),
        since_2000(metadata.modified())
    )
}
