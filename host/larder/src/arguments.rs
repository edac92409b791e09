//! From what a person typed, `name=value`, to typed inputs in declared order.
//!
//! A value is JSON or WAVE, a plain word where the parameter is a `string`, or `@path`: the content of a file, which
//! is taken as it is for a `string` or a `list<u8>` and read as JSON or WAVE for every other type. `@@` stands for a
//! text that starts with an `@`.
//!
//! A `file` or a `directory` is a path, or `sha256:` and a digest. For a list of them, `@path` is a file with one of
//! these on each line, and a path with `*`, `?` or `[` in it is a pattern: what matches it, in the order of the names.
//! For one alone, a pattern must match one thing.
//!
//! That is for a person at a command line. In a table, which may be a stranger's, only a `file` or a `directory` names
//! what is on this machine: see [`Inputs::cell`].

mod each;
mod inputs;
mod pattern;

use std::io::Read as _;
use std::path::{Path, PathBuf};

pub use self::each::Element;
pub use self::inputs::Inputs;
use larder_base::byte_order_mark::without_byte_order_mark;
use larder_base::excerpt::{excerpt, passage};
use larder_types::value::{BlobRef, Value, ValueError, parse_argument, type_text};
use larder_types::{Field, Signature, WitType};

/// The most that a file behind `@` may have: it becomes a value in memory, in the host and in the guest.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// One argument as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The name before the `=`.
    pub name: String,
    /// The text after it.
    pub text: String,
}

impl Argument {
    /// Splits `name=value`.
    ///
    /// # Errors
    ///
    /// [`ArgumentError::NotAnArgument`] when there is no `=`, or nothing before it.
    pub fn split(typed: &str) -> Result<Self, ArgumentError> {
        match typed.split_once('=') {
            Some((name, text)) if !name.is_empty() => Ok(Self { name: name.to_owned(), text: text.to_owned() }),
            Some(_) | None => Err(ArgumentError::NotAnArgument { typed: typed.to_owned() }),
        }
    }
}

/// What is wrong with the arguments of a call.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentError {
    /// A text that is not `name=value`.
    #[error("`{typed}` is not an argument: arguments are written name=value", typed = excerpt(typed))]
    NotAnArgument {
        /// The text.
        typed: String,
    },
    /// No parameter has this name.
    #[error(
        "there is no parameter `{name}`{}: the parameters are {}", did_you_mean(nearest.as_deref()), list(known),
        name = excerpt(name)
    )]
    Unknown {
        /// The name given.
        name: String,
        /// The nearest parameter's name.
        nearest: Option<String>,
        /// All parameters, with their types.
        known: Vec<String>,
    },
    /// The same parameter twice.
    #[error("parameter `{name}` is given more than once", name = excerpt(name))]
    Repeated {
        /// The parameter.
        name: String,
    },
    /// Parameters without a value.
    #[error("missing: {}", list(missing))]
    Missing {
        /// The parameters, with their types.
        missing: Vec<String>,
    },
    /// A value that is not of its parameter's type.
    #[error(
        "parameter `{name}`{}: {}{source}",
        should_be(ty, source),
        within(file.as_deref()),
        name = excerpt(name)
    )]
    IllTyped {
        /// The parameter.
        name: String,
        /// Its type, shortened.
        ty: String,
        /// The file that has the value, if it is the content of one.
        file: Option<PathBuf>,
        /// What is wrong, and where.
        source: Box<ValueError>,
    },
    /// A pattern that matches nothing.
    #[error(
        "parameter `{name}`: nothing matches `{pattern}`{}", or_a_list(pattern),
        name = excerpt(name), pattern = excerpt(pattern)
    )]
    NothingMatches {
        /// The parameter.
        name: String,
        /// The pattern.
        pattern: String,
    },
    /// A pattern that should match one thing.
    #[error(
        "parameter `{name}` takes one, and {found} match `{pattern}`",
        name = excerpt(name), pattern = excerpt(pattern)
    )]
    NotOne {
        /// The parameter.
        name: String,
        /// The pattern.
        pattern: String,
        /// How many match it.
        found: usize,
    },
    /// A pattern that is none, or that leads where nothing can be read.
    #[error("parameter `{name}`: {problem}", name = excerpt(name), problem = passage(problem))]
    NotAPattern {
        /// The parameter.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A file behind `@` that cannot be read.
    #[error("parameter `{name}`: {} cannot be read: {source}", path.display(), name = excerpt(name))]
    Unreadable {
        /// The parameter.
        name: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file behind `@` that is too large to be a value.
    #[error(
        "parameter `{name}`: {} has more than {max} bytes, which is too much for a value", path.display(),
        name = excerpt(name)
    )]
    TooLarge {
        /// The parameter.
        name: String,
        /// The file.
        path: PathBuf,
        /// The most that is read, in bytes.
        max: u64,
    },
    /// A file behind `@` that should be text and is not.
    #[error(
        "parameter `{name}`: {} is not UTF-8 text (the first bad byte is byte {position})", path.display(),
        name = excerpt(name)
    )]
    NotText {
        /// The parameter.
        name: String,
        /// The file.
        path: PathBuf,
        /// The offset of the first byte that is not UTF-8.
        position: usize,
    },
}

