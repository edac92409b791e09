//! All that a task can do with files and directories, and all that it must not be able to: one function each.

use std::fs;
use std::io::Read;
use std::time::Duration;

use testing_guests::declared;

#[path = "files/attacks.rs"]
mod attacks;
#[path = "files/make.rs"]
mod make;
#[path = "files/tell.rs"]
mod tell;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        inline: r#"
            package testing:files@0.1.0;

            interface files {
                use larder:task/files@0.1.0.{file, directory};

                /// The text of a file, opened at its path.
                by-path: func(f: file) -> string;
                /// The bytes of a file, read so many at a time.
                by-stream: func(f: file, piece: u32) -> list<u8>;
                /// The size of a file that is lent.
                lent: func(f: borrow<file>) -> u64;
                /// Name, size, digest in hexadecimal digits, and path.
                facts: func(f: file) -> tuple<string, u64, string, string>;
                /// The names and paths of both; in the manifest, names are inputs.
                named: func(f: file, d: directory) -> list<string>;
                /// The bytes of all files added up, read at their paths.
                sum: func(files: list<file>) -> u64;
                /// What it was given, in words.
                nested: func(x: nest) -> list<string>;

                /// Files in other types.
                record nest {
                    maybe: option<file>,
                    pairs: list<tuple<string, file>>,
                    either: result<file, directory>,
                }

                /// A file that is written in the scratch folder.
                from-scratch: func(name: string, text: string) -> result<file, string>;
                /// A file of bytes.
                from-bytes: func(name: string, bytes: list<u8>) -> result<file, string>;
                /// A file that is written with a writer, the same piece so many times.
                written: func(name: string, piece: string, times: u32) -> result<file, string>;
                /// A file of so many MiB of zeros: written in the scratch folder, or with a writer.
                zeros: func(mib: u32, by-path: bool) -> result<file, string>;
                /// A file of `early`, which goes on being written in the scratch folder after it was made.
                later: func() -> result<file, string>;
                /// A directory of files (path and text; a path that ends in `/` is an empty folder) and of symbolic
                /// links (path and target).
                tree: func(files: list<tuple<string, string>>, links: list<tuple<string, string>>)
                    -> result<directory, string>;
                /// The file it was given.
                same: func(f: file) -> file;
                /// The directory it was given.
                same-directory: func(d: directory) -> directory;
                /// A file and a directory that it is in.
                both: func(f: file) -> tuple<file, directory>;

                /// All entries, `path: kind`, through `open-directory`.
                %list: func(d: directory) -> list<string>;
                /// The text of a file in a directory, through `open-file`.
                open-in: func(d: directory, path: string) -> result<string, string>;
                /// All entries, through the file system: path, kind, and size and text or target.
                walk: func(d: directory) -> list<string>;
                /// The text of a file in a directory, through the file system.
                read-at: func(d: directory, path: string) -> result<string, string>;

                /// What came of each try to change what it was given, or to get out.
                attack: func(f: file, d: directory) -> list<string>;

                /// Makes so many files and drops each; their sizes added up.
                drop-all: func(n: u32) -> u64;
                /// Makes so many files and keeps them all; their sizes added up.
                hold: func(n: u32) -> u64;
                /// The bytes of a file added up, with a pause in the middle of it.
                slow: func(f: file, seconds: u32) -> u64;
                /// What is in `/`, and in `/files` if it is there.
                roots: func() -> list<string>;
                /// For the open world, and so not in the manifest: the path and the text of the file, the entries of the
                /// directory, and what came of a try to make a file of one that was written; and a file that was made.
                out-there: func(f: file, d: directory) -> tuple<list<string>, file>;
            }

            world filing {
                include larder:task/task@0.1.0;
                export files;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::files::files::{Guest, Nest};
use bindings::larder::task::files::{Directory, File};

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        vec![
            declared!("files#by-path"),
            declared!("files#by-stream"),
            declared!("files#lent"),
            declared!("files#facts"),
            Task { file_names: true, ..declared!("files#named") },
            declared!("files#sum"),
            declared!("files#nested"),
            declared!("files#from-scratch"),
            declared!("files#from-bytes"),
            declared!("files#written"),
            declared!("files#zeros"),
            declared!("files#later"),
            declared!("files#tree"),
            declared!("files#same"),
            declared!("files#same-directory"),
            declared!("files#both"),
            declared!("files#list"),
            declared!("files#open-in"),
            declared!("files#walk"),
            declared!("files#read-at"),
            declared!("files#attack"),
            declared!("files#drop-all"),
            declared!("files#hold"),
            declared!("files#slow"),
            declared!("files#roots"),
        ]
    }
}

impl Guest for Component {
    fn by_path(f: File) -> String {
        fs::read_to_string(f.path()).expect("a text")
    }

