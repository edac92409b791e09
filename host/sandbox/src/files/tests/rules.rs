//! The rules one by one.

use super::super::folder::NewTime;
use super::super::node::{Moment, Type};
use super::*;
use larder_types::limits::LimitExceeded;

#[test]
fn it_is_empty_at_first() {
    assert_eq!(names(&folder()), Vec::<String>::new());
}

#[test]
fn a_listing_is_sorted_and_shows_what_was_there_and_still_is() {
    let root = folder();
    for name in ["b", "B", "é", "a", "c", "aa"] {
        write(&root, name, b"").unwrap();
    }
    assert_eq!(names(&root), ["B", "a", "aa", "b", "c", "é"]);
    let mut listing = root.list().unwrap();
    assert_eq!(listing.next().unwrap().unwrap().0, "B");
    root.remove_file_at("aa").unwrap();
    root.rename_at("a", &root, "z").unwrap();
    write(&root, "bb", b"").unwrap();
    // A file that takes the name of another takes its age in a listing, too.
    write(&root, "new", b"").unwrap();
    root.rename_at("new", &root, "c").unwrap();
    let rest: Vec<_> = std::iter::from_fn(|| listing.next().unwrap().map(|(name, _)| name)).collect();
    assert_eq!(rest, ["b", "c", "é"]);
}

#[test]
fn renaming_everything_that_is_listed_comes_to_an_end() {
    let root = folder();
    for name in ["a", "b"] {
        write(&root, name, b"").unwrap();
    }
    let mut listing = root.list().unwrap();
    while let Some((name, _)) = listing.next().unwrap() {
        root.rename_at(&name, &root, &format!("{name}.old")).unwrap();
    }
    assert_eq!(names(&root), ["a.old", "b.old"]);
}

#[test]
fn a_change_is_a_reading_of_the_clock_and_a_look_is_not() {
    let root = folder();
    let start = root.stat().unwrap().times.modified;
    assert_eq!(start, Moment { seconds: 946_684_800, nanoseconds: 0 });
    root.make_folder_at("f").unwrap();
    let (inside, outside) = (root.stat_at("f", true).unwrap().times, root.stat().unwrap().times);
    assert_eq!(inside.modified, start);
    assert_eq!((outside.modified, outside.changed, outside.accessed), (start, start, start));
    write(&root, "x", b"1").unwrap();
    let times = root.stat_at("x", true).unwrap().times;
    // Opened at 1000, written at 2000.
    assert_eq!((times.accessed.nanoseconds, times.modified.nanoseconds, times.changed.nanoseconds), (1000, 2000, 2000));
    for _ in 0..3 {
        assert_eq!(read(&root, "x").unwrap(), b"1");
        assert_eq!(names(&root), ["f", "x"]);
    }
    assert_eq!(root.stat_at("x", true).unwrap().times.accessed.nanoseconds, 3000);
    let long_ago = Moment { seconds: -5, nanoseconds: 7 };
    root.set_times_at("x", true, NewTime::Moment(long_ago), NewTime::Keep).unwrap();
    let times = root.stat_at("x", true).unwrap().times;
    assert_eq!((times.accessed, times.modified.nanoseconds, times.changed.nanoseconds), (long_ago, 2000, 3000));
}

#[test]
fn bytes_of_a_stream_do_not_move_time() {
    let root = folder();
    let file = root.open_at("x", CREATE).unwrap();
    let into = file.to_stream_into().unwrap();
    for _ in 0..3 {
        into.stream(At::End, b"abc").unwrap();
    }
    let stat = file.stat().unwrap();
    assert_eq!((stat.size, stat.times.modified.nanoseconds), (9, 2000));
}

#[test]
fn numbers_are_counted_and_never_used_again() {
    let root = folder();
    let number = |name: &str| {
        write(&root, name, b"").unwrap();
        root.stat_at(name, true).unwrap().node.0
    };
    assert_eq!((root.stat().unwrap().node.0, number("a"), number("b"), number("a")), (1, 2, 3, 2));
    root.remove_file_at("a").unwrap();
    assert_eq!(number("a"), 4);
}

