//! `--each`: values instead of inputs that are written down.

use larder_tests::{guests, world};
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