    fn by_stream(f: File, piece: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let more = f.read(bytes.len() as u64, piece);
            if more.is_empty() {
                return bytes;
            }
            bytes.extend(more);
        }
    }

    fn lent(f: &File) -> u64 {
        f.size()
    }

    fn facts(f: File) -> (String, u64, String, String) {
        let digest = f.digest().iter().map(|byte| format!("{byte:02x}")).collect();
        (f.name(), f.size(), digest, f.path())
    }

    fn named(f: File, d: Directory) -> Vec<String> {
        vec![f.name(), f.path(), d.name(), d.path()]
    }

    fn sum(files: Vec<File>) -> u64 {
        files.iter().map(|file| add_up(fs::File::open(file.path()).expect("a file"))).sum()
    }

    fn nested(x: Nest) -> Vec<String> {
        tell::nest(&x)
    }

    fn from_scratch(name: String, text: String) -> Result<File, String> {
        make::in_scratch(&name, &text)
    }

    fn from_bytes(name: String, bytes: Vec<u8>) -> Result<File, String> {
        File::from_bytes(&name, &bytes).map_err(make::why)
    }

    fn written(name: String, piece: String, times: u32) -> Result<File, String> {
        make::written(&name, piece.as_bytes(), times)
    }

    fn zeros(mib: u32, by_path: bool) -> Result<File, String> {
        if by_path { make::zeros(mib) } else { make::written("zeros", &vec![0; 1 << 20], mib) }
    }

    fn later() -> Result<File, String> {
        make::later()
    }

    fn tree(files: Vec<(String, String)>, links: Vec<(String, String)>) -> Result<Directory, String> {
        make::tree(&files, &links)
    }

    fn out_there(f: File, d: Directory) -> (Vec<String>, File) {
        let mut told = vec![f.path(), fs::read_to_string(f.path()).unwrap_or_else(make::why)];
        told.push(String::from_utf8_lossy(&f.read(0, 100)).into_owned());
        told.extend(tell::folder(&d.path()));
        told.push(fs::write("/files/1", "x").map_or_else(make::why, |()| "written".to_owned()));
        told.push(make::in_scratch("/x", "x").map_or_else(|error| error, |_| "made".to_owned()));
        (told, make::written("made.txt", b"ab", 3).expect("a writer needs no folder"))
    }

    fn same(f: File) -> File {
        f
    }

    fn same_directory(d: Directory) -> Directory {
        d
    }

    fn both(f: File) -> (File, Directory) {
        let text = fs::read_to_string(f.path()).expect("a text");
        let directory = make::tree(&[("copy".to_owned(), text)], &[]).expect("a directory");
        (f, directory)
    }

    fn list(d: Directory) -> Vec<String> {
        tell::entries(&d)
    }

    fn open_in(d: Directory, path: String) -> Result<String, String> {
        let file = d.open_file(&path).map_err(make::why)?;
        fs::read_to_string(file.path()).map_err(make::why)
    }

    fn walk(d: Directory) -> Vec<String> {
        tell::folder(&d.path())
    }

    fn read_at(d: Directory, path: String) -> Result<String, String> {
        fs::read_to_string(format!("{}/{path}", d.path())).map_err(make::why)
    }

    fn attack(f: File, d: Directory) -> Vec<String> {
        attacks::all(&f, &d)
    }

    fn drop_all(n: u32) -> u64 {
        (0..n).map(|n| numbered(n).size()).sum()
    }

    fn hold(n: u32) -> u64 {
        let files: Vec<File> = (0..n).map(numbered).collect();
        files.iter().map(File::size).sum()
    }

    fn slow(f: File, seconds: u32) -> u64 {
        let mut file = fs::File::open(f.path()).expect("a file");
        let half = add_up(file.by_ref().take(f.size() / 2));
        std::thread::sleep(Duration::from_secs(seconds.into()));
        half + add_up(file)
    }

    fn roots() -> Vec<String> {
        let files = if fs::exists("/files").unwrap_or(false) { tell::names("/files") } else { Vec::new() };
        [tell::names("/"), files].concat()
    }
}

/// A file that differs from those of other numbers.
fn numbered(number: u32) -> File {
    File::from_bytes("numbered", number.to_string().as_bytes()).expect("a file")
}

/// The bytes of all that is left to read, added up.
fn add_up(mut from: impl Read) -> u64 {
    let (mut buffer, mut sum) = (vec![0; 64 << 10], 0);
    loop {
        match from.read(&mut buffer).expect("what is open can be read") {
            0 => return sum,
            read => sum += sum_of(&buffer[..read]),
        }
    }
}

/// Bytes added up, eight at a time: whoever measures how files are read should not measure this.
fn sum_of(bytes: &[u8]) -> u64 {
    const EVERY_OTHER: u64 = 0x00ff_00ff_00ff_00ff;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut sum = rest.iter().map(|byte| u64::from(*byte)).sum();
    // Four sums of 16 bits in one number: 128 times twice 255 is the most that they hold.
    for words in words.chunks(128) {
        let sums = words.iter().fold(0, |sums, word| {
            let word = u64::from_le_bytes(*word);
            sums + (word & EVERY_OTHER) + (word >> 8 & EVERY_OTHER)
        });
        sum += (0..4).map(|lane| sums >> (16 * lane) & 0xffff).sum::<u64>();
    }
    sum
}
