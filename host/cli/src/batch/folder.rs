//! `--out DIR`: the folder of each call, under DIR by its index, or by a template: `results/{id}/`.
//!
//! The value of a placeholder may come from a stranger's table, so it must be a single name that leads nowhere else.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::rows::Taken;
use crate::problem::Problem;
use larder::content::is_name;
use larder::value::{BlobRef, Value, to_json_text};
use larder::{Field, Signature, TypeKind, WitType};

/// Folders for the files and directories of each result.
pub(super) struct Folders {
    parts: Vec<Part>,
    params: Vec<Field>,
    /// The call that uses each folder, if two calls might have the same.
    used: HashMap<PathBuf, u64>,
}

/// A part of a template.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Index,
    Id,
    Param { at: usize, piece: Piece },
}

/// The part of a parameter that a template uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// The value itself.
    Value,
    /// The name of the value's file.
    Name,
    /// The name of the value's file without the extension.
    Stem,
}

impl Folders {
    /// Parses `out`. Without a placeholder, each call has a folder by its index.
    pub(super) fn new(out: &Path, signature: &Signature, has_id: bool) -> Result<Self, Problem> {
        let params = &signature.params;
        let template = out.to_str().map(|out| parts(out, params, has_id)).transpose();
        let template = template.map_err(|problem| Problem::NotATemplate { out: out.to_owned(), problem })?;
        let parts = match template {
            Some(parts) if parts.iter().any(|part| !matches!(part, Part::Text(_))) => parts,
            Some(parts) => {
                let literal =
                    parts.into_iter().map(|part| if let Part::Text(text) = part { text } else { String::new() });
                let base: PathBuf = literal.collect::<String>().into();
                return Ok(Self { parts: by_index(&base), params: Vec::new(), used: HashMap::new() });
            }
            None => by_index(out),
        };
        Ok(Self { parts, params: params.clone(), used: HashMap::new() })
    }

    /// Returns the folder of a call.
    pub(super) fn of(&mut self, index: u64, taken: &Taken) -> Result<PathBuf, Problem> {
        let Ok(inputs) = &taken.inputs else { return Ok(PathBuf::new()) };
        let mut folder = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => folder.push_str(text),
                Part::Index => folder.push_str(&index.to_string()),
                Part::Id => folder.push_str(&one_name("its id", taken.id.as_deref().unwrap_or_default())?),
                Part::Param { at, piece } => {
                    let Field { name, ty } = &self.params[*at];
                    let origin = taken.origins.iter().find(|(param, _)| param == name).map(|(_, path)| path.as_path());
                    let filled = filled(&inputs[*at], ty, origin, *piece);
                    let filled = filled.ok_or_else(|| Problem::NoFolder {
                        problem: format!("its `{name}` has no {}", piece.word()),
                    })?;
                    folder.push_str(&one_name(&format!("its `{name}`"), &filled)?);
                }
            }
        }
        let folder = PathBuf::from(folder);
        if !self.parts.contains(&Part::Index) {
            let first = *self.used.entry(folder.clone()).or_insert(index);
            if first != index {
                return Err(Problem::SameFolder { folder, first });
            }
        }
        Ok(folder)
    }
}

impl Piece {
    const fn word(self) -> &'static str {
        match self {
            Self::Value => "value that can be a name",
            Self::Name | Self::Stem => "file with a name",
        }
    }
}

fn by_index(base: &Path) -> Vec<Part> {
    // A path that is not text is not a template, and is not parsed.
    vec![Part::Text(format!("{}/", base.to_string_lossy().trim_end_matches('/'))), Part::Index]
}

/// Parses a template into its parts, or returns an error message.
fn parts(template: &str, params: &[Field], has_id: bool) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            text.push_str(&from[..1]);
            rest = after;
            continue;
        }
        let inside = from.strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let (name, after) = inside.ok_or("expected `{NAME}`; a brace itself is written twice")?;
        parts.push(Part::Text(std::mem::take(&mut text)));
        parts.push(placeholder(name, params, has_id)?);
        rest = after;
    }
    text.push_str(rest);
    parts.push(Part::Text(text));
    Ok(parts)
}

fn placeholder(name: &str, params: &[Field], has_id: bool) -> Result<Part, String> {
    let (param, piece) = match name.rsplit_once('.') {
        Some((param, "stem")) => (param, Piece::Stem),
        Some((param, "name")) => (param, Piece::Name),
        Some(_) | None => (name, Piece::Value),
    };
    match params.iter().position(|field| field.name == param) {
        Some(at) => Ok(Part::Param { at, piece }),
        None if name == "index" => Ok(Part::Index),
        None if name == "id" && has_id => Ok(Part::Id),
        None if name == "id" => Err("`{id}` needs --id COLUMN".to_owned()),
        None => Err(format!(
            "`{{{name}}}` is none of {{index}}, {{id}}, {{PARAMETER}}, {{PARAMETER.name}}, {{PARAMETER.stem}}"
        )),
    }
}

