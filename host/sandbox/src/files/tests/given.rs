//! Files given to a task: they can be read in every way and changed in none.

use std::fs;

use super::super::folder::NewTime;
use super::super::node::{Moment, Type};
use super::*;
use larder_content::FileIdentity;
use larder_content::{ContentError, Source};

/// Creates a folder with one given file and one given directory.
///
/// `/files/1` is the file, `/files/2/d` the directory, which has its own name.
fn shown(files: u64) -> (Scratch, Open) {
    let setting = Setting {
        files,
        quota: Quota::new(1 << 20),
        faults: Faults::default(),
        account: Account::unlimited(),
        is_given: true,
    };
    let (scratch, root) = scratch_of(&setting);
    assert_eq!(scratch.show(1, None, &Shown::File(&given(b"one"))).unwrap(), "/files/1");
    let directory = given_directory([
        ("a", given_file(b"bytes")),
        ("empty", given_folder([])),
        (
            "sub",
            given_folder([
                ("b", given_file(b"")),
                ("up", Node::Link("../a".into())),
                ("top", Node::Link("..".into())),
                ("out", Node::Link("../../../1".into())),
                ("through", Node::Link("top/../../1".into())),
            ]),
        ),
        ("absolute", Node::Link("/files/1".into())),
        ("circle", Node::Link("circle".into())),
        ("dangling", Node::Link("missing".into())),
    ]);
    assert_eq!(scratch.show(2, Some("d"), &Shown::Directory(&directory)).unwrap(), "/files/2/d");
    (scratch, root)
}

#[test]
fn it_can_be_listed_and_read() {
    let (_, root) = shown(100);
    assert_eq!(names(&root), ["files"]);
    assert_eq!(names(&root.open_at("files", READ).unwrap()), ["1", "2"]);
    assert_eq!(names(&root.open_at("files/2", READ).unwrap()), ["d"]);
    let d = root.open_at("files/2/d", READ).unwrap();
    assert_eq!(names(&d), ["a", "absolute", "circle", "dangling", "empty", "sub"]);
    assert_eq!(names(&d.open_at("empty", READ).unwrap()), Vec::<String>::new());
    assert_eq!((read(&root, "files/1").unwrap(), read(&d, "a").unwrap()), (b"one".to_vec(), b"bytes".to_vec()));
    assert_eq!((read(&d, "sub/b").unwrap(), read(&root, "files/2/d/sub/up").unwrap()), (Vec::new(), b"bytes".to_vec()));
    let file = d.open_at("a", READ).unwrap();
    assert_eq!((file.read(3, 100).unwrap(), file.read(5, 1).unwrap()), (b"es".to_vec(), Vec::new()));
    assert_eq!(file.read(1 << 62, 1).unwrap(), b"");
    assert_eq!(file.read(u64::MAX, 1).unwrap_err(), Error::Invalid);
    let stat = file.stat().unwrap();
    assert_eq!((stat.ty, stat.size, stat.names), (Type::File, 5, 1));
    assert_eq!(d.read_link_at("absolute").unwrap(), "/files/1");
    assert_eq!(d.stat_at("sub/up", false).unwrap().size, 4);
}

/// All times are the moment at which the folder was made, whatever has happened since, and reading changes none.
#[test]
fn its_times_stand_still() {
    let (scratch, root) = shown(100);
    write(&root, "x", b"").unwrap();
    scratch.show(3, None, &Shown::File(&given(b"late"))).unwrap();
    let start = Moment { seconds: 946_684_800, nanoseconds: 0 };
    for path in ["files", "files/1", "files/2", "files/2/d", "files/2/d/a", "files/2/d/sub", "files/3"] {
        let opened = root.open_at(path, READ).unwrap();
        let _ = (opened.read(0, 10), opened.list().map(|mut listing| listing.next()));
        let times = opened.stat().unwrap().times;
        assert_eq!((times.accessed, times.modified, times.changed), (start, start, start), "{path}");
    }
}

