//! Every form of inputs, and invalid inputs.

use larder_tests::{guests, world};
use serde_json::json;

use super::{batch, sum, sums};

#[test]
fn every_format_gives_the_same_calls() {
    let world = world!();
    let results = [3, 5, 4].map(|sum| json!(sum));
    let ndjson = "{\"a\": 1, \"b\": 2}\n\n{\"b\": 3, \"a\": 2}\r\n{\"a\": 4, \"b\": 0}";
    let first = sums(&world, 0, &[], ndjson);
    assert_eq!((first.each("result"), first.words("status")), (results.to_vec(), "miss miss miss".to_owned()));
    let array = "[{\"a\": 1, \"b\": 2}, {\"b\": 3, \"a\": 2}, {\"a\": 4, \"b\": 0}]";
    let (csv, tsv) = ("a,b\n1,2\n2,3\n4,0\n", "b\ta\n2\t1\n3\t2\n0\t4\n");
    for (name, text) in [
        ("in.ndjson", ndjson),
        ("in.jsonl", ndjson),
        ("in.json", array),
        ("in.csv", csv),
        ("in.tsv", tsv),
        ("in.tab", tsv),
    ] {
        world.write(name, text);
        let again = sums(&world, 0, &[name], "");
        assert_eq!(
            (again.each("result"), again.words("status")),
            (results.to_vec(), "hit hit hit".to_owned()),
            "{name}"
        );
        again.counts(&[("calls", 3), ("hits", 3), ("misses", 0), ("runs", 0), ("compilations", 0)]);
    }
    for (format, text) in [("ndjson", ndjson), ("json", array), ("csv", csv), ("tsv", tsv)] {
        for path in [&[][..], &["-"]] {
            let options = [&["--input-format", format], path].concat();
            assert_eq!(sums(&world, 0, &options, text).each("result"), results, "{format}");
        }
    }
    assert_eq!(first.each("index"), [0, 1, 2].map(|index| json!(index)));
    assert_eq!(first.each("key"), sums(&world, 0, &["in.csv"], "").each("key"));
}

#[test]
fn a_cell_and_a_value_are_read_by_the_type_of_their_parameter() {
    let world = world!();
    world.write("text.txt", "one two");
    let csv = "text,mode\nto be or not to be,strict\n@text.txt,lenient(3)\n\"\"\"quoted\"\"\",strict\n";
    let stats = [guests::WORD_STATS, "word-stats"];
    let table = batch(&world, 0, [&stats[..], &["--input-format", "csv"]].concat(), csv);
    assert_eq!(table.lines[0]["result"]["ok"]["words"], 6);
    assert_eq!(table.lines[1]["result"]["ok"]["words"], 1);
    let ndjson = "{\"text\": \"to be or not to be\", \"mode\": \"strict\"}\n\
                  {\"text\": \"@text.txt\", \"mode\": {\"lenient\": 3}}\n\
                  {\"text\": \"\\\"quoted\\\"\", \"mode\": \"strict\"}\n{\"text\": \"one two\", \"mode\": \"strict\"}\n";
    let lines = batch(&world, 0, stats, ndjson);
    assert_eq!(lines.words("status"), "hit hit hit miss");
    let bytes = batch(&world, 0, [guests::WORD_STATS, "reverse", "--pinned"], "{\"items\": [\"a\", \"b\"]}\n");
    assert_eq!(bytes.lines[0]["result"], json!(["b", "a"]));
}

#[test]
fn files_are_paths_or_digests() {
    let world = world!();
    world.write("one.txt", "one");
    world.write("two.txt", "two");
    let ndjson = "{\"f\": \"one.txt\"}\n{\"f\": \"two.txt\"}\n{\"f\": \"missing.txt\"}\n{\"f\": \"one.txt\"}\n";
    let read = batch(&world, 1, [guests::FILES, "same"], ndjson);
    assert_eq!(read.lines[2]["error"]["code"], "input");
    let digest = read.lines[1]["result"]["digest"].as_str().unwrap();
    let by_digest = format!("f\n{digest}\ntwo.txt\n");
    let again = batch(&world, 0, [guests::FILES, "same", "--input-format", "csv"], &by_digest);
    assert_eq!(again.words("status"), "hit hit");
    let put = batch(&world, 0, [guests::FILES, "same", "--out", "target/out", "--each", "f=*.txt"], "");
    assert_eq!(put.lines[1]["result"]["path"], "target/out/1/1");
    assert_eq!(std::fs::read_to_string(world.folder().join("target/out/1/1")).unwrap(), "two");
    // Once more, into the same folders.
    batch(&world, 0, [guests::FILES, "same", "--out", "target/out", "--each", "f=*.txt"], "");
}

