//! `--each`: values in place of written inputs.

use larder_tests::{guests, wat, world};
use serde_json::json;

use super::{batch, sums};

#[test]
fn a_pattern_makes_a_call_of_each_match() {
    let world = world!();
    for (name, text) in [("data/b.txt", "bb"), ("data/a.txt", "a"), ("data/c.dat", "ccc")] {
        world.write(name, text);
    }
    let matched = batch(&world, 0, [guests::FILES, "by-path", "--each", "f=data/*.txt"], "not read");
    assert_eq!(matched.each("result"), [json!("a"), json!("bb")]);
    world.write("list", "data/c.dat\n\ndata/*.txt\n");
    let listed = batch(&world, 0, [guests::FILES, "by-path", "--each", "f=@list"], "");
    assert_eq!(listed.each("result"), [json!("ccc"), json!("a"), json!("bb")]);
    assert_eq!(listed.words("status"), "miss hit hit");
    let none = world.larder(["batch", guests::FILES, "by-path", "--each", "f=data/*.nothing"]);
    none.fails(2, &["nothing matches `data/*.nothing`"]);
    let list = world.larder(["batch", guests::FILES, "by-path", "--each", "f=[data/a.txt, data/b.txt]"]);
    list.fails(2, &["a list has its paths in quotes, as in [\"a\", \"b\"]"]);
    let list = ["--each", "f=[\"data/a.txt\", \"data/b.txt\"]"];
    batch(&world, 0, [&[guests::FILES, "by-path"], &list[..]].concat(), "").counts(&[("hits", 2)]);
}

#[test]
fn several_go_side_by_side_or_all_with_all() {
    let world = world!();
    let pairs = sums(&world, 0, &["--each", "a=[1, 2]", "--each", "b=[10, 20]"], "");
    assert_eq!(pairs.each("result"), [11, 22].map(|sum| json!(sum)));
    let product = sums(&world, 0, &["--each", "a=[1, 2]", "--each", "b=[10, 20, 30]", "--product"], "");
    assert_eq!(product.each("result"), [11, 21, 31, 12, 22, 32].map(|sum| json!(sum)));
    product.counts(&[("calls", 6), ("hits", 2), ("misses", 4)]);
    let fixed = sums(&world, 0, &["b=7", "--each", "a=[1, 2]"], "");
    assert_eq!(fixed.each("result"), [8, 9].map(|sum| json!(sum)));
    let unequal = ["batch", "sum.wat", "sum", "--each", "a=[1]", "--each", "b=[1, 2]"];
    world.larder(unequal).fails(2, &["1 for `a`, 2 for `b`", "--product"]);
    world.larder(["batch", "sum.wat", "sum", "--each", "a=[1]"]).fails(2, &["missing: `b: u32`"]);
}

#[test]
fn a_pattern_behind_an_at_sign_is_the_text_of_each_file() {
    let world = world!();
    world.write("echo.wat", wat::ECHO);
    world.write("data/b.csv", "x,y\n");
    world.write("data/a.csv", "1\r\n");
    world.write("data/c.csv", b"\xff");
    let told = batch(&world, 1, ["echo.wat", "text", "--each", "v=@data/*.csv"], "");
    assert_eq!(told.words("status"), "miss miss failed");
    assert_eq!((&told.lines[0]["result"], &told.lines[1]["result"]), (&json!("1\r\n"), &json!("x,y\n")));
    assert!(told.lines[2]["error"]["message"].as_str().unwrap().contains("is not UTF-8 text"));
    let none = world.larder(["batch", "echo.wat", "text", "--each", "v=@data/*.tsv"]);
    none.fails(2, &["nothing matches `data/*.tsv`"]);
}

#[test]
fn an_element_that_is_wrong_fails_alone() {
    let world = world!();
    let told = sums(&world, 1, &["b=1", "--each", "a=[1, true, 300, -1, 4294967296, \"7\"]"], "");
    assert_eq!(told.words("status"), "miss failed miss failed failed failed");
    for (at, found) in [(1, "not true"), (3, "not -1"), (4, "not 4294967296"), (5, "not \"7\"")] {
        let message = told.lines[at]["error"]["message"].as_str().unwrap().replace('`', "");
        assert!(message.starts_with("parameter a should be u32") && message.ends_with(found), "{message}");
    }
    world.write("one.txt", "1");
    world.write("list", "\u{feff}one.txt\n*.nothing\nsha256:12\none.txt\n");
    let files = batch(&world, 1, [guests::FILES, "by-path", "--each", "f=@list"], "");
    // The first and the last are equal calls, of which either may run.
    let failed: Vec<bool> = files.lines.iter().map(|line| line["status"] == "failed").collect();
    assert_eq!(failed, [false, true, true, false]);
    // An invalid list is an error for all calls.
    world.larder(["batch", "sum.wat", "sum", "b=1", "--each", "a=[1"]).fails(2, &["parameter `a`"]);
}
