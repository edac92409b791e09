//! Reading from disk: hostile paths, sizes, and files that change.

use std::fs::{self, File};
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use super::{WAT, binary};
use crate::bytes::{ComponentError, NotAComponent, read};
use larder_content::{FileIdentity, FileKind};

const MAX: u64 = 1 << 20;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn refused(path: &Path) -> ComponentError {
    read(path, MAX).expect_err("the file should be refused")
}

#[test]
fn binary_and_text_files_give_one_component() {
    let folder = folder();
    let (wasm, wat) = (folder.path().join("a.wasm"), folder.path().join("a.wat"));
    fs::write(&wasm, binary()).expect("written");
    fs::write(&wat, WAT).expect("written");
    let (component, identity) = read(&wasm, MAX).expect("a component");
    assert_eq!(read(&wat, MAX).expect("a component").0, component);
    assert_eq!(identity, FileIdentity::at(&wasm).expect("there"));
    assert_eq!(identity.size, binary().len() as u64);
}

#[test]
fn a_missing_file_suggests_its_neighbour() {
    let folder = folder();
    fs::write(folder.path().join("word-count.wasm"), "").expect("written");
    fs::write(folder.path().join("notes.txt"), "").expect("written");
    let error = refused(&folder.path().join("word-cuont.wasm"));
    assert!(matches!(&error, ComponentError::NotFound { nearest: Some(name), .. } if name == "word-count.wasm"));
    let error = refused(&folder.path().join("notes.tx"));
    assert!(matches!(error, ComponentError::NotFound { nearest: None, .. }));
    assert!(matches!(refused(Path::new("")), ComponentError::NotFound { .. }));
    assert!(matches!(refused(&folder.path().join("notes.txt/a.wasm")), ComponentError::Unreadable { .. }));
}

#[test]
fn what_is_not_a_regular_file_is_refused_without_waiting() {
    let folder = folder();
    let (fifo, socket) = (folder.path().join("fifo"), folder.path().join("socket"));
    mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
    let _listener = UnixListener::bind(&socket).expect("a socket");
    let cases = [
        (folder.path(), FileKind::Folder),
        (&fifo, FileKind::Fifo),
        (&socket, FileKind::Socket),
        (Path::new("/dev/zero"), FileKind::Device),
    ];
    for (path, expected) in cases {
        let error = refused(path);
        assert!(matches!(error, ComponentError::NotAFile { kind, .. } if kind == expected), "{error}");
    }
}

#[test]
fn a_file_over_the_limit_is_refused_before_it_is_read() {
    let folder = folder();
    let path = folder.path().join("zeros.wasm");
    // A hole of a terabyte takes no space, but reading it would take minutes.
    File::create(&path).and_then(|file| file.set_len(1 << 40)).expect("a sparse file");
    assert!(matches!(refused(&path), ComponentError::TooLarge { size, max: MAX, .. } if size == 1 << 40));
    fs::write(&path, binary()).expect("written");
    let size = binary().len() as u64;
    assert!(read(&path, size).is_ok());
    assert!(matches!(read(&path, size - 1), Err(ComponentError::TooLarge { .. })));
}

#[test]
fn a_text_that_stands_for_too_much_is_refused() {
    let folder = folder();
    let path = folder.path().join("a.wat");
    // Each module has 19 characters and 28 bytes.
    let text = format!("(component{})", "(core module(func))".repeat(20));
    fs::write(&path, &text).expect("written");
    let max = text.len() as u64;
    let error = read(&path, max).expect_err("its binary is longer than the text");
    let ComponentError::InFile { problem: NotAComponent::TextTooLarge { size, max: _ }, .. } = error else {
        panic!("{error}")
    };
    assert!(read(&path, size - 1).is_err() && read(&path, size).is_ok());
}

#[test]
fn a_file_named_wat_is_parsed_as_text_whatever_it_starts_with() {
    let folder = folder();
    let path = folder.path().join("a.wat");
    fs::write(&path, "component)").expect("written");
    let error = refused(&path);
    assert!(matches!(error, ComponentError::InFile { problem: NotAComponent::Text { .. }, .. }), "{error}");
    fs::write(&path, "").expect("written");
    assert!(matches!(refused(&path), ComponentError::InFile { problem: NotAComponent::Empty, .. }));
    fs::write(&path, binary()).expect("written");
    assert!(read(&path, MAX).is_ok());
}

#[test]
fn a_file_whose_length_is_a_lie_is_reported_as_changing() {
    // The kernel reports that its files are empty, but they are not.
    let error = refused(Path::new("/proc/self/status"));
    assert!(matches!(error, ComponentError::Changed { .. }), "{error}");
}

#[test]
fn messages_name_the_file() {
    let folder = folder();
    let path = folder.path().join("a.wasm");
    fs::write(&path, "hello").expect("written");
    let message = refused(&path).to_string();
    assert!(message.contains("a.wasm") && message.contains("not WebAssembly"), "{message}");
}
