//! A file or a directory as JSON and WAVE write it: an object of `name`, `size`, `digest` and `path`.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::blob::{Blob, BlobRef, NotABlob, digest, written};
use super::owned::Value;
use crate::wit_type::{Field, WitType};

impl BlobRef {
    /// Converts to a value of `ty`, which is `file` or `directory`.
    pub(super) fn into_value(self, ty: &WitType) -> Value {
        if *ty == WitType::Directory { Value::Directory(self) } else { Value::File(self) }
    }

    /// Converts from a value of [`object_type`].
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

    /// The present fields of the object that JSON and WAVE write, with their types. `None` if a path is not text.
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

/// The type of the object that JSON and WAVE write for a file or a directory.
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

fn text(value: Value) -> Option<String> {
    let Value::Option(Some(text)) = value else { return None };
    if let Value::String(text) = *text { Some(text) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{from_json, from_wave, parse_argument, to_json_text, to_wave_text};
    use larder_base::Digest;

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
}
