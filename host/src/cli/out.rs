//! Where the files and directories of a result are put: into a folder under their names, or each at a path of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::print::Printer;
use super::problem::Problem;
use crate::blob_kind::BlobKind;
use crate::content::{Contents, export_directory, export_file, is_name};
use crate::value::{Blob, BlobRef, Value};
use crate::wit_type::WitType;

/// Where to put what a task returned.
pub(super) struct Places {
    folder: Option<PathBuf>,
    /// By a name, or a place in the result.
    named: Vec<(String, PathBuf)>,
}

/// A file or a directory in a result.
struct Item {
    /// Where in the result it is, such as `ok.table`.
    place: String,
    kind: BlobKind,
    blob: Blob,
}

impl Places {
    pub(super) fn new(folder: Option<&Path>, named: &[String]) -> Result<Self, Problem> {
        let split = |text: &String| match text.split_once('=') {
            Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.to_owned(), path.into())),
            Some(_) | None => Err(Problem::NotAPlace { text: text.clone() }),
        };
        Ok(Self { folder: folder.map(Path::to_path_buf), named: named.iter().map(split).collect::<Result<_, _>>()? })
    }

    pub(super) const fn are_none(&self) -> bool {
        self.folder.is_none() && self.named.is_empty()
    }

    /// Puts what is in `result` where it should be, and notes in it where that is.
    pub(super) fn put(
        &self,
        result: &mut Value,
        ty: &WitType,
        contents: &Contents,
        printer: &Printer,
    ) -> anyhow::Result<()> {
        let items = items(result, ty);
        let named = self.named.iter().map(|(name, path)| Ok((meant(&items, name)?, path)));
        let named = named.collect::<Result<Vec<_>, Problem>>()?;
        let mut taken = BTreeSet::new();
        let mut places = BTreeSet::new();
        let mut put = Vec::new();
        for (position, item) in items.iter().enumerate() {
            let path = match named.iter().find(|(meant, _)| *meant == position) {
                Some((_, path)) => Some((*path).clone()),
                None => self.in_folder(item, &mut taken),
            };
            // One would replace the other.
            if let Some(path) = path.as_ref().filter(|path| !places.insert((*path).clone())) {
                return Err(Problem::TwoOutputs { path: path.clone() }.into());
            }
            if let Some(path) = &path {
                item.put(path, contents, printer)?;
            }
            put.push(path);
        }
        let mut put = put.into_iter();
        result.each_blob_mut(&mut |_, blob| {
            if let (BlobRef::Known(blob), Some(Some(path))) = (blob, put.next()) {
                blob.path = Some(path);
            }
        });
        Ok(())
    }

    fn in_folder(&self, item: &Item, taken: &mut BTreeSet<String>) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let name = item.blob.name.clone().filter(|name| is_name(name)).unwrap_or_else(|| "result".to_owned());
        let name = (1..).map(|number| numbered(&name, number)).find(|name| !taken.contains(name))?;
        taken.insert(name.clone());
        Some(folder.join(name))
    }
}

/// The one that `name` means: the one at this place in the result, else the one of this name.
fn meant(items: &[Item], name: &str) -> Result<usize, Problem> {
    if let Some(position) = items.iter().position(|item| item.place == name) {
        return Ok(position);
    }
    let is_called = |item: &Item| item.blob.name.as_deref() == Some(name);
    let called: Vec<usize> = (0..items.len()).filter(|position| is_called(&items[*position])).collect();
    let known = |items: &mut dyn Iterator<Item = &Item>| items.map(|item| item.place.clone()).collect();
    match called.as_slice() {
        [one] => Ok(*one),
        [] => Err(Problem::NoSuchOutput { name: name.to_owned(), known: known(&mut items.iter()) }),
        several => {
            let known = known(&mut several.iter().map(|position| &items[*position]));
            Err(Problem::AmbiguousOutput { name: name.to_owned(), known })
        }
    }
}

impl Item {
    fn put(&self, path: &Path, contents: &Contents, printer: &Printer) -> anyhow::Result<()> {
        let Self { place: _, kind, blob } = self;
        match kind {
            BlobKind::File => match contents.files.get(&blob.digest) {
                Some(content) => export_file(content, &blob.digest, path)?,
                None => return Err(crate::Error::Internal("a file without its content".to_owned()).into()),
            },
            BlobKind::Directory => match contents.directories.get(&blob.digest) {
                Some(directory) => {
                    for link in export_directory(directory, path)?.links_left_out {
                        printer.warning(&format!("the link {link} leads out of {}: it was left out", path.display()));
                    }
                }
                None => return Err(crate::Error::Internal("a directory without its content".to_owned()).into()),
            },
        }
        Ok(())
    }
}

/// `name`, or the same with a number before its extension.
fn numbered(name: &str, number: u32) -> String {
    match (number, name.split_once('.')) {
        (1, _) => name.to_owned(),
        (_, Some((stem, extension))) if !stem.is_empty() => format!("{stem}-{number}.{extension}"),
        (_, Some(_) | None) => format!("{name}-{number}"),
    }
}

fn items(value: &Value, ty: &WitType) -> Vec<Item> {
    let mut places = Vec::new();
    walk(value, ty, "", &mut places);
    let mut places = places.into_iter();
    let mut items = Vec::new();
    value.each_blob(&mut |kind, blob| {
        if let (Some(blob), Some(place)) = (blob.known(), places.next()) {
            items.push(Item { place, kind, blob: blob.clone() });
        }
    });
    items
}

