//! The values of one parameter for many calls: `--each NAME=…`.
//!
//! An element is read only when a call takes it, so an invalid element fails that call alone.

use std::path::{Path, PathBuf};

use larder_base::byte_order_mark::without_byte_order_mark;
use larder_types::value::{BlobRef, Value, list_elements, parse_literal};
use larder_types::{Field, WitType};

use super::blobs::{absolute, is_list_literal, is_pattern, matches, matching};
use super::error::{ArgumentError, ill_typed};
use super::file::{content, listed, text};
use super::inputs::Inputs;
use super::typed::{file_content, typed};

/// One of many values of a parameter, perhaps not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// A value that was read.
    Value(Value),
    /// An element of a list in JSON or WAVE, as written.
    Literal(String),
    /// A line of a file that lists files or directories; it names nothing that exists.
    Line(String),
    /// The content of a file.
    Content(PathBuf),
}

impl Element {
    /// Returns the file or directory of this machine that the element comes from, if there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Value(Value::File(BlobRef::Path(path)) | Value::Directory(BlobRef::Path(path)))
            | Self::Content(path) => Some(path),
            Self::Value(_) | Self::Literal(_) | Self::Line(_) => None,
        }
    }
}

impl Inputs<'_> {
    /// Returns the values for the parameter `name` that a text stands for: the matches of a pattern, a list in JSON or
    /// WAVE, or `@` and a file that has either. For a text, `@` and a pattern stand for the content of each file.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`]: the parameter does not exist or already has a value, or the text is not a list.
    pub fn each(&self, name: &str, text: &str) -> Result<Vec<Element>, ArgumentError> {
        let param = self.open(name)?;
        if matches!(param.ty, WitType::File | WitType::Directory) {
            return each_blob(param, text, self.folder);
        }
        match text.strip_prefix('@') {
            None => each_literal(param, text, self.folder),
            Some(literal) if literal.starts_with('@') => each_literal(param, literal, self.folder),
            Some(pattern) if is_pattern(pattern, self.folder) => {
                Ok(matches(&param.name, pattern, self.folder)?.into_iter().map(Element::Content).collect())
            }
            Some(path) => each_in(param, &self.folder.join(path), text, self.folder),
        }
    }

    /// Takes one of the values that [`Inputs::each`] returned.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`]: it is not a value of the parameter, or the parameter already has one.
    pub fn element(&mut self, name: &str, element: &Element) -> Result<(), ArgumentError> {
        let param = self.open(name)?;
        let value = match element {
            Element::Value(value) => value.clone(),
            Element::Literal(text) => {
                let value = parse_literal(text, &param.ty).map_err(|source| ill_typed(param, source))?;
                absolute(value, self.folder)
            }
            Element::Line(line) => typed(param, line, self.folder)?,
            Element::Content(path) => file_content(param, path, self.folder)?,
        };
        self.value(name, value)
    }
}

/// Reads files or directories as a person names them.
fn each_blob(param: &Field, text: &str, folder: &Path) -> Result<Vec<Element>, ArgumentError> {
    if is_list_literal(text) {
        return each_literal(param, text, folder);
    }
    let values = |text: &str| Ok(matching(param, &param.ty, text, folder)?.into_iter().map(Element::Value).collect());
    match text.strip_prefix('@') {
        // A leading `@` in a path is escaped as `@@`, as in any other text.
        Some(literal) if literal.starts_with('@') => values(literal),
        Some(path) => {
            let each = |line: String| values(&line).unwrap_or_else(|_: ArgumentError| vec![Element::Line(line)]);
            Ok(listed(param, &folder.join(path))?.into_iter().flat_map(each).collect())
        }
        None => values(text),
    }
}

/// Reads a list literal.
fn each_literal(param: &Field, text: &str, folder: &Path) -> Result<Vec<Element>, ArgumentError> {
    match list_elements(text) {
        Some(elements) => Ok(elements.into_iter().map(|text| Element::Literal(text.to_owned())).collect()),
        None => whole(param, text, folder),
    }
}

/// Reads a list from a file.
fn each_in(param: &Field, path: &Path, typed: &str, folder: &Path) -> Result<Vec<Element>, ArgumentError> {
    let bytes = content(&param.name, path)?;
    let read = text(param, without_byte_order_mark(&bytes).to_vec(), path);
    match read.as_deref().ok().and_then(|read| list_elements(read.trim())) {
        Some(elements) => Ok(elements.into_iter().map(|text| Element::Literal(text.to_owned())).collect()),
        None => whole(param, typed, folder),
    }
}

