//! Paths inside a directory that a task holds.

use super::*;
use larder_base::Digest;
use larder_content::Content;

fn file(bytes: &[u8]) -> Node {
    Node::File { digest: Digest::of(bytes), executable: false, content: Content::of(bytes) }
}

fn folder<const N: usize>(entries: [(&str, Node); N]) -> Node {
    Node::Directory(Arc::new(Directory::new(entries.into_iter().map(|(name, node)| (name.into(), node)).collect())))
}

fn sample() -> Arc<Directory> {
    let link = |target: &str| Node::Link(target.into());
    let sample = folder([
        ("a.txt", file(b"a")),
        (
            "d",
            folder([
                ("b.txt", file(b"b")),
                ("e", folder([("c.txt", file(b"c")), ("top", link("../..")), ("over", link("top/.."))])),
                ("to-a", link("../a.txt")),
                ("out", link("../../x")),
            ]),
        ),
        ("empty", folder([])),
        ("to-d", link("d/")),
        ("to-to-a", link("to-d/./to-a")),
        ("one", link("two")),
        ("two", link("one")),
        ("circle", link("circle/x")),
        ("dangling", link("missing")),
        ("absolute", link("/a.txt")),
        ("nothing", link("")),
        ("through-a", link("a.txt/..")),
    ]);
    let Node::Directory(sample) = sample else { panic!("a file") };
    sample
}

/// Returns the digest of the node at a path, and true if it is a file.
fn found(path: &str) -> Result<(Digest, bool), Error> {
    Ok(match find(&sample(), path)? {
        Node::File { digest, .. } => (digest, true),
        Node::Directory(directory) => (directory.digest, false),
        Node::Link(target) => panic!("a link to {target} is followed"),
    })
}

#[test]
fn a_path_leads_to_a_file_or_a_directory_inside() {
    for (path, bytes) in [
        ("a.txt", "a"),
        ("./a.txt", "a"),
        ("d/b.txt", "b"),
        ("d//e/./c.txt", "c"),
        ("d/../a.txt", "a"),
        ("empty/../d/e/../b.txt", "b"),
        ("to-d/b.txt", "b"),
        ("to-d/to-a", "a"),
        ("to-to-a", "a"),
        ("d/e/top/a.txt", "a"),
        ("d/e/top/d/e/top/d/b.txt", "b"),
    ] {
        assert_eq!(found(path).unwrap(), (Digest::of(bytes.as_bytes()), true), "{path}");
    }
    let root = (sample().digest, false);
    for path in [".", "./", "d/..", "d/e/top", "empty/.././", "to-d/.."] {
        assert_eq!(found(path).unwrap(), root, "{path}");
    }
    assert_eq!(found("to-d").unwrap(), found("d").unwrap());
    assert_eq!(found("d/").unwrap(), found("d").unwrap());
}

#[test]
fn no_path_leads_out() {
    for path in [
        "..",
        "../",
        "../x",
        "./..",
        "d/../..",
        "d/../../d",
        "d/e/../../../x",
        "/",
        "/a.txt",
        "//",
        "absolute",
        "d/out",
        "d/e/over",
        "d/e/over/a.txt",
        "to-d/../..",
        "d/e/top/..",
    ] {
        assert!(matches!(found(path), Err(Error::NotPermitted)), "{path}");
    }
}

#[test]
fn what_is_not_there_is_told() {
    for path in ["", "x", "d/x", "A.txt", "a", "d/b", "empty/x", "x/..", "dangling", "nothing", "...", "a.txt\0"] {
        assert!(matches!(found(path), Err(Error::NoEntry)), "{path}");
    }
    for path in ["a.txt/x", "a.txt/.", "a.txt/..", "d/b.txt/../b.txt", "through-a", "to-to-a/x"] {
        assert!(matches!(found(path), Err(Error::NotDirectory)), "{path}");
    }
    for path in ["one", "two/x", "circle", "d/../one"] {
        assert!(matches!(found(path), Err(Error::Loop)), "{path}");
    }
}

#[test]
fn forty_links_are_followed_and_no_more() {
    let names: Vec<String> = (0..=41).map(|link: u32| link.to_string()).collect();
    let links = names.windows(2).map(|pair| (pair[1].as_str().into(), Node::Link(pair[0].as_str().into())));
    let directory = Arc::new(Directory::new(links.chain([("0".into(), file(b"x"))]).collect()));
    assert!(matches!(find(&directory, "40"), Ok(Node::File { .. })));
    assert!(matches!(find(&directory, "41"), Err(Error::Loop)));
    assert!(matches!(find(&directory, &"20/../".repeat(3)), Err(Error::NotDirectory)));
}

/// A link that leads through itself many times makes the path longer with each step.
#[test]
fn a_path_that_grows_ends() {
    let target = "x/".repeat(2000);
    let directory = Arc::new(Directory::new([("x".into(), Node::Link(target.as_str().into()))].into()));
    assert!(matches!(find(&directory, "x"), Err(Error::Loop)));
}

#[test]
fn a_path_that_is_too_long_is_not_taken_apart() {
    let path = |length: usize| "./".repeat(length / 2) + if length % 2 == 1 { "." } else { "" };
    assert!(found(&path(4095)).is_ok());
    for length in [4096, 1 << 20] {
        assert!(matches!(found(&path(length)), Err(Error::InvalidName)), "{length}");
    }
}

#[test]
fn the_name_of_what_is_taken_is_the_last_part_of_its_path() {
    for (path, name) in [
        ("a.txt", "a.txt"),
        ("/a.txt", "a.txt"),
        ("d/e//c.txt", "c.txt"),
        ("d/", "d"),
        ("d///", "d"),
        ("../x", "x"),
        ("...", "..."),
        ("é b", "é b"),
    ] {
        assert_eq!(last_part(path).as_deref(), Some(name), "{path}");
    }
    for path in ["", "/", "//", ".", "..", "d/.", "d/..", "d/../", "a\nb", "d/\u{1b}[2J", &"x".repeat(256)] {
        assert_eq!(last_part(path), None, "{path:?}");
    }
}