/// Names the place of each file and directory, in the order in which [`Value::each_blob`] meets them.
fn walk(value: &Value, ty: &WitType, place: &str, places: &mut Vec<String>) {
    let under = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    match (value, ty) {
        (Value::File(_), _) | (Value::Directory(_), _) => places.push(place.to_owned()),
        (Value::List(items), WitType::List(element)) => {
            items.iter().enumerate().for_each(|(at, item)| walk(item, element, &under(&at.to_string()), places));
        }
        (Value::Tuple(items), WitType::Tuple(types)) => {
            items.iter().zip(types).enumerate().for_each(|(at, (item, ty))| {
                walk(item, ty, &under(&at.to_string()), places);
            });
        }
        (Value::Record(values), WitType::Record(fields)) => {
            values.iter().zip(fields).for_each(|(value, field)| walk(value, &field.ty, &under(&field.name), places));
        }
        (Value::Variant { case, payload: Some(payload) }, WitType::Variant(cases)) => {
            if let Some(case) = cases.get(*case as usize)
                && let Some(ty) = &case.ty
            {
                walk(payload, ty, &under(&case.name), places);
            }
        }
        (Value::Option(Some(payload)), WitType::Option(some)) => walk(payload, some, place, places),
        (Value::Result(Ok(Some(payload))), WitType::Result { ok: Some(ok), err: _ }) => {
            walk(payload, ok, &under("ok"), places);
        }
        (Value::Result(Err(Some(payload))), WitType::Result { ok: _, err: Some(err) }) => {
            walk(payload, err, &under("err"), places);
        }
        // Nothing in it.
        (
            Value::Bool(_)
            | Value::S8(_)
            | Value::U8(_)
            | Value::S16(_)
            | Value::U16(_)
            | Value::S32(_)
            | Value::U32(_)
            | Value::S64(_)
            | Value::U64(_)
            | Value::F32(_)
            | Value::F64(_)
            | Value::Char(_)
            | Value::String(_)
            | Value::Bytes(_)
            | Value::List(_)
            | Value::Record(_)
            | Value::Tuple(_)
            | Value::Variant { case: _, payload: _ }
            | Value::Enum(_)
            | Value::Option(_)
            | Value::Result(_)
            | Value::Flags(_),
            _,
        ) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::wit_type::Field;

    fn file(name: &str) -> Value {
        let blob = Blob { digest: Digest::of(b""), size: 0, name: Some(name.to_owned()), path: None };
        Value::File(BlobRef::Known(blob))
    }

    #[test]
    fn every_file_has_a_place_in_the_result() {
        let fields = vec![
            Field { name: "table".into(), ty: WitType::File },
            Field { name: "more".into(), ty: WitType::List(Box::new(WitType::Option(Box::new(WitType::File)))) },
        ];
        let ty = WitType::Result { ok: Some(Box::new(WitType::Record(fields))), err: None };
        let more = vec![Value::Option(None), Value::Option(Some(Box::new(file("b"))))];
        let value = Value::Result(Ok(Some(Box::new(Value::Record(vec![file("a"), Value::List(more)])))));
        let places: Vec<String> = items(&value, &ty).into_iter().map(|item| item.place).collect();
        assert_eq!(places, ["ok.table", "ok.more.1"]);
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let places = Places::new(Some(Path::new("out")), &[]).unwrap();
        let mut taken = BTreeSet::new();
        let mut place = |place: &str, name: &str| {
            let blob = Blob { digest: Digest::of(b""), size: 0, name: Some(name.to_owned()), path: None };
            places.in_folder(&Item { place: place.into(), kind: BlobKind::File, blob }, &mut taken).unwrap()
        };
        for (at, name, path) in [
            ("ok", "a.tsv", "out/a.tsv"),
            ("0", "a.tar.gz", "out/a.tar.gz"),
            ("1", "a.tar.gz", "out/a-2.tar.gz"),
            ("2", "a", "out/a"),
            ("3", "a", "out/a-2"),
            ("4", "..", "out/result"),
            ("5", "a/b", "out/result-2"),
        ] {
            assert_eq!(place(at, name), Path::new(path));
        }
    }

    #[test]
    fn a_place_comes_before_a_name_and_a_name_of_two_means_neither() {
        let item = |place: &str, name: &str| {
            let blob = Blob { digest: Digest::of(b""), size: 0, name: Some(name.to_owned()), path: None };
            Item { place: place.into(), kind: BlobKind::File, blob }
        };
        let items = [item("0", "same"), item("1", "same"), item("2", "0"), item("3", "other")];
        for (name, position) in [("0", 0), ("1", 1), ("2", 2), ("other", 3)] {
            assert_eq!(meant(&items, name).unwrap(), position, "{name}");
        }
        assert!(matches!(meant(&items, "same"), Err(Problem::AmbiguousOutput { known, .. }) if known == ["0", "1"]));
        assert!(matches!(meant(&items, "4"), Err(Problem::NoSuchOutput { known, .. }) if known.len() == 4));
    }

    #[test]
    fn a_place_is_a_name_and_a_path() {
        for text in ["", "a", "=a", "a="] {
            assert!(Places::new(None, &[text.to_owned()]).is_err(), "{text}");
        }
    }
}