/// Handles a text that is not a list of elements: bytes in one piece, or an error that says why not.
fn whole(param: &Field, text: &str, folder: &Path) -> Result<Vec<Element>, ArgumentError> {
    let list = Field { name: param.name.clone(), ty: WitType::List(Box::new(param.ty.clone())) };
    let value = typed(&list, text, folder)?;
    // A value of this type is always bytes.
    let values = if let Value::Bytes(bytes) = value {
        bytes.into_iter().map(Value::U8).collect()
    } else if let Value::List(values) = value {
        values
    } else {
        Vec::new()
    };
    Ok(values.into_iter().map(Element::Value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use larder_types::Signature;

    fn signature() -> Signature {
        let field = |name: &str, ty| Field { name: name.into(), ty };
        let params = vec![
            field("n", WitType::U8),
            field("text", WitType::String),
            field("file", WitType::File),
            field("many", WitType::List(Box::new(WitType::U8))),
        ];
        Signature { params, result: None }
    }

    /// Reads the values, or the error of each.
    fn each(folder: &Path, name: &str, text: &str) -> Result<Vec<Result<Value, String>>, String> {
        let signature = signature();
        let inputs = Inputs::new(&signature, folder);
        let at = signature.params.iter().position(|param| param.name == name).unwrap();
        let read = |element: &Element| {
            let mut inputs = inputs.clone();
            inputs.element(name, element).map_err(|error| error.to_string())?;
            Ok(inputs.given().swap_remove(at).unwrap())
        };
        let elements = inputs.each(name, text).map_err(|error| error.to_string())?;
        Ok(elements.iter().map(read).collect())
    }

    #[test]
    fn each_is_a_list_of_what_the_parameter_takes() {
        let here = Path::new("/here");
        assert_eq!(each(here, "n", "[3, 4]"), Ok(vec![Ok(Value::U8(3)), Ok(Value::U8(4))]));
        assert_eq!(each(here, "n", "[]"), Ok(vec![]));
        assert_eq!(each(here, "n", "\"AwQ=\""), Ok(vec![Ok(Value::U8(3)), Ok(Value::U8(4))]));
        for text in ["3", "", "[3", "@missing", "{}"] {
            assert!(each(here, "n", text).is_err(), "{text}");
        }
        let wrong = each(here, "n", "[3, 300, 4]").unwrap();
        assert_eq!((wrong.len(), &wrong[2]), (3, &Ok(Value::U8(4))));
        assert!(wrong[1].clone().unwrap_err().contains("parameter `n` should be u8"), "{wrong:?}");
        let lists = each(here, "many", "[[1], \"Ag==\", 3]").unwrap();
        assert_eq!(lists[..2], [Ok(Value::Bytes(vec![1])), Ok(Value::Bytes(vec![2]))]);
        assert!(lists[2].is_err());
    }

    #[test]
    fn a_pattern_behind_an_at_sign_is_the_content_of_each() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        write("b.csv", b"\xef\xbb\xbfx,y\n");
        write("a.csv", b"a");
        write("c.csv", b"\xff");
        let texts = each(folder.path(), "text", "@*.csv").unwrap();
        let text = |text: &str| Ok(Value::String(text.to_owned()));
        assert_eq!(texts[..2], [text("a"), text("\u{feff}x,y\n")]);
        assert!(texts[2].clone().unwrap_err().contains("is not UTF-8 text"), "{texts:?}");
        assert!(each(folder.path(), "text", "@*.tsv").unwrap_err().contains("nothing matches"));
        write("list.json", b"\xef\xbb\xbf[\"one\", 2]\n");
        let listed = each(folder.path(), "text", "@list.json").unwrap();
        assert!(listed[0] == text("one") && listed[1].is_err(), "{listed:?}");
        write("numbers", b"\xef\xbb\xbf 7");
        assert_eq!(each(folder.path(), "n", "@number*"), Ok(vec![Ok(Value::U8(7))]));
    }

    #[test]
    fn a_line_that_matches_nothing_fails_alone() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        write("a.txt", b"");
        write("list", b"\xef\xbb\xbfa.txt\r\n\n*.nothing\nsha256:7\na*\n");
        let a = || Ok(Value::File(BlobRef::Path(folder.path().join("a.txt"))));
        let files = each(folder.path(), "file", "@list").unwrap();
        assert_eq!((files.len(), &files[0], &files[3]), (4, &a(), &a()));
        assert!(files[1].clone().unwrap_err().contains("nothing matches `*.nothing`"), "{files:?}");
        assert!(files[2].is_err());
        let literal = each(folder.path(), "file", "[\"a.txt\", 7]").unwrap();
        assert!(literal[0] == a() && literal[1].is_err());
        assert_eq!(each(folder.path(), "file", "a.t?t"), Ok(vec![a()]));
    }
}