/// A type this long is said once.
const LONG: usize = 60;

/// What the value should be, unless the error says so at length.
fn should_be(ty: &str, source: &ValueError) -> String {
    if ty.len() > LONG && source.names_type() { String::new() } else { format!(" should be {}", excerpt(ty)) }
}

fn within(file: Option<&Path>) -> String {
    file.map(|file| format!("in {}, ", file.display())).unwrap_or_default()
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!(" (did you mean `{}`?)", excerpt(nearest))).unwrap_or_default()
}

/// A list of words in brackets is a set of characters to a pattern, and somebody may have meant the list.
fn or_a_list(pattern: &str) -> &'static str {
    let is_bracketed = pattern.starts_with('[') && pattern.ends_with(']');
    if is_bracketed { "; a list has its paths in quotes, as in [\"a\", \"b\"]" } else { "" }
}

/// Number of parameters that a message lists before it only counts them.
const LISTED: usize = 20;

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut text = names.iter().take(LISTED).map(|name| excerpt(name)).collect::<Vec<_>>().join(", ");
    if names.len() > LISTED {
        text.push_str(&format!(" and {} more", names.len() - LISTED));
    }
    text
}

/// The typed inputs of a call, in declared order. Every argument must name a parameter, once; a parameter of type
/// `option` may be left out, and is then `none`. Relative paths behind `@` start at `folder`.
///
/// # Errors
///
/// The first [`ArgumentError`] in the order given, missing parameters last.
pub fn typed_inputs(signature: &Signature, arguments: &[Argument], folder: &Path) -> Result<Vec<Value>, ArgumentError> {
    let mut inputs = Inputs::new(signature, folder);
    for Argument { name, text } in arguments {
        inputs.typed(name, text)?;
    }
    inputs.complete()
}

fn ill_typed(param: &Field, source: ValueError) -> ArgumentError {
    ArgumentError::IllTyped { name: param.name.clone(), ty: type_text(&param.ty), file: None, source: Box::new(source) }
}

/// A parameter with its type, for a list of them.
fn named(param: &Field) -> String {
    format!("`{}: {}`", param.name, type_text(&param.ty))
}

fn unknown(name: &str, params: &[Field]) -> ArgumentError {
    let nearest = params
        .iter()
        .map(|param| (strsim::jaro_winkler(&param.name, name), &param.name))
        .filter(|(similarity, _)| *similarity >= 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.clone());
    ArgumentError::Unknown { name: name.to_owned(), nearest, known: params.iter().map(named).collect() }
}

fn typed(param: &Field, text: &str, folder: &Path) -> Result<Value, ArgumentError> {
    let parse = |text: &str| parse_argument(text, &param.ty).map_err(|source| ill_typed(param, source));
    if let Some(one) = blob_type(&param.ty) {
        return blobs(param, one, text, folder, parse);
    }
    match text.strip_prefix('@') {
        None => parse(text).map(|value| absolute(value, folder)),
        Some(literal) if literal.starts_with('@') => parse(literal),
        Some(path) => file_content(param, &folder.join(path), folder),
    }
}

/// The value that the content of a file is: as it is for a text or bytes, read as JSON or WAVE for every other type.
fn file_content(param: &Field, path: &Path, folder: &Path) -> Result<Value, ArgumentError> {
    let bytes = content(&param.name, path)?;
    if param.ty.is_bytes() {
        return Ok(Value::Bytes(bytes));
    }
    if param.ty == WitType::String {
        return text(param, bytes, path).map(Value::String);
    }
    let text = text(param, without_byte_order_mark(&bytes).to_vec(), path)?;
    match parse_argument(text.trim(), &param.ty) {
        Ok(value) => Ok(absolute(value, folder)),
        Err(source) => Err(in_file(ill_typed(param, source), path)),
    }
}

/// The text that the content of a file is.
fn text(param: &Field, bytes: Vec<u8>, path: &Path) -> Result<String, ArgumentError> {
    String::from_utf8(bytes).map_err(|error| ArgumentError::NotText {
        name: param.name.clone(),
        path: path.to_owned(),
        position: error.utf8_error().valid_up_to(),
    })
}

/// An error of a value, with the file that has it.
fn in_file(error: ArgumentError, path: &Path) -> ArgumentError {
    if let ArgumentError::IllTyped { name, ty, file: _, source } = error {
        return ArgumentError::IllTyped { name, ty, file: Some(path.to_owned()), source };
    }
    error
}

