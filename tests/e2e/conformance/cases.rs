//! The cases for every language, with the answers that each must give.

use serde_json::{Value, json};

/// Outcome of a call.
#[derive(Clone, Copy)]
pub(super) enum Ends {
    /// With this result, as JSON.
    Is(&'static str),
    /// With a result that is too long to write here.
    Answers(fn() -> Value),
    /// In a trap, with these words on standard error.
    Traps(&'static str),
    /// With any result, after printing these texts.
    Prints(&'static [&'static str]),
    /// Before it runs, with this error.
    Refused(&'static str),
}

/// One call. Cases with the same `row` form one line of the table.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) row: &'static str,
    pub(super) task: &'static str,
    pub(super) arguments: &'static [&'static str],
    pub(super) ends: Ends,
}

impl Case {
    /// Returns true if its answer is kept.
    pub(super) fn is_cached(&self) -> bool {
        match self.ends {
            Ends::Is(result) => !result.starts_with(r#"{"err""#) || self.task == "results",
            Ends::Answers(_) => true,
            Ends::Traps(_) | Ends::Prints(_) | Ends::Refused(_) => false,
        }
    }
}

const fn case(row: &'static str, task: &'static str, arguments: &'static [&'static str], result: &'static str) -> Case {
    Case { row, task, arguments, ends: Ends::Is(result) }
}

const fn long(
    row: &'static str,
    task: &'static str,
    arguments: &'static [&'static str],
    answer: fn() -> Value,
) -> Case {
    Case { row, task, arguments, ends: Ends::Answers(answer) }
}

/// Text from every plane of Unicode that has characters, with the last character of all, and characters that some
/// encodings mishandle: a NUL, a byte order mark at the front and in the middle, a combining sequence.
const PLANES: &str = "\u{feff}a\0é中\u{ffff}😀𠀀𰀀\u{e0001}\u{f0000}\u{10ffff}\u{feff}e\u{301}";