#[test]
fn nothing_of_it_can_be_changed() {
    let (scratch, root) = shown(100);
    write(&root, "x", b"mine").unwrap();
    root.make_folder_at("f").unwrap();
    root.make_folder_at("full").unwrap();
    write(&root, "full/x", b"").unwrap();
    let files = root.open_at("files", READ).unwrap();
    let d = root.open_at("files/2/d", READ).unwrap();
    let truncate = How { truncate: true, ..READ };
    let opened = |path, how| root.open_at(path, how).err();
    let (ro, cross, busy) = (Some(Error::ReadOnly), Some(Error::CrossDevice), Some(Error::Busy));
    let (exist, is_folder) = (Some(Error::Exist), Some(Error::IsDirectory));
    for (what, found, expected) in [
        ("write a file", opened("files/1", WRITE), ro),
        ("write a file of a directory", opened("files/2/d/a", WRITE), ro),
        ("write through a link", opened("files/2/d/sub/up", WRITE), ro),
        ("only write", opened("files/1", How { read: false, ..WRITE }), ro),
        ("cut off", opened("files/1", truncate), ro),
        ("make what is there", opened("files/1", CREATE), ro),
        ("make what must not be there", opened("files/1", NEW), exist),
        ("make a file", opened("files/3", CREATE), ro),
        ("make a file in a directory", opened("files/2/d/new", NEW), ro),
        ("make a file where a link leads", opened("files/2/d/dangling", CREATE), ro),
        ("write a directory", opened("files/2/d", WRITE), is_folder),
        ("make a folder", root.make_folder_at("files/3").err(), ro),
        ("make a folder that is there", root.make_folder_at("files/2").err(), exist),
        ("make a folder in a directory", d.make_folder_at("new").err(), ro),
        ("make the folder of it all", root.make_folder_at("files").err(), exist),
        ("make a link", root.make_link_at("x", "files/2/d/new").err(), ro),
        ("remove a file", root.remove_file_at("files/1").err(), ro),
        ("remove a file of a directory", d.remove_file_at("a").err(), ro),
        ("remove a link", d.remove_file_at("dangling").err(), ro),
        ("remove a directory as a file", d.remove_file_at("sub").err(), is_folder),
        ("remove a directory", d.remove_folder_at("empty").err(), ro),
        ("remove a directory that is full", d.remove_folder_at("sub").err(), Some(Error::NotEmpty)),
        ("remove the folder of it all", root.remove_folder_at("files").err(), Some(Error::NotEmpty)),
        ("a second name inside", root.add_name_at("files/1", &files, "3").err(), ro),
        ("a second name outside", root.add_name_at("files/1", &root, "y").err(), cross),
        ("a second name for a link", d.add_name_at("sub/up", &root, "y").err(), cross),
        ("a name in it for ours", root.add_name_at("x", &d, "x").err(), cross),
        ("rename inside", d.rename_at("a", &d, "b").err(), ro),
        ("rename over another", d.rename_at("sub/b", &d, "a").err(), ro),
        ("rename to itself", d.rename_at("a", &d, "a").err(), ro),
        ("take a file out", root.rename_at("files/1", &root, "y").err(), cross),
        ("take a directory out", root.rename_at("files/2/d", &root, "y").err(), cross),
        ("take it out, in place of ours", root.rename_at("files/1", &root, "x").err(), cross),
        ("put ours in", root.rename_at("x", &files, "3").err(), cross),
        ("put ours in its place", root.rename_at("x", &d, "a").err(), cross),
        ("put a folder in", root.rename_at("f", &d, "f").err(), cross),
        ("rename the folder of it all", root.rename_at("files", &root, "y").err(), busy),
        ("rename it into another", root.rename_at("files", &root, "f/y").err(), busy),
        ("put ours in place of it all", root.rename_at("f", &root, "files").err(), busy),
        ("put a file in place of it all", root.rename_at("x", &root, "files").err(), busy),
        ("its times", root.set_times_at("files/1", true, NewTime::Now, NewTime::Now).err(), ro),
        ("the times of a link", d.set_times_at("sub/up", false, NewTime::Now, NewTime::Keep).err(), ro),
        ("the times of what is open", d.set_times(NewTime::Keep, NewTime::Keep).err(), ro),
        ("the times of it all", files.set_times(NewTime::Now, NewTime::Now).err(), ro),
    ] {
        assert_eq!(found, expected, "{what}");
    }
    let file = root.open_at("files/1", READ).unwrap();
    assert_eq!(file.write(At::End, b"x"), Err(Error::BadDescriptor));
    assert_eq!(file.set_size(0), Err(Error::Invalid));
    assert!(matches!(file.to_stream_into(), Err(Error::BadDescriptor)));
    // Creating a file that exists already, only to read it, changes nothing.
    root.open_at("files/1", How { create: true, ..READ }).unwrap();
    assert_eq!(scratch.used().refused, None, "no limit was in the way");
    it_can_be_listed_and_read();
    assert_eq!(
        (read(&root, "files/1").unwrap(), names(&root)),
        (b"one".to_vec(), vec!["f".into(), "files".into(), "full".into(), "x".into()])
    );
}

#[test]
fn an_empty_place_of_what_is_given_stays() {
    let setting = Setting {
        files: 10,
        quota: Quota::new(1 << 20),
        faults: Faults::default(),
        account: Account::unlimited(),
        is_given: true,
    };
    let (_, root) = scratch_of(&setting);
    assert_eq!(names(&root), ["files"]);
    assert_eq!(root.remove_folder_at("files"), Err(Error::Busy));
    assert_eq!(root.make_folder_at("files/x"), Err(Error::ReadOnly));
}

#[test]
fn it_does_not_count_as_what_the_task_has_made() {
    let (scratch, root) = shown(2);
    assert_eq!(scratch.used(), Used::default());
    root.make_folder_at("a").unwrap();
    root.make_folder_at("b").unwrap();
    let open: Vec<Open> = (0..5).map(|_| root.open_at("files/2/d/a", READ).unwrap()).collect();
    drop(open);
    scratch.show(3, None, &Shown::File(&given(&[1; 100_000]))).unwrap();
    let Used { peak_files, refused, missed: _ } = scratch.used();
    assert_eq!((peak_files, refused), (2, None));
    assert_eq!((scratch.peak_bytes(), root.make_folder_at("c")), (0, Err(Error::TooMany { limit: 2, asked: 3 })));
}