/// The type of the files or directories that a parameter of type `ty` takes as they are named: one, or a list.
fn blob_type(ty: &WitType) -> Option<&WitType> {
    match ty {
        WitType::File | WitType::Directory => Some(ty),
        WitType::List(element) => {
            Some(&**element).filter(|element| matches!(element, WitType::File | WitType::Directory))
        }
        WitType::Bool
        | WitType::S8
        | WitType::U8
        | WitType::S16
        | WitType::U16
        | WitType::S32
        | WitType::U32
        | WitType::S64
        | WitType::U64
        | WitType::F32
        | WitType::F64
        | WitType::Char
        | WitType::String
        | WitType::Record(_)
        | WitType::Tuple(_)
        | WitType::Variant(_)
        | WitType::Enum(_)
        | WitType::Option(_)
        | WitType::Result { ok: _, err: _ }
        | WitType::Flags(_) => None,
    }
}

/// Files or directories, as a person names them.
fn blobs(
    param: &Field,
    one: &WitType,
    text: &str,
    folder: &Path,
    parse: impl Fn(&str) -> Result<Value, ArgumentError>,
) -> Result<Value, ArgumentError> {
    let is_list = param.ty != *one;
    let is_literal = if is_list { is_list_literal(text) } else { text.starts_with(['"', '{']) };
    if is_literal {
        return parse(text).map(|value| absolute(value, folder));
    }
    let mut named = Vec::new();
    match text.strip_prefix('@').filter(|_| is_list) {
        Some(path) => {
            for line in listed(param, &folder.join(path))? {
                named.extend(matching(param, one, &line, folder)?);
            }
        }
        // A path that starts with `@` is written with two, as any other text.
        None => named = matching(param, one, text.strip_prefix('@').unwrap_or(text), folder)?,
    }
    match (is_list, named.len()) {
        (true, _) => Ok(Value::List(named)),
        (false, 1) => named.pop().map_or_else(|| parse(text), Ok),
        (false, found) => Err(ArgumentError::NotOne { name: param.name.clone(), pattern: text.to_owned(), found }),
    }
}

/// The lines of a file that lists files or directories.
fn listed(param: &Field, path: &Path) -> Result<Vec<String>, ArgumentError> {
    let bytes = content(&param.name, path)?;
    let lines = text(param, without_byte_order_mark(&bytes).to_vec(), path)?;
    Ok(lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// Whether a text is a list written out, and no pattern that begins with a set of characters.
fn is_list_literal(text: &str) -> bool {
    let inside = text.strip_prefix('[').map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with(['"', '{', ']']))
}

/// What a path, a digest or a pattern stands for.
fn matching(param: &Field, one: &WitType, text: &str, folder: &Path) -> Result<Vec<Value>, ArgumentError> {
    if text.starts_with("file:") || !is_pattern(text, folder) {
        let value = parse_argument(text, one).map_err(|source| ill_typed(param, source))?;
        return Ok(vec![absolute(value, folder)]);
    }
    let value = |path| if *one == WitType::Directory { Value::Directory(path) } else { Value::File(path) };
    let paths = matches(&param.name, text, folder)?;
    Ok(paths.into_iter().map(|path| value(BlobRef::Path(path))).collect())
}

/// Whether a text is a pattern, and not the name of something that has such characters in it.
fn is_pattern(text: &str, folder: &Path) -> bool {
    text.contains(['*', '?', '[']) && !folder.join(text).exists()
}

/// The paths that a pattern matches, in the order of their names.
fn matches(name: &str, text: &str, folder: &Path) -> Result<Vec<PathBuf>, ArgumentError> {
    let not_a_pattern = |problem: String| ArgumentError::NotAPattern {
        name: name.to_owned(),
        problem: format!("{problem}{}", or_a_list(text)),
    };
    let paths = pattern::matching(folder, text).map_err(|problem| not_a_pattern(problem.to_string()))?;
    if paths.is_empty() {
        return Err(ArgumentError::NothingMatches { name: name.to_owned(), pattern: text.to_owned() });
    }
    Ok(paths)
}

/// The same value, with the paths in it starting at `folder`.
fn absolute(mut value: Value, folder: &Path) -> Value {
    value.each_blob_mut(&mut |_, blob| {
        if let BlobRef::Path(path) = blob {
            *path = folder.join(&*path);
        }
    });
    value
}

/// The content of a file, of which there may be no end.
fn content(name: &str, path: &Path) -> Result<Vec<u8>, ArgumentError> {
    let unreadable = |source| ArgumentError::Unreadable { name: name.to_owned(), path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ArgumentError::TooLarge { name: name.to_owned(), path: path.to_owned(), max: MAX_FILE_BYTES });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// A byte order mark is no part of what is read by its type, and a part of a text that is taken as it is.
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
}