#[test]
fn what_has_lost_its_name_can_be_used_until_it_is_closed() {
    let (scratch, root) = scratch(2 * 4096, 100);
    let file = root.open_at("x", CREATE).unwrap();
    file.write(At::Offset(0), &[1; 8192]).unwrap();
    root.remove_file_at("x").unwrap();
    assert_eq!(file.stat().unwrap().names, 0);
    assert_eq!(file.read(8190, 9).unwrap(), [1, 1]);
    let again = file.again().unwrap();
    drop(file);
    assert_eq!(write(&root, "y", b"1"), Err(Error::Full { limit: 8192, asked: 12288 }));
    drop(again);
    write(&root, "y", &[2; 8192]).unwrap();
    assert_eq!(scratch.peak_bytes(), 8192);
}

#[test]
fn a_folder_that_was_removed_takes_nothing_in() {
    let root = folder();
    root.make_folder_at("f").unwrap();
    write(&root, "x", b"").unwrap();
    let gone = root.open_at("f", READ).unwrap();
    root.remove_folder_at("f").unwrap();
    assert_eq!(gone.make_folder_at("g"), Err(Error::NoEntry));
    assert_eq!(gone.open_at("g", CREATE).err(), Some(Error::NoEntry));
    assert_eq!(root.rename_at("x", &gone, "x"), Err(Error::NoEntry));
    assert_eq!(root.add_name_at("x", &gone, "x"), Err(Error::NoEntry));
    assert_eq!(names(&gone), Vec::<String>::new());
}

#[test]
fn replacing_gives_room_back() {
    let (scratch, root) = scratch(3 * 4096, 3);
    for _ in 0..10 {
        write(&root, "new", &[1; 4096]).unwrap();
        root.rename_at("new", &root, "old").unwrap();
        write(&root, "old", &[2; 8192]).unwrap();
    }
    let Used { peak_files, refused, missed: _ } = scratch.used();
    assert_eq!((scratch.peak_bytes(), peak_files, refused), (3 * 4096, 2, None));
}

#[test]
fn the_first_refusal_is_remembered() {
    let (scratch, root) = scratch(4096, 2);
    write(&root, "a", &[0; 4096]).unwrap();
    root.add_name_at("a", &root, "b").unwrap();
    assert_eq!(root.make_folder_at("c"), Err(Error::TooMany { limit: 2, asked: 3 }));
    assert!(root.open_at("a", WRITE).unwrap().write(At::End, b"x").is_err());
    let used = scratch.used();
    assert_eq!(used.refused, Some(LimitExceeded::ScratchFiles { limit: 2, asked: 3 }));
    assert_eq!((scratch.peak_bytes(), used.peak_files), (4096, 2));
}

#[test]
fn names_and_what_is_open_without_one_are_counted() {
    let (_, root) = scratch(1 << 20, 3);
    let file = root.open_at("a", NEW).unwrap();
    root.add_name_at("a", &root, "b").unwrap();
    root.make_link_at("a", "c").unwrap();
    root.make_folder_at("d").unwrap_err();
    root.remove_file_at("a").unwrap();
    root.remove_file_at("b").unwrap();
    root.make_folder_at("d").unwrap();
    // `c`, `d`, and the file that is open.
    root.make_folder_at("e").unwrap_err();
    drop(file);
    root.make_folder_at("e").unwrap();
}

#[test]
fn a_descriptor_does_what_it_was_opened_for() {
    let root = folder();
    write(&root, "x", b"abc").unwrap();
    let reading = root.open_at("x", READ).unwrap();
    assert_eq!(reading.write(At::End, b"d"), Err(Error::BadDescriptor));
    assert_eq!(reading.set_size(0), Err(Error::Invalid));
    assert!(matches!(reading.to_stream_into(), Err(Error::BadDescriptor)));
    assert!(matches!(reading.expect_folder(), Err(Error::NotDirectory)));
    let writing = root.open_at("x", How { read: false, ..WRITE }).unwrap();
    assert_eq!(writing.read(0, 1), Err(Error::BadDescriptor));
    assert_eq!(root.set_size(0), Err(Error::BadDescriptor));
    assert_eq!(root.read(0, 1), Err(Error::BadDescriptor));
    assert!(matches!(root.to_stream_from(), Err(Error::IsDirectory)));
}

