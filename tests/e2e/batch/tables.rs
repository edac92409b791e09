//! Tables: every text that RFC 4180 can express is read, anything else is reported, and a cell is data.

use larder_tests::{guests, wat, world};
use serde_json::json;

use super::{Batch, batch};

/// Runs a batch of a task of [`wat::ECHO`] over a table.
#[track_caller]
fn echo(code: i32, task: &str, table: &str) -> Batch {
    let world = world!();
    world.write("echo.wat", wat::ECHO);
    world.write("secret.txt", "what nobody should read");
    world.write("in.csv", table);
    batch(&world, code, ["echo.wat", task, "in.csv", "--no-cache", "--echo"], "")
}

#[test]
fn a_carriage_return_inside_quotes_is_a_part_of_the_cell() {
    let texts = echo(0, "text", "v\n\"A\r\"\n\"\r\"\nB\n");
    assert_eq!(texts.each("result"), ["A\r", "\r", "B"].map(|text| json!(text)));
    let last = echo(0, "second", "foo,baz,bar\n1,3,\"x\r\"\n1,3,\"\r\"\r\n");
    assert_eq!(last.each("result"), ["x\r", "\r"].map(|text| json!(text)));
}

#[test]
fn an_empty_line_of_a_table_of_one_column_is_a_row() {
    for table in ["v\nA\n\nB\n", "v\r\nA\r\n\r\nB\r\n", "v\r\nA\r\n\"\"\r\nB\r\n", "v\nA\n\"\"\nB"] {
        let texts = echo(0, "text", table);
        assert_eq!(texts.each("result"), ["A", "", "B"].map(|text| json!(text)), "{table:?}");
        assert_eq!(texts.each("index"), [0, 1, 2].map(|index| json!(index)));
    }
    let options = echo(0, "is-some", "v\n7\n\n9\n");
    assert_eq!(options.each("input"), [json!({"v": 7}), json!({"v": null}), json!({"v": 9})]);
    // In a table of several columns a blank line is not a row, above all at the end of a file.
    assert_eq!(echo(0, "second", "foo,bar,baz\n1,2,3\n\n\n").lines.len(), 1);
}

#[test]
fn what_follows_a_closing_quote_is_an_error_of_its_row() {
    let told = echo(1, "text", "v\n\"5\" inch screen\nfine\n");
    assert_eq!(told.words("status"), "failed miss");
    assert_eq!((&told.lines[0]["line"], &told.lines[0]["exit_code"]), (&json!(2), &json!(2)));
    let message = told.lines[0]["error"]["message"].as_str().unwrap();
    assert!(message.contains("follows the closing quote of cell 1"), "{message}");
    assert_eq!(told.lines[1]["result"], "fine");
}

/// A table often comes from a stranger: it cannot name local files, and no text in it is changed.
#[test]
fn a_cell_for_a_text_is_the_text() {
    let texts = ["@secret.txt", "@@alice", "@alice", "\"x\" y", "\"Hello\"", "'a'", "none", "{\"a\": 1}", " a "];
    let cells: String = texts.iter().map(|text| format!("\"{}\"\n", text.replace('"', "\"\""))).collect();
    let told = echo(0, "text", &format!("v\n{cells}"));
    assert_eq!(told.each("result"), texts.map(|text| json!(text)));
    assert!(!told.ran.stdout.contains("what nobody should read"), "{}", told.ran);
    // Nor is a file read for a cell of another type.
    let told = echo(1, "texts", "v\n@secret.txt\n\"[\"\"@secret.txt\"\"]\"\n");
    assert_eq!(told.words("status"), "failed miss");
    assert_eq!(told.lines[1]["result"], json!(["@secret.txt"]));
    assert!(!told.ran.stdout.contains("what nobody should read"), "{}", told.ran);
}

#[test]
fn for_other_types_a_cell_is_json_or_wave_and_only_a_file_is_a_path() {
    let numbers = echo(1, "numbers", "v\n\"[1, 2]\"\n1\n[3]\n");
    assert_eq!(numbers.words("status"), "miss failed miss");
    let letters = echo(0, "letter", "v\na\n'b'\n@\n\"\"\"\"\n");
    assert_eq!(letters.each("result"), ["a", "b", "@", "\""].map(|letter| json!(letter)));
    let world = world!();
    world.write("a*b.txt", "star");
    world.write("axb.txt", "x");
    world.write("@list", "at");
    let told = batch(&world, 1, [guests::FILES, "by-path", "--input-format", "csv"], "f\na*b.txt\n@list\n*.txt\n");
    assert_eq!(told.words("status"), "miss miss failed");
    assert_eq!((&told.lines[0]["result"], &told.lines[1]["result"]), (&json!("star"), &json!("at")));
    // Nor in a list: a list must be written out.
    let told =
        batch(&world, 1, [guests::FILES, "sum", "--input-format", "csv"], "files\n@list\n*.txt\n\"[\"\"@list\"\"]\"\n");
    assert_eq!(told.words("status"), "failed failed miss");
}

/// The parts of a result are in columns, as in a spreadsheet or a data frame.
#[test]
fn a_table_of_answers_has_a_column_for_each_field() {
    let world = world!();
    world.write("in.csv", "sample,text,mode\ns1,to be or not to be,strict\ns2,,strict\n");
    let options = ["--id", "sample", "--echo", "--output-format", "csv"];
    let table = world.larder([&["batch", guests::WORD_STATS, "word-stats", "in.csv"], &options[..]].concat());
    let lines: Vec<&str> = table.exits(1).stdout.lines().collect();
    let header = "index,id,status,run_us,wait_us,key,outcome,result.ok.words,result.ok.distinct,result.ok.longest,\
                  result.ok.mean-length,result.err,line,exit_code,error_code,error_message,made_by_other_component,input.text,input.mode";
    assert_eq!(lines[0], header);
    assert!(lines[1].starts_with("0,s1,miss,") && lines[1].contains(",ok,6,4,not,2.16"), "{table}");
    assert!(lines[1].ends_with(",,,,,,to be or not to be,strict"), "{table}");
    assert!(
        lines[2].starts_with("1,s2,miss,") && lines[2].contains(",err,,,,,\"empty text\"")
            || lines[2].contains(",err,,,,,empty text,"),
        "{table}"
    );
}
