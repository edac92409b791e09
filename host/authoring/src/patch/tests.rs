use super::*;

const TEXT: &str = "one\n\ttwo\nthree\ntwo three\n";

fn places(error: PatchError) -> (usize, usize) {
    match error {
        PatchError::Places { expected, found, .. } => (expected, found),
        PatchError::Line { .. } | PatchError::Diff { .. } => panic!("{error}"),
    }
}

fn is_diff_error(diff: &str) -> bool {
    matches!(apply_diff(&mut files(), diff), Err(PatchError::Diff { .. }))
}

fn files() -> BTreeMap<String, String> {
    let lines: String = (1..=20).map(|number| format!("line {number}\n")).collect();
    BTreeMap::from([("f".to_owned(), lines), ("twice".to_owned(), "x\ny\nx\ny\n".to_owned())])
}

const DIFF: &str = "--- a/f\n+++ b/f\n@@ -9,3 +9,3 @@\n line 9\n-line 10\n+line ten\n line 11\n";

#[test]
fn a_line_is_replaced_and_another_added_where_each_belongs() {
    let mut source = SourceText::new("f", TEXT);
    source.replace("two", "2".to_owned()).unwrap();
    source.insert_after("th…", |line| line.starts_with("th"), "3.5").unwrap();
    assert_eq!(source.into_text(), "one\n2\nthree\n3.5\ntwo three\n");
}

#[test]
fn a_line_that_is_not_there_is_refused() {
    let mut source = SourceText::new("f", TEXT);
    assert_eq!(places(source.replace("tw", String::new()).unwrap_err()), (1, 0));
    assert_eq!(places(source.insert_after("four", |line| line == "four", "").unwrap_err()), (1, 0));
    assert_eq!(source.into_text(), TEXT);
}

#[test]
fn a_line_that_is_there_twice_is_refused() {
    let twice = format!("{TEXT}{TEXT}");
    let mut source = SourceText::new("f", &twice);
    let error = source.replace("two", String::new()).unwrap_err();
    assert_eq!(error.to_string(), "cannot patch f: expected 1 of `two`, found 2");
    assert_eq!(places(source.insert_after("any", |_| true, "").unwrap_err()), (1, 8));
    assert_eq!(source.into_text(), twice);
}

#[test]
fn a_number_that_differs_is_refused() {
    let source = SourceText::new("f", TEXT);
    source.expect("two", 1, source.count("two")).unwrap();
    assert_eq!(places(source.expect("two", 0, source.count("two")).unwrap_err()), (0, 1));
    assert_eq!(places(source.expect("none", 2, source.count("none")).unwrap_err()), (2, 0));
}

#[test]
fn lines_that_differ_are_refused() {
    let source = SourceText::new("f", TEXT);
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    source.expect_at(1, &lines(&["two", "three"])).unwrap();
    let error = source.expect_at(1, &lines(&["two", "3"])).unwrap_err();
    assert_eq!(error.to_string(), "cannot patch f: expected `3` in line 3, found `three`");
    // Shifted, and after the end.
    for first in [0, 2, 3, 4] {
        let error = source.expect_at(first, &lines(&["two", "three"])).unwrap_err();
        assert!(matches!(error, PatchError::Line { .. }), "{error}");
    }
}

#[test]
fn a_diff_changes_and_creates_files() {
    let mut changed = files();
    apply_diff(&mut changed, &format!("{DIFF}--- /dev/null\n+++ b/sub/new\n@@ -0,0 +1 @@\n+new\n")).unwrap();
    assert_eq!(changed["f"], files()["f"].replace("10", "ten"));
    assert_eq!(changed["sub/new"], "new\n");
    assert_eq!((changed["twice"].as_str(), changed.len()), ("x\ny\nx\ny\n", 3));
}

#[test]
fn a_hunk_with_other_lines_than_the_file_is_refused() {
    for (part, other) in [("-line 10", "-line 10 "), (" line 9", " line 8"), (" line 11", "  line 11")] {
        let diff = DIFF.replace(part, other);
        assert_ne!(diff, DIFF);
        let error = apply_diff(&mut files(), &diff).unwrap_err();
        assert_eq!(error.to_string(), "cannot patch f: expected 1 of `hunk at line 9`, found 0");
    }
}

#[test]
fn a_hunk_that_was_applied_already_is_refused() {
    let mut changed = files();
    apply_diff(&mut changed, DIFF).unwrap();
    assert_eq!(places(apply_diff(&mut changed, DIFF).unwrap_err()), (1, 0));
}

#[test]
fn a_hunk_that_fits_twice_is_refused() {
    let diff = "--- a/twice\n+++ b/twice\n@@ -1,2 +1,2 @@\n-x\n+z\n y\n";
    assert_eq!(places(apply_diff(&mut files(), diff).unwrap_err()), (1, 2));
    // Without any context.
    let diff = "--- a/f\n+++ b/f\n@@ -5,0 +6 @@\n+line 5.5\n";
    assert_eq!(places(apply_diff(&mut files(), diff).unwrap_err()), (1, 0));
}

#[test]
fn a_diff_of_other_files_is_refused() {
    assert!(is_diff_error(&DIFF.replace("a/f", "a/g").replace("b/f", "b/g")), "no such file");
    assert!(is_diff_error(&DIFF.replace("b/f", "b/g")), "a rename");
    assert!(is_diff_error("--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-line 1\n"), "a removal");
    assert!(is_diff_error("--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+new\n"), "a file that is there");
}

#[test]
fn text_that_is_no_diff_is_refused() {
    for diff in ["", "nothing\n", "--- a/f\n+++ b/f\n", &DIFF[..DIFF.len() - 10], &DIFF.replace("-9,3", "-9,4")] {
        assert!(is_diff_error(diff), "{diff}");
    }
}
