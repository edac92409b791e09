//! Files and directories as values: content by its digest, and how somebody says which content is meant.
//!
//! A value that is keyed, stored or handed to a guest is [`BlobRef::Known`]: digest, size, and a name where names count.
//! What a person types is a path or a digest; turning that into known content takes a disk or a store, which this module
//! never sees: the runner does it, for a whole call at once.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::Value;
use crate::wit_type::{Field, WitType};
use larder_base::BlobKind;
use larder_base::Digest;
use larder_base::excerpt::excerpt;

/// Before the hexadecimal digits of a digest.
const SHA256: &str = "sha256:";

/// Before a path that could be taken for something else.
const FILE: &str = "file:";

/// A file or a directory, as it is known so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobRef {
    /// What is at this path, at the moment of the call.
    Path(PathBuf),
    /// What the account has stored under this digest.
    Stored {
        /// The digest.
        digest: Digest,
        /// The name that it goes by, where it is given one.
        name: Option<String>,
    },
    /// Content that is known.
    Known(Blob),
}

/// Known content: a file, or a directory by the digest of its listing.
///
/// Two are equal if digest, size and name are, wherever they can be found.
#[derive(Debug, Clone)]
pub struct Blob {
    /// The SHA-256 of the file's bytes, or of the directory's listing.
    pub digest: Digest,
    /// The length of the file, or of all files in the directory, in bytes.
    pub size: u64,
    /// One part of a path.
    pub name: Option<String>,
    /// Where it can be found on this machine: no part of the value.
    pub path: Option<PathBuf>,
}

/// A text or an object that means no file or directory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotABlob {
    /// `sha256:` and something else than a digest.
    #[error("`{}`, whose digest is not 64 lower-case hexadecimal digits", excerpt(_0))]
    Digest(String),
    /// Nothing at all.
    #[error("an empty text")]
    Empty,
    /// An object without `digest` and `path`.
    #[error("an object without `digest` and `path`")]
    Nothing,
}

impl BlobRef {
    /// What a person means by `text`: a digest, or a path.
    ///
    /// # Errors
    ///
    /// [`NotABlob`].
    pub fn parse(text: &str) -> Result<Self, NotABlob> {
        if text.starts_with(SHA256) {
            return Ok(Self::Stored { digest: digest(text)?, name: None });
        }
        match text.strip_prefix(FILE).unwrap_or(text) {
            "" => Err(NotABlob::Empty),
            path => Ok(Self::Path(path.into())),
        }
    }

    /// The content, if it is known.
    #[must_use]
    pub const fn known(&self) -> Option<&Blob> {
        match self {
            Self::Known(blob) => Some(blob),
            Self::Path(_) | Self::Stored { digest: _, name: _ } => None,
        }
    }

    /// As a value of `ty`, which is `file` or `directory`.
    pub(super) fn into_value(self, ty: &WitType) -> Value {
        if *ty == WitType::Directory { Value::Directory(self) } else { Value::File(self) }
    }

    /// What a value of [`object_type`] means.
    pub(super) fn from_fields(object: Value) -> Result<Self, NotABlob> {
        let Value::Record(fields) = object else { return Err(NotABlob::Nothing) };
        let [name, size, sha256, path] = fields.try_into().map_err(|_| NotABlob::Nothing)?;
        let (name, path) = (text(name), text(path).map(PathBuf::from));
        match (text(sha256), size, path) {
            (Some(sha256), Value::Option(Some(size)), path) => {
                let Value::U64(size) = *size else { return Err(NotABlob::Nothing) };
                Ok(Self::Known(Blob { digest: digest(&sha256)?, size, name, path }))
            }
            (Some(sha256), _, _) => Ok(Self::Stored { digest: digest(&sha256)?, name }),
            (None, _, Some(path)) => Ok(Self::Path(path)),
            (None, _, None) => Err(NotABlob::Nothing),
        }
    }

