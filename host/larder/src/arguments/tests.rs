//! Arguments as they are typed.

use std::path::Path;

use larder_types::value::{BlobRef, Value};
use larder_types::{Field, Signature, WitType};

use super::typed::typed;
use super::{Argument, typed_inputs};

fn signature() -> Signature {
    let field = |name: &str, ty| Field { name: name.into(), ty };
    Signature {
        params: vec![
            field("text", WitType::String),
            field("count", WitType::U8),
            field("data", WitType::Option(Box::new(WitType::bytes()))),
        ],
        result: None,
    }
}

fn inputs(arguments: &[&str]) -> Result<Vec<Value>, String> {
    let split: Result<Vec<_>, _> = arguments.iter().map(|typed| Argument::split(typed)).collect();
    let arguments = split.map_err(|error| error.to_string())?;
    typed_inputs(&signature(), &arguments, Path::new("/nowhere")).map_err(|error| error.to_string())
}

#[test]
fn arguments_are_taken_by_name_in_any_order() {
    let expected = vec![Value::String("a=b".into()), Value::U8(3), Value::Option(None)];
    assert_eq!(inputs(&["count=3", "text=a=b"]), Ok(expected));
}

#[test]
fn a_double_at_is_a_text_that_starts_with_one() {
    assert_eq!(inputs(&["text=@@home", "count=1"]).unwrap()[0], Value::String("@home".into()));
}

#[test]
fn wrong_arguments_say_what_is_wrong() {
    for (arguments, message) in [
        (&["text"][..], "`text` is not an argument"),
        (&["=1"], "`=1` is not an argument"),
        (&["txt=a", "count=1"], "no parameter `txt` (did you mean `text`?)"),
        (&["zzz=a"], "no parameter `zzz`: the parameters are `text: string`, `count: u8`"),
        (&["count=1", "count=2"], "parameter `count` is given more than once"),
        (&["text=a"], "missing: `count: u8`"),
        (&[], "missing: `text: string`, `count: u8`"),
        (&["text=a", "count=300"], "parameter `count` should be u8"),
        (&["text=a", "count=x"], "parameter `count` should be u8"),
        (&["text=@missing.txt", "count=1"], "/nowhere/missing.txt cannot be read"),
    ] {
        let error = inputs(arguments).unwrap_err();
        assert!(error.contains(message), "{arguments:?}: {error}");
    }
}

#[test]
fn files_are_taken_as_the_type_asks() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("text", b" \"as it is\"\n");
    write("count", b" 7\n");
    write("binary", &[0xff, 0x00]);
    let typed = |ty: WitType, text: &str| {
        typed(&Field { name: "p".into(), ty }, text, folder.path()).map_err(|error| error.to_string())
    };
    assert_eq!(typed(WitType::String, "@text"), Ok(Value::String(" \"as it is\"\n".into())));
    assert_eq!(typed(WitType::U8, "@count"), Ok(Value::U8(7)));
    assert_eq!(typed(WitType::bytes(), "@binary"), Ok(Value::Bytes(vec![0xff, 0x00])));
    assert!(typed(WitType::String, "@binary").unwrap_err().contains("is not UTF-8 text"));
    assert!(typed(WitType::bytes(), "@.").unwrap_err().contains("cannot be read"));
}

/// A byte order mark is skipped before content that is read by its type, and kept in a text that is taken as it is.
#[test]
fn a_byte_order_mark_before_a_file_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("list.json", "\u{feff}[1, 2]\r\n");
    write("files", "\u{feff}list.json\r\n");
    let typed = |ty: WitType, text: &str| {
        typed(&Field { name: "p".into(), ty }, text, folder.path()).map_err(|error| error.to_string())
    };
    let list = |ty| WitType::List(Box::new(ty));
    assert_eq!(typed(list(WitType::U32), "@list.json"), Ok(Value::List(vec![Value::U32(1), Value::U32(2)])));
    let file = Value::File(BlobRef::Path(folder.path().join("list.json")));
    assert_eq!(typed(list(WitType::File), "@files"), Ok(Value::List(vec![file])));
    assert_eq!(typed(WitType::String, "@list.json"), Ok(Value::String("\u{feff}[1, 2]\r\n".into())));
    assert_eq!(typed(WitType::bytes(), "@list.json"), Ok(Value::Bytes(b"\xef\xbb\xbf[1, 2]\r\n".to_vec())));
    write("wrong.json", "\u{feff}[1, 300]");
    let error = typed(list(WitType::U16), "@wrong.json").map(drop);
    assert_eq!(error, Ok(()));
    let error = typed(list(WitType::S8), "@wrong.json").unwrap_err();
    assert!(error.contains("should be list<s8>: in ") && error.contains("wrong.json, `[1]` should be"), "{error}");
}

#[test]
fn a_long_signature_is_told_once_and_shortened() {
    let cases = (0..300).map(|case| format!("case-number-{case}")).collect();
    let params = vec![Field { name: "p".into(), ty: WitType::Enum(cases) }];
    let signature = Signature { params, result: None };
    let inputs = |arguments: &[&str]| {
        let arguments: Vec<_> = arguments.iter().map(|typed| Argument::split(typed).unwrap()).collect();
        typed_inputs(&signature, &arguments, Path::new("/nowhere")).unwrap_err().to_string()
    };
    for arguments in [&["p=nothing-of-the-kind"][..], &["p=[1]"], &["p=(("], &["q=1"], &[]] {
        let message = inputs(arguments);
        assert!(message.len() < 500, "{message}");
        assert_eq!(message.matches("enum {").count(), 1, "{message}");
    }
}
