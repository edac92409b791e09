//! No path leads out.

use super::super::resolve::MAX_TARGET;
use super::*;

/// Uses a path in every way.
fn every_use(folder: &Open, path: &str) -> Vec<(&'static str, Option<Error>)> {
    write(folder, "here", b"").unwrap();
    vec![
        ("open", folder.open_at(path, READ).err()),
        ("create", folder.open_at(path, CREATE).err()),
        ("stat", folder.stat_at(path, true).err()),
        ("folder", folder.make_folder_at(path).err()),
        ("link", folder.make_link_at("here", path).err()),
        ("name of", folder.add_name_at(path, folder, "new").err()),
        ("name", folder.add_name_at("here", folder, path).err()),
        ("rename", folder.rename_at(path, folder, "new").err()),
        ("rename to", folder.rename_at("here", folder, path).err()),
        ("remove", folder.remove_file_at(path).err()),
        ("remove folder", folder.remove_folder_at(path).err()),
    ]
}

#[test]
fn above_the_start_is_not_permitted() {
    let root = folder();
    root.make_folder_at("f").unwrap();
    root.make_folder_at("f/g").unwrap();
    root.make_link_at("../..", "f/g/up").unwrap();
    let below = root.open_at("f", READ).unwrap();
    for folder in [&root, &below] {
        for path in ["..", "../x", "../f/x", "./../x", "/", "/x", "/etc/passwd", "//x", "/../x"] {
            for (what, error) in every_use(folder, path) {
                assert_eq!(error, Some(Error::NotPermitted), "{what} {path}");
            }
        }
    }
    for path in ["g/../../x", "g/up/x", "g/up/"] {
        assert_eq!(below.open_at(path, READ).err(), Some(Error::NotPermitted), "{path}");
    }
    // From the root the same link stays inside.
    assert_eq!(names(&root.open_at("f/g/up", READ).unwrap()), ["f", "here"]);
}

#[test]
fn a_link_to_an_absolute_path_cannot_be_made() {
    for target in ["/", "/etc/passwd", "//x"] {
        assert_eq!(folder().make_link_at(target, "x"), Err(Error::NotPermitted));
    }
}

#[test]
fn links_in_a_circle_are_left() {
    let root = folder();
    root.make_link_at("b", "a").unwrap();
    root.make_link_at("a", "b").unwrap();
    root.make_link_at("self/x", "self").unwrap();
    for path in ["a", "b/x", "self", "self/"] {
        assert_eq!(root.open_at(path, READ).err(), Some(Error::Loop), "{path}");
    }
}

#[test]
fn forty_links_are_followed_and_no_more() {
    let root = folder();
    write(&root, "0", b"x").unwrap();
    for link in 1..=41 {
        root.make_link_at(&(link - 1).to_string(), &link.to_string()).unwrap();
    }
    assert_eq!(read(&root, "40").unwrap(), b"x");
    assert_eq!(read(&root, "41"), Err(Error::Loop));
}

#[test]
fn what_is_too_long_or_empty_is_refused() {
    let root = folder();
    let long = "x".repeat(255);
    write(&root, &long, b"").unwrap();
    assert_eq!(write(&root, &format!("{long}x"), b""), Err(Error::NameTooLong));
    let path = |length: usize| "./".repeat(length / 2) + if length % 2 == 1 { "x" } else { "" };
    assert_eq!(write(&root, &path(4095), b""), Ok(()));
    assert_eq!(root.stat_at(&path(4096), true).err(), Some(Error::NameTooLong));
    root.make_link_at(&"x/".repeat(MAX_TARGET / 2), "link").unwrap();
    assert_eq!(root.make_link_at(&"x".repeat(MAX_TARGET + 1), "other"), Err(Error::NameTooLong));
    for (what, error) in every_use(&root, "") {
        assert_eq!(error, Some(Error::NoEntry), "{what}");
    }
    assert_eq!(root.make_link_at("", "other"), Err(Error::NoEntry));
    assert_eq!(write(&root, "a\0b", b""), Err(Error::Invalid));
}

#[test]
fn folders_can_be_nested_as_deep_as_there_is_room_for() {
    let (_, root) = scratch(0, 5000);
    let mut at = root.again().unwrap();
    for _ in 0..5000 {
        at.make_folder_at("d").unwrap();
        at = at.open_at("d", READ).unwrap();
    }
    assert_eq!(at.make_folder_at("d"), Err(Error::TooMany { limit: 5000, asked: 5001 }));
    assert_eq!(root.rename_at("d", &at, "d"), Err(Error::Invalid));
}