#[test]
fn fixed_arguments_hold_for_all_calls() {
    let world = world!();
    let both = sums(&world, 0, &["b=10"], "{\"a\": 1}\n{\"a\": 2}\n");
    assert_eq!(both.each("result"), [11, 12].map(|sum| json!(sum)));
    world.write("a.csv", "a\n1\n3\n");
    assert_eq!(sums(&world, 0, &["a.csv", "b=10"], "").words("status"), "hit miss");
    assert_eq!(sums(&world, 0, &["b=10", "a.csv"], "").words("status"), "hit hit");
    let twice = sums(&world, 1, &["b=10"], "{\"a\": 1, \"b\": 1}\n");
    assert!(twice.lines[0]["error"]["message"].as_str().unwrap().contains("`b` is given more than once"));
}

#[test]
fn what_holds_for_all_is_said_before_anything_runs() {
    let world = world!();
    sum(&world);
    world.write("in.csv", "a,b\n1,2\n");
    world.write("wrong.csv", "a,c\n1,2\n");
    world.write("few.csv", "a\n1\n");
    world.write("in.txt", "");
    for (arguments, texts) in [
        (&["in.csv", "b=1"][..], &["`b` is given more than once"][..]),
        (&["in.csv", "c=1"], &["no parameter `c`"]),
        (&["in.csv", "a=x"], &["parameter `a` should be u32"]),
        (&["wrong.csv"], &["no parameter `c`", "`a: u32`, `b: u32`"]),
        (&["few.csv"], &["missing: `b: u32`"]),
        (&["in.txt"], &["in.txt", "--input-format"]),
        (&["missing.csv"], &["missing.csv cannot be read"]),
        (&["in.csv", "few.csv"], &["`in.csv` and `few.csv`"]),
        (&["in.csv", "--each", "a=[1]"], &["`in.csv`", "--each"]),
        (&["in.csv", "--retry-failed", "in.csv"], &["line 1 of in.csv is no output of a batch"]),
        (&["in.csv", "--retry-failed", "-", "--retry-failed", "-"], &["standard input can be read once"]),
        (&["--retry-failed", "-"], &["standard input can be read once"]),
        (&["in.csv", "--input-format", "json"], &["the inputs cannot be read on"]),
    ] {
        let arguments = [&["batch", "sum.wat", "sum", "--pinned"], arguments].concat();
        let failed = world.larder(arguments);
        // Nothing ran, so there is no summary.
        failed.fails(2, texts).is_silent_about("calls:");
    }
    for arguments in [
        &["in.csv", "--product"][..],
        &["in.csv", "--jobs", "0"],
        &["--each", "a=[1]", "--input-format", "csv"],
        &["in.csv", "--fail-fast", "--keep-going"],
        &["in.csv", "--dry-run", "--out", "out"],
        &["in.csv", "--input-format", "xml"],
        &["--each", "a=[1]", "--id", "a"],
        &["--each", "a=[1]", "--ignore-extra"],
    ] {
        world.larder([&["batch", "sum.wat", "sum", "--pinned"], arguments].concat()).exits(2);
    }
    world.larder(["batch", "sum.wat", "som", "in.csv"]).fails(2, &["did you mean"]);
    world.larder(["batch", "missing.wasm", "sum", "in.csv"]).fails(2, &["missing.wasm"]);
}

#[test]
fn a_line_says_its_input_if_asked() {
    let world = world!();
    let echoed = sums(&world, 1, &["--echo", "b=7"], "{\"a\": 1}\nnonsense\n{\"a\": 2}\n");
    assert_eq!(echoed.each("input"), [json!({"a": 1, "b": 7}), json!(null), json!({"a": 2, "b": 7})]);
    world.write("data/x.txt", "x");
    let options = ["--echo", "--output-format", "csv", "--each", "f=data/*.txt"];
    let table = world.larder([&["batch", guests::FILES, "by-path"], &options[..]].concat());
    let lines: Vec<&str> = table.exits(0).stdout.lines().collect();
    let columns = ",input.f.name,input.f.size,input.f.digest,input.f.path";
    assert!(lines[0].ends_with(columns) && lines[1].contains("data/x.txt"), "{table}");
}

#[test]
fn no_inputs_are_no_calls() {
    let world = world!();
    assert_eq!(sums(&world, 0, &[], "").counts(&[("calls", 0)]).ran.stdout, "");
    sums(&world, 0, &["--input-format", "csv"], "a,b\n").counts(&[("calls", 0)]);
    sums(&world, 0, &["--input-format", "json"], "[]").counts(&[("calls", 0)]);
    world.larder(["batch", "sum.wat", "sum"]).exits(0).says("0 calls");
}

#[test]
fn a_byte_order_mark_before_the_inputs_means_nothing() {
    let world = world!();
    for (name, text) in [
        ("in.ndjson", "{\"a\": 1, \"b\": 2}\n"),
        ("in.json", "[{\"a\": 1, \"b\": 2}]"),
        ("in.csv", "a,b\r\n1,2\r\n"),
        ("in.tsv", "a\tb\n1\t2\n"),
    ] {
        world.write(name, format!("\u{feff}{text}"));
        assert_eq!(sums(&world, 0, &[name], "").each("result"), [json!(3)], "{name}");
        let piped = ["--input-format", name.trim_start_matches("in.")];
        assert_eq!(sums(&world, 0, &piped, &format!("\u{feff}{text}")).each("result"), [json!(3)], "{name}");
    }
}