#[test]
fn a_folder_has_one_name() {
    let root = folder();
    root.make_folder_at("f").unwrap();
    assert_eq!(root.add_name_at("f", &root, "g"), Err(Error::NotPermitted));
    assert_eq!(root.add_name_at(".", &root, "g"), Err(Error::NotPermitted));
    root.make_folder_at("f/g").unwrap();
    assert_eq!((root.stat_at("f", true).unwrap().names, root.stat().unwrap().names), (1, 1));
}

#[test]
fn opening_has_the_errors_of_linux() {
    let root = folder();
    root.make_folder_at("f").unwrap();
    write(&root, "x", b"abc").unwrap();
    root.make_link_at("x", "to-x").unwrap();
    root.make_link_at("y", "to-y").unwrap();
    root.make_link_at("f", "to-f").unwrap();
    let truncate = How { truncate: true, write: false, ..READ };
    let folder = How { directory: true, ..READ };
    for (path, how, expected) in [
        ("f", WRITE, Error::IsDirectory),
        ("f", CREATE, Error::IsDirectory),
        ("f", truncate, Error::IsDirectory),
        (".", CREATE, Error::IsDirectory),
        ("f/.", NEW, Error::Exist),
        ("f", NEW, Error::Exist),
        ("to-y", NEW, Error::Exist),
        ("to-x", How { follow: false, ..READ }, Error::Loop),
        ("to-y", How { follow: false, ..CREATE }, Error::Loop),
        ("to-y", READ, Error::NoEntry),
        ("x", folder, Error::NotDirectory),
        ("x/", READ, Error::NotDirectory),
        ("x/y", CREATE, Error::NotDirectory),
        ("new/", CREATE, Error::IsDirectory),
        ("f", How { create: true, ..folder }, Error::Invalid),
        ("f", How { truncate: true, ..folder }, Error::Invalid),
    ] {
        assert_eq!(root.open_at(path, how).err(), Some(expected), "{path} {how:?}");
    }
    assert_eq!(root.open_at("to-f/", How { follow: false, ..folder }).unwrap().stat().unwrap().ty, Type::Folder);
    root.open_at("to-y", CREATE).unwrap();
    assert_eq!(read(&root, "y").unwrap(), b"");
    root.open_at("x", truncate).unwrap();
    assert_eq!(read(&root, "to-x").unwrap(), b"");
}

/// Linux does the same: a position is a signed number.
#[test]
fn a_position_that_no_file_has_is_invalid() {
    let root = folder();
    write(&root, "x", b"text").unwrap();
    let file = root.open_at("x", READ).unwrap();
    assert_eq!(file.read(i64::MAX as u64, 1), Ok(Vec::new()));
    for offset in [1 << 63, u64::MAX] {
        assert_eq!(file.read(offset, 1), Err(Error::Invalid));
    }
}

#[test]
fn a_link_is_no_folder_to_remove_wherever_it_leads() {
    let root = folder();
    root.make_folder_at("f").unwrap();
    for (target, link, error) in [
        ("..", "out", Error::NotPermitted),
        ("f/../..", "around", Error::NotPermitted),
        ("f", "in", Error::NotDirectory),
        ("nowhere", "dangling", Error::NotDirectory),
    ] {
        root.make_link_at(target, link).unwrap();
        assert_eq!(root.remove_folder_at(&format!("{link}/")), Err(error), "{link}");
        assert_eq!(root.remove_folder_at(link), Err(Error::NotDirectory), "{link}");
    }
}
