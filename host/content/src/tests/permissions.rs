//! Tests of unreadable files, as a user to whom permissions apply: in a child process if root runs the tests.

use std::env;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::*;
use larder_base::Digest;

const FOLDER: &str = "LARDER_CONTENT_TEST_FOLDER";
const NOBODY: u32 = 65534;

/// The work of the child, which is not a test by itself.
#[test]
#[ignore = "a child of the test below it"]
#[expect(
    clippy::disallowed_methods,
    reason = "the test harness hands no arguments on, so a child is told by variables"
)]
fn a_child() {
    if let Some(folder) = env::var_os(FOLDER) {
        assert_nothing_is_read(Path::new(&folder));
    }
}

fn assert_nothing_is_read(folder: &Path) {
    let (secret, d, closed) = (folder.join("secret"), folder.join("d"), folder.join("closed"));
    let refused = |error: ContentError, at: &Path| {
        let (ContentError::Unreadable { path, reason } | ContentError::Unwritable { path, reason }) = error else {
            panic!("{error}")
        };
        assert!(path == at && reason.contains("denied"), "{}: {reason}", path.display());
    };
    refused(look_at_file(&secret).unwrap_err(), &secret);
    refused(look_at_directory(&d).unwrap_err(), &d.join("secret"));
    refused(look_at_directory(&closed).unwrap_err(), &closed);
    refused(look_at_file(&closed.join("x")).unwrap_err(), &closed.join("x"));
    refused(look_at_directory(&folder.join("outer")).unwrap_err(), &folder.join("outer/closed"));
    let new = folder.join("new");
    refused(export_file(&Content::of(*b"x"), &Digest::of(b"x"), &new, Replace::Any).unwrap_err(), &new);
    refused(export_directory(&directory([]), &new).unwrap_err(), &new);
}

#[test]
fn what_may_not_be_read_or_written_is_told() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = fs::canonicalize(temporary.path()).unwrap();
    for name in ["d", "closed", "outer", "outer/closed"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    for name in ["secret", "d/secret"] {
        fs::write(folder.join(name), b"secret").unwrap();
        set_mode(&folder.join(name), 0o000);
    }
    let closed = [folder.join("closed"), folder.join("outer/closed")];
    closed.iter().for_each(|path| set_mode(path, 0o000));
    set_mode(&folder, 0o555);
    if rustix::process::geteuid().is_root() {
        as_nobody(&folder);
    } else {
        assert_nothing_is_read(&folder);
    }
    set_mode(&folder, 0o755);
    closed.iter().for_each(|path| set_mode(path, 0o755));
}

fn as_nobody(folder: &Path) {
    // The test program may lie in a folder that the other user cannot enter.
    let home = tempfile::tempdir().unwrap();
    let copy = home.path().join("tests");
    fs::copy(env::current_exe().unwrap(), &copy).unwrap();
    set_mode(home.path(), 0o755);
    set_mode(&copy, 0o755);
    let name = module_path!().split_once("::").unwrap().1;
    let mut child = Command::new(&copy);
    child.args(["--ignored", "--exact", "--test-threads=1", &format!("{name}::a_child")]);
    let result = child.env(FOLDER, folder).uid(NOBODY).gid(NOBODY).current_dir("/").output().unwrap();
    assert!(result.status.success() && String::from_utf8_lossy(&result.stdout).contains("1 passed"), "{result:?}");
}