#[test]
fn a_link_in_a_directory_that_was_given_never_leads_out_of_it() {
    let (_, root) = shown(100);
    write(&root, "x", b"mine").unwrap();
    // The starting point of the path does not matter.
    let (files, d) = (root.open_at("files", READ).unwrap(), root.open_at("files/2/d", READ).unwrap());
    for (from, before) in [(&root, "files/2/d/"), (&files, "2/d/"), (&d, "")] {
        for path in ["sub/out", "sub/through", "absolute", "sub/top/../../d/a", "sub/top/../../../x"] {
            let path = format!("{before}{path}");
            assert_eq!(from.open_at(&path, READ).err(), Some(Error::NotPermitted), "{path}");
            assert_eq!(from.stat_at(&path, true).err(), Some(Error::NotPermitted), "{path}");
            assert_eq!(from.open_at(&path, CREATE).err(), Some(Error::NotPermitted), "{path}");
        }
        assert_eq!(from.open_at(&format!("{before}circle"), READ).err(), Some(Error::Loop));
        assert_eq!(from.open_at(&format!("{before}dangling"), READ).err(), Some(Error::NoEntry));
        assert_eq!(read(from, &format!("{before}sub/top/sub/up")).unwrap(), b"bytes");
    }
    // An opened directory is the start: its links lead no higher, even inside the given directory.
    let sub = d.open_at("sub", READ).unwrap();
    assert_eq!(sub.open_at("up", READ).err(), Some(Error::NotPermitted));
}

#[test]
fn a_link_of_the_task_may_lead_into_it_and_on() {
    let (_, root) = shown(100);
    write(&root, "x", b"mine").unwrap();
    root.make_folder_at("f").unwrap();
    for (target, name) in
        [("files/1", "one"), ("../files/2/d", "f/d"), ("f/d/../../1", "around"), ("f/d/sub/out", "out")]
    {
        root.make_link_at(target, name).unwrap();
    }
    assert_eq!((read(&root, "one").unwrap(), read(&root, "f/d/a").unwrap()), (b"one".to_vec(), b"bytes".to_vec()));
    assert_eq!(read(&root, "around").unwrap(), b"one", "`..` of a link of the task is its own");
    assert_eq!(read(&root, "f/d/sub/up").unwrap(), b"bytes");
    assert_eq!(read(&root, "out"), Err(Error::NotPermitted), "but not that of a link it was given");
    assert_eq!(root.open_at("one", WRITE).err(), Some(Error::ReadOnly));
    root.remove_file_at("one").unwrap();
    assert_eq!(read(&root, "files/1").unwrap(), b"one");
}

#[test]
fn what_the_task_has_put_in_its_place_is_not_taken_from_it() {
    let (scratch, root) = scratch(1 << 20, 10);
    root.make_folder_at("files").unwrap();
    write(&root, "files/mine", b"mine").unwrap();
    let error = scratch.show(1, None, &Shown::File(&given(b"one"))).unwrap_err();
    assert_eq!(error.downcast_ref::<Error>(), Some(&Error::Exist));
    assert_eq!(read(&root, "files/mine").unwrap(), b"mine");
    root.rename_at("files", &root, "other").unwrap();
    assert_eq!(scratch.show(1, None, &Shown::File(&given(b"one"))).unwrap(), "/files/1");
    assert_eq!(
        (read(&root, "files/1").unwrap(), names(&root)),
        (b"one".to_vec(), vec!["files".into(), "other".into()])
    );
}

/// A user's file that is given to the task, and that changes before it is opened or while it is open.
#[test]
fn content_that_is_not_what_it_was_is_a_fault_of_the_run() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("file");
    fs::write(&path, b"bytes").unwrap();
    let identity = FileIdentity::of(&fs::metadata(&path).unwrap());
    let source = Source::Watched { path: path.clone(), identity };
    let watched = Given { content: Content { size: 5, source }, ..given(b"bytes") };
    let faults = Faults::default();
    let setting = Setting {
        files: 10,
        quota: Quota::new(1 << 20),
        faults: faults.clone(),
        account: Account::unlimited(),
        is_given: true,
    };
    let (scratch, root) = scratch_of(&setting);
    scratch.show(1, None, &Shown::File(&watched)).unwrap();

    let file = root.open_at("files/1", READ).unwrap();
    let again = file.again().unwrap();
    assert_eq!(file.read(0, 10).unwrap(), b"bytes");
    drop(file);
    assert_eq!(faults.take(), None);
    fs::write(&path, b"longer than it was").unwrap();
    drop(again);
    assert_eq!(faults.take(), Some(ContentError::Changed { path: path.clone() }));
    assert_eq!(root.open_at("files/1", READ).err(), Some(Error::Io));
    assert_eq!(faults.take(), Some(ContentError::Changed { path }));
}