    /// The fields of the object that it is written as, with their types: those that there are. `None` for a path that is
    /// no text.
    pub(super) fn fields(&self) -> Option<Vec<(&'static str, Value, WitType)>> {
        let text = |name, text: &str| (name, Value::String(text.to_owned()), WitType::String);
        let path_text = |path: &Path| path.to_str().map(|path| text("path", path));
        match self {
            Self::Path(path) => Some(vec![path_text(path)?]),
            Self::Stored { digest, name } => {
                let name = name.as_ref().map(|name| text("name", name));
                Some(name.into_iter().chain([text("digest", &written(digest))]).collect())
            }
            Self::Known(Blob { digest, size, name, path }) => {
                let name = name.as_ref().map(|name| text("name", name));
                let fields = [("size", Value::U64(*size), WitType::U64), text("digest", &written(digest))];
                let path = path.as_deref().and_then(path_text);
                Some(name.into_iter().chain(fields).chain(path).collect())
            }
        }
    }
}

impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        let Self { digest, size, name, path: _ } = self;
        (digest, size, name) == (&other.digest, &other.size, &other.name)
    }
}

impl Eq for Blob {}

/// The digest as it is written and typed: `sha256:` and 64 hexadecimal digits.
impl fmt::Display for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(&self.digest))
    }
}

impl Value {
    /// Whether no file or directory in it is named by a path: what comes from a stranger must not make the host read
    /// its own files.
    #[must_use]
    pub fn names_no_path(&self) -> bool {
        let mut none = true;
        self.each_blob(&mut |_, blob| none &= !matches!(blob, BlobRef::Path(_)));
        none
    }

    /// Calls `each` for every file and directory in it, in declared order.
    pub fn each_blob<'v>(&'v self, each: &mut impl FnMut(BlobKind, &'v BlobRef)) {
        match self {
            Self::File(blob) => each(BlobKind::File, blob),
            Self::Directory(blob) => each(BlobKind::Directory, blob),
            Self::List(values) | Self::Record(values) | Self::Tuple(values) => {
                values.iter().for_each(|value| value.each_blob(each));
            }
            Self::Variant { case: _, payload } | Self::Option(payload) | Self::Result(Ok(payload) | Err(payload)) => {
                if let Some(payload) = payload {
                    payload.each_blob(each);
                }
            }
            Self::Bool(_)
            | Self::S8(_)
            | Self::U8(_)
            | Self::S16(_)
            | Self::U16(_)
            | Self::S32(_)
            | Self::U32(_)
            | Self::S64(_)
            | Self::U64(_)
            | Self::F32(_)
            | Self::F64(_)
            | Self::Char(_)
            | Self::String(_)
            | Self::Bytes(_)
            | Self::Enum(_)
            | Self::Flags(_) => {}
        }
    }

    /// As [`Value::each_blob`], to change them.
    pub fn each_blob_mut(&mut self, each: &mut impl FnMut(BlobKind, &mut BlobRef)) {
        match self {
            Self::File(blob) => each(BlobKind::File, blob),
            Self::Directory(blob) => each(BlobKind::Directory, blob),
            Self::List(values) | Self::Record(values) | Self::Tuple(values) => {
                values.iter_mut().for_each(|value| value.each_blob_mut(each));
            }
            Self::Variant { case: _, payload } | Self::Option(payload) | Self::Result(Ok(payload) | Err(payload)) => {
                if let Some(payload) = payload {
                    payload.each_blob_mut(each);
                }
            }
            Self::Bool(_)
            | Self::S8(_)
            | Self::U8(_)
            | Self::S16(_)
            | Self::U16(_)
            | Self::S32(_)
            | Self::U32(_)
            | Self::S64(_)
            | Self::U64(_)
            | Self::F32(_)
            | Self::F64(_)
            | Self::Char(_)
            | Self::String(_)
            | Self::Bytes(_)
            | Self::Enum(_)
            | Self::Flags(_) => {}
        }
    }
}

/// The type of the object that JSON and WAVE have for a file or a directory.
pub(super) fn object_type() -> &'static WitType {
    static OBJECT: LazyLock<WitType> = LazyLock::new(|| {
        let field = |name: &str, ty| Field { name: name.to_owned(), ty: WitType::Option(Box::new(ty)) };
        WitType::Record(vec![
            field("name", WitType::String),
            field("size", WitType::U64),
            field("digest", WitType::String),
            field("path", WitType::String),
        ])
    });
    &OBJECT
}

fn written(digest: &Digest) -> String {
    format!("{SHA256}{digest}")
}

fn digest(text: &str) -> Result<Digest, NotABlob> {
    let digits = text.strip_prefix(SHA256).unwrap_or(text);
    digits.parse().map_err(|_| NotABlob::Digest(text.to_owned()))
}