/// The files that arguments name.
pub(super) fn files() -> [(&'static str, Vec<u8>); 5] {
    let megabyte = (0..1_000_000_u32).map(|at| at.to_le_bytes()[0]).collect();
    let lines = "to be\nor not\n\u{e9}t\u{e9}".repeat(40_000).into_bytes();
    [
        ("planes.txt", PLANES.as_bytes().to_vec()),
        ("megabyte", megabyte),
        ("nothing", Vec::new()),
        ("lines.txt", lines),
        ("strings.json", serde_json::to_vec(&strings()).unwrap()),
    ]
}

/// Returns a hundred thousand strings, unordered.
fn strings() -> Vec<String> {
    (0..100_000_u32).map(|at| format!("{}é", at.wrapping_mul(2_654_435_761) % 100_003)).collect()
}

fn sorted_strings() -> Value {
    let mut strings = strings();
    strings.sort();
    json!(strings)
}

fn planes() -> Value {
    let reversed: String = PLANES.chars().rev().collect();
    json!({
        "scalar-values": PLANES.chars().count(), "utf8-bytes": PLANES.len(), "reversed": reversed, "text": PLANES,
    })
}

fn counted() -> Value {
    json!((0..100_000).collect::<Vec<u32>>())
}

fn repeated() -> Value {
    json!("é😀".repeat(200_000))
}

fn sum_of_a_megabyte() -> Value {
    json!((0..1_000_000_u32).map(|at| at % 256).sum::<u32>())
}

fn totals() -> Value {
    let lines = &files()[3].1;
    json!({ "ok": { "lines": lines.iter().filter(|byte| **byte == b'\n').count(), "bytes": lines.len() } })
}

fn written() -> Value {
    let text = "to be, été\n";
    let digest = format!("sha256:{}", larder::Digest::of(text.as_bytes()));
    json!({ "ok": { "name": "said.txt", "size": text.len(), "digest": digest } })
}

const BOOL: &str = "truth values";
const INTEGERS: &str = "integers of 8, 16 and 32 bits";
const UPPER: &str = "`u32` from 2³¹ on";
const WIDE: &str = "64-bit integers up to 2⁵³ − 1";
const WIDER: &str = "64-bit integers beyond 2⁵³";
const SUM: &str = "a sum that wraps around";
const FLOATS: &str = "floats: NaN, infinities, −0.0, the smallest";
const CHARACTERS: &str = "characters at the edges";
const TEXT: &str = "text of every plane of Unicode";
const SORT: &str = "the order of strings by scalar value";
const OPTIONS: &str = "options of options";
const RESULTS: &str = "results as values";
const VARIANTS: &str = "variants with and without payload";
const ENUMS: &str = "enums";
const FLAGS: &str = "nine flags";
const LISTS: &str = "lists of lists";
const NESTED: &str = "tuples in lists in tuples";
const LARGE: &str = "a list of 100,000, bytes of 1 MB, a text of 1.2 MB";
const EMPTY: &str = "empty lists and texts";
const ERR: &str = "`err`";
const TRAP: &str = "a crash, with its message";
const PRINTS: &str = "standard output and error";
const PATH: &str = "a file by its path";
const STREAM: &str = "a file piece by piece";
const WRITE: &str = "a file written";

/// All cases, row after row.
pub(super) const CASES: [Case; 68] = [
    case(BOOL, "negate", &["a=true"], "false"),
    case(BOOL, "negate", &["a=false"], "true"),
    case(
        INTEGERS,
        "integers",
        &["a=0", "b=-128", "c=0", "d=-32768", "e=0", "f=-2147483648"],
        r#"{"a":0,"b":-128,"c":0,"d":-32768,"e":0,"f":-2147483648}"#,
    ),
    case(
        INTEGERS,
        "integers",
        &["a=255", "b=127", "c=65535", "d=32767", "e=2147483646", "f=2147483647"],
        r#"{"a":255,"b":127,"c":65535,"d":32767,"e":2147483646,"f":2147483647}"#,
    ),
    case(
        INTEGERS,
        "integers",
        &["a=128", "b=-1", "c=32768", "d=-1", "e=65536", "f=-1"],
        r#"{"a":128,"b":-1,"c":32768,"d":-1,"e":65536,"f":-1}"#,
    ),
    case(
        UPPER,
        "integers",
        &["a=0", "b=0", "c=0", "d=0", "e=4294967295", "f=0"],
        r#"{"a":0,"b":0,"c":0,"d":0,"e":4294967295,"f":0}"#,
    ),
    case(
        UPPER,
        "integers",
        &["a=0", "b=0", "c=0", "d=0", "e=2147483648", "f=0"],
        r#"{"a":0,"b":0,"c":0,"d":0,"e":2147483648,"f":0}"#,
    ),
    case(WIDE, "wide", &["a=0", "b=-1"], "[0,-1]"),
    case(WIDE, "wide", &["a=4294967296", "b=-4294967297"], "[4294967296,-4294967297]"),
    case(WIDE, "wide", &["a=9007199254740991", "b=-9007199254740991"], "[9007199254740991,-9007199254740991]"),
    case(WIDE, "add", &["a=9007199254740990", "b=1"], "9007199254740991"),
    case(WIDER, "wide", &["a=9007199254740993", "b=0"], r#"["9007199254740993",0]"#),
    case(WIDER, "wide", &["a=0", "b=-9007199254740993"], r#"[0,"-9007199254740993"]"#),
    case(
        WIDER,
        "wide",
        &["a=18446744073709551615", "b=-9223372036854775808"],
        r#"["18446744073709551615","-9223372036854775808"]"#,
    ),
    case(SUM, "add", &["a=18446744073709551615", "b=2"], "1"),
    case(FLOATS, "floats", &["a=nan", "b=nan"], r#"["nan","nan"]"#),
    case(FLOATS, "floats", &["a=inf", "b=-inf"], r#"["inf","-inf"]"#),
    case(FLOATS, "floats", &["a=-0.0", "b=-0.0"], "[-0.0,-0.0]"),
    case(FLOATS, "floats", &["a=1e-45", "b=5e-324"], "[1e-45,5e-324]"),
    case(FLOATS, "floats", &["a=3.4028235e38", "b=1.7976931348623157e308"], "[3.4028235e38,1.7976931348623157e308]"),
    case(FLOATS, "floats", &["a=0.1", "b=0.1"], "[0.1,0.1]"),
    case(CHARACTERS, "character", &["c=a"], r#"["a",97]"#),
    case(CHARACTERS, "character", &[r#"c="\u0000""#], r#"["\u0000",0]"#),
    case(CHARACTERS, "character", &["c=\u{d7ff}"], "[\"\u{d7ff}\",55295]"),
    case(CHARACTERS, "character", &["c=\u{e000}"], "[\"\u{e000}\",57344]"),
    case(CHARACTERS, "character", &["c=\u{feff}"], "[\"\u{feff}\",65279]"),
    case(CHARACTERS, "character", &["c=\u{10ffff}"], "[\"\u{10ffff}\",1114111]"),
    long(TEXT, "text", &["text=@planes.txt"], planes),
    case(TEXT, "text", &["text=abc"], r#"{"scalar-values":3,"utf8-bytes":3,"reversed":"cba","text":"abc"}"#),
    case(SORT, "sort", &[r#"texts=["b","a","","ab","a"]"#], r#"["","a","a","ab","b"]"#),
    case(SORT, "sort", &["texts=[\"😀\",\"\u{ff61}\",\"é\",\"z\",\"Z\"]"], "[\"Z\",\"z\",\"é\",\"\u{ff61}\",\"😀\"]"),
    case(OPTIONS, "options", &[], "[null,null]"),
    case(OPTIONS, "options", &["a=0", r#"b={"some":null}"#], r#"[0,{"some":null}]"#),
    case(OPTIONS, "options", &["a=7", r#"b={"some":""}"#], r#"[7,{"some":""}]"#),
    case(RESULTS, "results", &[r#"a={"ok":null}"#, r#"b={"ok":null}"#], r#"[{"ok":null},{"ok":null}]"#),
    case(RESULTS, "results", &[r#"a={"ok":0}"#, r#"b={"err":[]}"#], r#"[{"ok":0},{"err":[]}]"#),
    case(RESULTS, "results", &[r#"a={"err":"no"}"#, r#"b={"err":[1,65535]}"#], r#"[{"err":"no"},{"err":[1,65535]}]"#),
    case(VARIANTS, "area", &["shape=nothing"], "null"),
    case(VARIANTS, "area", &[r#"shape={"named":"circle"}"#], "null"),
    case(VARIANTS, "area", &[r#"shape={"circle":2}"#], "12.566370614359172"),
    case(VARIANTS, "area", &[r#"shape={"rectangle":[{"x":3,"y":-1},{"x":1,"y":2.5}]}"#], "7.0"),
    case(
        VARIANTS,
        "shapes",
        &[r#"shapes=["nothing",{"named":""},{"circle":-0.0},{"rectangle":[{"x":0,"y":1},{"x":2,"y":3}]},"nothing"]"#],
        r#"["nothing",{"named":""},{"circle":-0.0},{"rectangle":[{"x":0.0,"y":1.0},{"x":2.0,"y":3.0}]},"nothing"]"#,
    ),
    case(ENUMS, "next", &["day=monday"], r#""tuesday""#),
    case(ENUMS, "next", &["day=sunday"], r#""monday""#),
    case(
        FLAGS,
        "complement",
        &["rights=[]"],
        r#"["read","write","append","create","rename","remove","list","share","pass-on"]"#,
    ),
    case(
        FLAGS,
        "complement",
        &[r#"rights=["read","list","pass-on"]"#],
        r#"["write","append","create","rename","remove","share"]"#,
    ),
    case(LISTS, "transpose", &["rows=[[1,2,3],[-4,-5,-6]]"], r#"{"ok":[[1,-4],[2,-5],[3,-6]]}"#),
    case(LISTS, "transpose", &["rows=[[1,2,3],[4,5]]"], r#"{"err":"row 1 has 2 of 3"}"#),
    case(
        NESTED,
        "nested",
        &[r#"a=[255,["é",true]]"#, r#"b=[["x",["","y"]],["😀",[]]]"#],
        r#"[[255,["é",true]],[["x",["","y"]],["😀",[]]]]"#,
    ),
    case(NESTED, "nested", &[r#"a=[0,["",null]]"#, "b=[]"], r#"[[0,["",null]],[]]"#),
    long(LARGE, "sum", &["bytes=@megabyte"], sum_of_a_megabyte),
    long(LARGE, "count", &["length=100000"], counted),
    long(LARGE, "repeat", &["text=é😀", "times=200000"], repeated),
    long(LARGE, "sort", &["texts=@strings.json"], sorted_strings),
    case(EMPTY, "sum", &["bytes=@nothing"], "0"),
    case(EMPTY, "count", &["length=0"], "[]"),
    case(EMPTY, "text", &["text="], r#"{"scalar-values":0,"utf8-bytes":0,"reversed":"","text":""}"#),
    case(EMPTY, "sort", &["texts=[]"], "[]"),
    case(EMPTY, "repeat", &["text=", "times=3"], r#""""#),
    case(EMPTY, "transpose", &["rows=[]"], r#"{"ok":[]}"#),
    case(EMPTY, "transpose", &["rows=[[],[]]"], r#"{"ok":[]}"#),
    case(EMPTY, "shapes", &["shapes=[]"], "[]"),
    case(ERR, "fail", &["reason=no: été"], r#"{"err":"no: été"}"#),
    Case { row: TRAP, task: "crash", arguments: &[], ends: Ends::Traps("this must not be") },
    Case { row: PRINTS, task: "say", arguments: &["text=été"], ends: Ends::Prints(&["out: été", "err: été"]) },
    long(PATH, "by-path", &["input=lines.txt"], totals),
    long(STREAM, "by-stream", &["input=lines.txt"], totals),
    long(WRITE, "write", &["name=said.txt", "text=\"to be, été\\n\""], written),
];