/// Returns the text for a placeholder; `None` if the value has no such part.
fn filled(value: &Value, ty: &WitType, origin: Option<&Path>, piece: Piece) -> Option<String> {
    let name = origin.and_then(Path::file_name).map(OsStr::to_owned).or_else(|| blob_name(value));
    match piece {
        Piece::Value => value_text(value, ty),
        Piece::Name => name?.to_str().map(str::to_owned),
        Piece::Stem => Path::new(&name?).file_stem()?.to_str().map(str::to_owned),
    }
}

/// Returns a text, a number, a truth value or the name of a case as text.
fn value_text(value: &Value, ty: &WitType) -> Option<String> {
    if let (Value::Option(inner), WitType::Option(ty)) = (value, ty) {
        return value_text(inner.as_deref()?, ty);
    }
    if let Value::String(text) = value {
        return Some(text.clone());
    }
    let is_scalar = matches!(ty.kind(), TypeKind::Bool | TypeKind::Number | TypeKind::Char | TypeKind::Enum(_));
    let json = is_scalar.then(|| to_json_text(value, ty))?;
    Some(serde_json::from_str(&json).unwrap_or(json))
}

fn blob_name(value: &Value) -> Option<OsString> {
    let mut first = None;
    value.each_blob(&mut |_, blob| {
        let name = match blob {
            BlobRef::Path(path) => path.file_name().map(OsStr::to_owned),
            BlobRef::Stored { digest: _, name } => name.clone().map(Into::into),
            BlobRef::Known(blob) => blob.name.clone().map(Into::into),
        };
        first.get_or_insert(name);
    });
    first.flatten()
}

/// Checks that a text is a single name, so that it can be part of a path.
fn one_name(of: &str, text: &str) -> Result<String, Problem> {
    if is_name(text) {
        return Ok(text.to_owned());
    }
    let text: String = text.chars().take(60).collect();
    Err(Problem::NoFolder { problem: format!("{of} is {text:?}, which cannot be the name of a folder") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature() -> Signature {
        let field = |name: &str, ty| Field { name: name.into(), ty };
        let params = vec![
            field("reads", WitType::File),
            field("k", WitType::Option(Box::new(WitType::U64))),
            field("text", WitType::String),
        ];
        Signature { params, result: None }
    }

    fn taken(id: &str, path: &str, k: Option<u64>, text: &str) -> Taken {
        let inputs = vec![
            Value::File(BlobRef::Path(path.into())),
            Value::Option(k.map(|k| Box::new(Value::U64(k)))),
            Value::String(text.to_owned()),
        ];
        let origins = vec![("text".to_owned(), "/data/of-the-text.csv".into())];
        Taken { line: None, id: Some(id.to_owned()), origins, inputs: Ok(inputs) }
    }

    #[test]
    fn a_template_is_filled_from_the_call() {
        for (out, folder) in [
            ("out", "out/7"),
            ("out/", "out/7"),
            ("{{out}}", "{out}/7"),
            ("out/{id}/", "out/s1/"),
            ("out/{reads.stem}", "out/a.fastq"),
            ("out/{reads.name}-{k}", "out/a.fastq.gz-18446744073709551615"),
            ("{text}.d", "word.d"),
            ("{text.stem}/{index}", "of-the-text/7"),
        ] {
            let mut folders = Folders::new(Path::new(out), &signature(), true).unwrap();
            let taken = taken("s1", "/data/a.fastq.gz", Some(u64::MAX), "word");
            assert_eq!(folders.of(7, &taken).unwrap(), Path::new(folder), "{out}");
        }
    }

    #[test]
    fn a_template_that_means_nothing_is_told_before() {
        for out in ["{", "{id", "a}", "{nothing}", "{reads.dir}", "{}"] {
            assert!(
                matches!(Folders::new(Path::new(out), &signature(), true), Err(Problem::NotATemplate { .. })),
                "{out}"
            );
        }
        let error = Folders::new(Path::new("{id}"), &signature(), false).err().unwrap();
        assert!(error.to_string().contains("--id COLUMN"), "{error}");
    }

    #[test]
    fn what_fills_a_template_leads_nowhere_else() {
        let mut folders = Folders::new(Path::new("out/{id}"), &signature(), true).unwrap();
        for id in ["", ".", "..", "../../etc", "/etc", "a/b", "a\0b", "a\nb"] {
            let error = folders.of(0, &taken(id, "a", None, "")).unwrap_err();
            assert!(matches!(error, Problem::NoFolder { .. }), "{id:?}");
        }
        let mut folders = Folders::new(Path::new("out/{k}"), &signature(), false).unwrap();
        assert!(folders.of(0, &taken("", "a", None, "")).is_err());
        let mut folders = Folders::new(Path::new("out/{reads}"), &signature(), false).unwrap();
        assert!(folders.of(0, &taken("", "a", None, "")).is_err());
    }

    #[test]
    fn two_calls_never_have_one_folder() {
        let mut folders = Folders::new(Path::new("out/{id}"), &signature(), true).unwrap();
        folders.of(0, &taken("a", "a", None, "")).unwrap();
        folders.of(1, &taken("b", "a", None, "")).unwrap();
        let error = folders.of(2, &taken("a", "a", None, "")).unwrap_err();
        assert!(matches!(error, Problem::SameFolder { first: 0, .. }), "{error}");
    }
}