fn text(value: Value) -> Option<String> {
    let Value::Option(Some(text)) = value else { return None };
    if let Value::String(text) = *text { Some(text) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{from_json, from_wave, parse_argument, to_json_text, to_wave_text};

    fn known(name: Option<&str>, path: Option<&str>) -> Value {
        let (name, path) = (name.map(str::to_owned), path.map(Into::into));
        Value::File(BlobRef::Known(Blob { digest: Digest::of(b""), size: 7, name, path }))
    }

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_blob_is_written_as_an_object_that_can_be_read() {
        let whole = known(Some("a.txt"), Some("/tmp/a.txt"));
        let json = format!(r#"{{"name":"a.txt","size":7,"digest":"{EMPTY}","path":"/tmp/a.txt"}}"#);
        assert_eq!(to_json_text(&whole, &WitType::File), json);
        assert_eq!(from_json(&json, &WitType::File), Ok(whole.clone()));
        let wave = format!(r#"{{name: "a.txt", size: 7, digest: "{EMPTY}", path: "/tmp/a.txt"}}"#);
        assert_eq!(to_wave_text(&whole, &WitType::File), wave);
        assert_eq!(from_wave(&wave, &WitType::File), Ok(whole.clone()));
        assert_eq!(whole, known(Some("a.txt"), None), "where it is found is no part of it");
        assert_ne!(whole, known(None, None));
        assert_eq!(to_json_text(&known(None, None), &WitType::File), format!(r#"{{"size":7,"digest":"{EMPTY}"}}"#));
    }

    #[test]
    fn what_a_person_types_is_a_path_or_a_digest() {
        let path = |path: &str| Value::File(BlobRef::Path(path.into()));
        let stored = Value::File(BlobRef::Stored { digest: Digest::of(b""), name: None });
        for (text, value) in [
            ("a.txt", path("a.txt")),
            ("file:sha256:x", path("sha256:x")),
            ("file:/a b", path("/a b")),
            ("\"a.txt\"", path("a.txt")),
            ("7", path("7")),
            (EMPTY, stored.clone()),
            (&format!("{{\"digest\": \"{EMPTY}\"}}"), stored),
            ("{\"path\": \"a.txt\"}", path("a.txt")),
        ] {
            assert_eq!(parse_argument(text, &WitType::File), Ok(value), "{text}");
        }
        let maybe = WitType::Option(Box::new(WitType::File));
        assert_eq!(parse_argument("none", &maybe), Ok(Value::Option(None)));
        assert_eq!(parse_argument("a", &maybe), Ok(Value::Option(Some(Box::new(path("a"))))));
    }

    #[test]
    fn what_means_no_content_is_refused() {
        for text in ["", "file:", "sha256:", "sha256:E3B0", "{}", "{\"size\": 7}", "{\"digest\": \"x\"}", "\"\""] {
            let error = parse_argument(text, &WitType::File).expect_err(text).to_string();
            assert!(error.contains("file"), "{text}: {error}");
        }
        let unknown = format!("{{\"digest\": \"{EMPTY}\", \"siez\": 7}}");
        assert!(parse_argument(&unknown, &WitType::File).expect_err("siez").to_string().contains("`size`"));
    }

    #[test]
    fn every_blob_in_a_value_is_met_in_order() {
        let path = |path: &str| BlobRef::Path(path.into());
        let mut value = Value::Record(vec![
            Value::Option(Some(Box::new(Value::File(path("1"))))),
            Value::List(vec![Value::Tuple(vec![Value::Bool(true), Value::Directory(path("2"))])]),
            Value::Result(Err(Some(Box::new(Value::File(path("3")))))),
            Value::Variant { case: 0, payload: Some(Box::new(Value::File(path("4")))) },
            Value::Option(None),
        ]);
        let mut met = Vec::new();
        value.each_blob(&mut |kind, blob| met.push((kind, blob.clone())));
        let (file, directory) = (BlobKind::File, BlobKind::Directory);
        assert_eq!(met, [(file, path("1")), (directory, path("2")), (file, path("3")), (file, path("4"))]);
        value.each_blob_mut(&mut |_, blob| *blob = path("x"));
        let mut all = true;
        value.each_blob(&mut |_, blob| all &= *blob == path("x"));
        assert!(all);
    }
}
