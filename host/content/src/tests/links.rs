//! Tests of links that could lead out of a directory, against a system that follows them.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::links::without_those_that_lead_out;

fn left_out(directory: &Directory) -> Vec<String> {
    let mut left_out = Vec::new();
    let changed = without_those_that_lead_out(directory, &mut left_out);
    assert_eq!(changed.is_some(), !left_out.is_empty());
    if let Some(kept) = changed {
        assert!(without_those_that_lead_out(&kept, &mut Vec::new()).is_none(), "none is left");
    }
    left_out
}

#[test]
fn links_that_stay_inside_are_kept() {
    let kept = directory([
        ("a", file(b"")),
        ("d", folder([("up", link("..")), ("e", folder([("top", link("../.."))])), ("itself", link("."))])),
        ("to-a", link("a")),
        ("slashes", link("d//e/")),
        ("there-and-back", link("d/e/../../a")),
        ("through", link("d/up/d/up/a")),
        ("nowhere", link("missing/deeper")),
        ("circle", link("circle")),
        ("one", link("two/x")),
        ("two", link("one/x")),
        ("file", link("a/..")),
        ("dots", link("...")),
    ]);
    assert_eq!(left_out(&kept), Vec::<String>::new());
}

#[test]
fn links_that_lead_out_are_left_out_and_told() {
    let all = directory([
        ("absolute", link("/etc/passwd")),
        ("root", link("/")),
        ("up", link("..")),
        ("kept", link("d")),
        ("d", folder([("up", link("../..")), ("kept", link("..")), ("e", folder([("far", link("../../../x"))]))])),
        ("missing", link("m/../..")),
        ("file", link("f/../../x")),
        ("f", file(b"")),
    ]);
    assert_eq!(left_out(&all), ["absolute", "d/e/far", "d/up", "file", "missing", "root", "up"]);
}

/// By its text `up/../..` stays inside, but `up` itself leads up.
#[test]
fn a_link_that_leads_out_through_another_one_is_left_out() {
    let through = directory([(
        "a",
        folder([(
            "b",
            folder([("up", link("..")), ("out", link("up/../..")), ("in", link("up/..")), ("far", link("out"))]),
        )]),
    )]);
    assert_eq!(left_out(&through), ["a/b/far", "a/b/out"]);
    let absolute = directory([("etc", link("/etc")), ("passwd", link("etc/passwd"))]);
    assert_eq!(left_out(&absolute), ["etc", "passwd"]);
}

fn tree() -> impl Strategy<Value = Node> {
    let part = || select(vec!["a", "b", "c", "..", "..", "."]);
    let target = prop::collection::vec(part(), 1..5).prop_map(|parts| link(&parts.join("/")));
    let leaf = prop_oneof![3 => target, 1 => Just(file(b"x"))];
    leaf.prop_recursive(3, 20, 3, |inner| {
        prop::collection::btree_map(select(vec!["a", "b", "c"]), inner, 0..4).prop_map(folder)
    })
}

/// The paths of all links below `path`.
fn links_below(path: &Path) -> Vec<PathBuf> {
    let mut links = Vec::new();
    for entry in fs::read_dir(path).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            links.extend(links_below(&entry.path()));
        } else if kind.is_symlink() {
            links.push(entry.path());
        }
    }
    links
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// The export is far below the root, so that the target of any link that leads out exists.
    #[test]
    fn no_link_of_an_export_leads_out(tree in prop::collection::btree_map(select(vec!["a", "b", "c"]), tree(), 0..4)) {
        let temporary = tempfile::tempdir().unwrap();
        let within = fs::canonicalize(temporary.path()).unwrap().join("1/2/3");
        let path = within.join("out");
        let directory = directory(tree);
        export_directory(&directory, &path).unwrap();
        for link in links_below(&path) {
            if let Ok(target) = fs::canonicalize(&link) {
                prop_assert!(target.starts_with(&path), "{} leads to {}", link.display(), target.display());
            }
        }
        // The second time the directory already exists, whatever was left out.
        export_directory(&directory, &path).unwrap();
    }
}
