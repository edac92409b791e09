//! Named calls: a column of a sample sheet, in the line and in the folder of the outputs.

use larder_tests::{guests, world};
use serde_json::json;

use super::{batch, sums};

#[test]
fn a_sample_sheet_names_its_calls() {
    let world = world!();
    let sheet = "sample,a,lane,b\ns1,1,L1,10\ns2,x,L1,20\ns3,3,L2,30\n";
    world.write("in.csv", sheet);
    let named = sums(&world, 1, &["in.csv", "--id", "sample", "--ignore-extra"], "");
    assert_eq!(named.each("id"), ["s1", "s2", "s3"].map(|id| json!(id)));
    assert_eq!((&named.lines[0]["result"], &named.lines[2]["result"]), (&json!(11), &json!(33)));
    assert_eq!(named.summary["first_bad"][0]["id"], "s2", "{:#}", named.summary);
    // Both are off by default.
    let refused = ["batch", "sum.wat", "sum", "in.csv", "--id", "sample"];
    world.larder(refused).fails(2, &["no parameter `lane`", "--ignore-extra"]);
    world
        .larder(["batch", "sum.wat", "sum", "in.csv", "--ignore-extra", "--id", "name"])
        .fails(2, &["no column `name`"]);
    let lines = "{\"a\": 1, \"b\": 2, \"sample\": \"s1\", \"more\": {}}\n{\"a\": 2, \"b\": 2, \"sample\": 7}\n";
    let named = sums(&world, 0, &["--id", "sample", "--ignore-extra"], lines);
    assert_eq!(named.each("id"), ["s1", "7"].map(|id| json!(id)));
    let unnamed = sums(&world, 1, &["--id", "sample"], "{\"a\": 1, \"b\": 2}\n");
    assert!(unnamed.lines[0]["error"]["message"].as_str().unwrap().contains("no member `sample`"));
    // A misspelt parameter is still missed.
    let misspelt = sums(&world, 1, &["--ignore-extra"], "{\"a\": 1, \"bb\": 2}\n");
    assert!(misspelt.lines[0]["error"]["message"].as_str().unwrap().contains("missing: `b: u32`"));
}

#[test]
fn outputs_are_put_where_the_template_says() {
    let world = world!();
    for name in ["one.txt", "two.txt"] {
        world.write(name, name);
    }
    let at = |path: &str| std::fs::read_to_string(world.folder().join(path)).unwrap_or_default();
    let same = [guests::FILES, "same"];
    world.write("in.csv", "id,f\ns1,one.txt\ns2,two.txt\n");
    batch(&world, 0, [&same[..], &["in.csv", "--id", "id", "--out", "results/{id}/"]].concat(), "");
    assert_eq!((at("results/s1/1"), at("results/s2/1")), ("one.txt".to_owned(), "two.txt".to_owned()));
    let each = [&same[..], &["--each", "f=*.txt"]].concat();
    batch(&world, 0, [&each[..], &["--out", "by/{f.stem}-{index}"]].concat(), "");
    assert_eq!((at("by/one-0/1"), at("by/two-1/1")), ("one.txt".to_owned(), "two.txt".to_owned()));
    for (out, text) in
        [("{nothing}", "`{nothing}` is none of"), ("{id}", "--id COLUMN"), ("{f.stem", "expected `{NAME}`")]
    {
        let refused = [&["batch"], &each[..], &["--out", out]].concat();
        world.larder(refused).fails(2, &[text]);
    }
}

/// A table may come from a stranger, and so may the names in it.
#[test]
fn a_name_leads_nowhere_else() {
    let world = world!();
    world.write("one.txt", "1");
    world.write(
        "in.csv",
        "id,f\n../../escaped,one.txt\n..,one.txt\na/b,one.txt\nsame,one.txt\nsame,one.txt\n,one.txt\n",
    );
    let named = [guests::FILES, "same", "in.csv", "--id", "id", "--out", "in/results/{id}"];
    let told = batch(&world, 1, named, "");
    assert_eq!(told.words("status"), "failed failed failed miss failed failed");
    assert!(told.lines[4]["error"]["message"].as_str().unwrap().contains("is that of call 3"));
    assert_eq!(told.lines[0]["error"]["code"], "inputs/no-folder");
    assert!(!world.folder().join("escaped").exists());
    // Without output files, it is an ordinary name.
    let told = batch(&world, 0, [guests::FILES, "same", "in.csv", "--id", "id"], "");
    assert_eq!(told.lines[0]["id"], "../../escaped");
}

#[test]
fn the_first_that_do_not_end_well_are_named_in_the_summary() {
    let world = world!();
    let inputs: String = (0..12).map(|n| format!("{{\"n\": {n}}}\n")).collect();
    let told = batch(&world, 1, [guests::OUTCOMES, "fail"], &(inputs + "nonsense\n"));
    let bad = told.summary["first_bad"].as_array().unwrap();
    assert_eq!(bad.len(), 10, "{:#}", told.summary);
    assert_eq!((&bad[3]["index"], &bad[3]["code"]), (&json!(3), &json!("err")));
    world.write("in.ndjson", "{\"n\": 1}\nnonsense\n");
    let said = world.larder(["batch", guests::OUTCOMES, "fail", "in.ndjson"]);
    said.exits(1).says("  0  err: ").says("  1  inputs/not-one: this is no input");
}
