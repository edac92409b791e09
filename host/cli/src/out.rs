//! Destinations of the files and directories of a result: in one folder under their names, or each at its own path.
//!
//! A typed path is the user's choice. A name in a folder is the task's choice, so a task cannot create a file there
//! that a tool would act on, nor replace a file that is not an output of this account.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::print::Printer;
use super::problem::Problem;
use larder::WitType;
use larder::config::FILE_NAME;
use larder::content::{
    Content, Contents, Directory, Node, Replace, export_directory, export_file, is_name, stream_file,
};
use larder::value::{Blob, BlobRef, Step, TypedValue, Value};
use larder::{Digest, Larder, Outcome, Prepared};
use larder_base::BlobKind;

/// Paths that lead to standard output, which the program already uses for printing: opening it a second time would
/// create two writers at one position of a file.
const STDOUT: [&str; 4] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// Destinations of the files and directories that a task returned.
#[derive(Debug, Clone)]
pub(super) struct Places {
    folder: Option<PathBuf>,
    /// Allows replacing files in that folder that this account did not store.
    force: bool,
    named: Vec<Named>,
}

/// A path for one file or directory.
#[derive(Debug, Clone)]
struct Named {
    /// A name, or a place in the result; `None` for the only file or directory.
    name: Option<String>,
    path: PathBuf,
}

/// Destination of one file or directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Stdout,
    /// A path that the user typed.
    Typed(PathBuf),
    /// A path with a name that the task chose.
    Chosen(PathBuf),
}

/// A file or a directory in a result.
struct Item {
    /// Place in the result, such as `ok.table`.
    place: String,
    kind: BlobKind,
    blob: Blob,
}

/// Checks that a path leads to standard output.
pub(super) fn is_stdout(path: &Path) -> bool {
    STDOUT.iter().any(|stdout| path == Path::new(stdout))
}

/// Writes a file to standard output.
pub(super) fn to_stdout(content: &Content, digest: &Digest) -> anyhow::Result<()> {
    Ok(stream_file(content, digest, &mut io::stdout().lock(), Path::new("standard output"))?)
}

/// Writes a directory, and reports the parts that were left out.
pub(super) fn put_directory(directory: &Directory, path: &Path, printer: &Printer) -> anyhow::Result<()> {
    for link in export_directory(directory, path)?.links_left_out {
        printer.warning(&format!("the link {link} leads out of {}: it was left out", path.display()));
    }
    Ok(())
}

impl Places {
    pub(super) fn new(folder: Option<&Path>, force: bool, named: &[String]) -> Result<Self, Problem> {
        let split = |text: &String| match text.split_once('=') {
            Some((name, path)) if !name.is_empty() && !path.is_empty() => {
                Ok(Named { name: Some(name.to_owned()), path: path.into() })
            }
            None if text == "-" => Ok(Named { name: None, path: text.into() }),
            Some(_) | None => Err(Problem::NotAPlace { text: text.clone() }),
        };
        let named = named.iter().map(split).collect::<Result<_, _>>()?;
        Ok(Self { folder: folder.map(Path::to_path_buf), force, named })
    }

    pub(super) const fn are_none(&self) -> bool {
        self.folder.is_none() && self.named.is_empty()
    }

    /// Returns true if a file goes to standard output, so that nothing else may be printed there.
    pub(super) fn take_stdout(&self) -> bool {
        self.named.iter().any(|named| is_stdout(&named.path))
    }

    /// Writes the files and directories in `result` to their destinations, and records these in it.
    pub(super) fn put(
        &self,
        result: &mut Value,
        ty: &WitType,
        contents: &Contents,
        larder: &Larder,
        printer: &Printer,
    ) -> anyhow::Result<()> {
        let items = items(result, ty);
        let targets = self.targets(&items)?;
        for (item, target) in items.iter().zip(&targets) {
            if let Some(Target::Chosen(path)) = target {
                item.check_names(path, contents)?;
            }
        }
        for (item, target) in items.iter().zip(&targets) {
            if let Some(target) = target {
                item.put(target, self.force, contents, larder, printer)?;
            }
        }
        let mut targets = targets.into_iter();
        result.each_blob_mut(&mut |_, blob| {
            if let (BlobRef::Known(blob), Some(Some(Target::Typed(path) | Target::Chosen(path)))) =
                (blob, targets.next())
            {
                blob.path = Some(path);
            }
        });
        Ok(())
    }

    /// Does what [`Places::put`] does, on a thread that may block: the reader of a pipe may never come. The outcome is
    /// returned even if writing its files fails.
    pub(super) async fn put_apart(
        self,
        mut outcome: Outcome,
        prepared: &Prepared,
        larder: &Larder,
        printer: Printer,
    ) -> anyhow::Result<(Outcome, anyhow::Result<()>)> {
        let Some(ty) = prepared.task().exported.signature.result.clone() else { return Ok((outcome, Ok(()))) };
        let larder = larder.clone();
        let put = tokio::task::spawn_blocking(move || {
            let put = match &mut outcome.result {
                Some(result) => self.put(result, &ty, &outcome.contents, &larder, &printer),
                None => Ok(()),
            };
            (outcome, put)
        });
        Ok(put.await?)
    }

    /// Returns the destinations of `items`. Refuses two items with one destination, where one would replace the other.
    fn targets(&self, items: &[Item]) -> Result<Vec<Option<Target>>, Problem> {
        let named = self.named.iter().map(|Named { name, path }| Ok((meant(items, name.as_deref())?, path)));
        let named = named.collect::<Result<Vec<_>, Problem>>()?;
        for (at, (meant, second)) in named.iter().enumerate() {
            if let Some((_, first)) = named[..at].iter().find(|(earlier, _)| earlier == meant) {
                let (first, second) = ((*first).clone(), (*second).clone());
                return Err(Problem::TwoPlaces { place: items[*meant].place.clone(), first, second });
            }
        }
        let (mut names, mut paths, mut targets) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for (position, item) in items.iter().enumerate() {
            let target = match named.iter().find(|(meant, _)| *meant == position) {
                Some((_, path)) if is_stdout(path) => Some(Target::Stdout),
                Some((_, path)) => Some(Target::Typed((*path).clone())),
                None => self.in_folder(item, &mut names).map(Target::Chosen),
            };
            if let Some(target) = &target {
                let path = match target {
                    Target::Stdout => Path::new("-"),
                    Target::Typed(path) | Target::Chosen(path) => path,
                };
                if !paths.insert(path.to_owned()) {
                    return Err(Problem::TwoOutputs { path: path.to_owned() });
                }
            }
            targets.push(target);
        }
        Ok(targets)
    }

    fn in_folder(&self, item: &Item, taken: &mut BTreeSet<String>) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        let name = item.blob.name.clone().filter(|name| is_name(name)).unwrap_or_else(|| "result".to_owned());
        let name = (1..).map(|number| numbered(&name, number)).find(|name| !taken.contains(name))?;
        taken.insert(name.clone());
        Some(folder.join(name))
    }
}

/// Finds the item that `name` means: by its place in the result, else by its name; without a name, the only item.
fn meant(items: &[Item], name: Option<&str>) -> Result<usize, Problem> {
    let Some(name) = name else {
        let places = || items.iter().map(|item| item.place.clone()).collect();
        return if items.len() == 1 { Ok(0) } else { Err(Problem::NotOneOutput { known: places() }) };
    };
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
    /// Refuses names that could make a tool, or this very program, act on the task's output: a `larder.toml` defines
    /// commands and grants, and so do many files whose names begin with a dot.
    fn check_names(&self, path: &Path, contents: &Contents) -> Result<(), Problem> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let refused =
            |inside: Option<String>| Problem::ReservedName { place: self.place.clone(), name: name.clone(), inside };
        if name.starts_with('.') || is_reserved(&name) {
            return Err(refused(None));
        }
        let directory = contents.directories.get(&self.blob.digest).filter(|_| self.kind == BlobKind::Directory);
        match directory.and_then(|directory| reserved_inside(directory)) {
            Some(inside) => Err(refused(Some(inside))),
            None => Ok(()),
        }
    }

    fn put(
        &self,
        target: &Target,
        force: bool,
        contents: &Contents,
        larder: &Larder,
        printer: &Printer,
    ) -> anyhow::Result<()> {
        let Self { place: _, kind, blob: Blob { digest, .. } } = self;
        if *kind == BlobKind::Directory {
            let directory = contents.directories.get(digest);
            let directory = directory.ok_or_else(|| without_content("directory"))?;
            return match target {
                Target::Stdout => Err(Problem::DirectoryToStdout { digest: self.blob.to_string() }.into()),
                Target::Typed(path) | Target::Chosen(path) => put_directory(directory, path, printer),
            };
        }
        let content = contents.files.get(digest).ok_or_else(|| without_content("file"))?;
        match target {
            Target::Stdout => to_stdout(content, digest)?,
            Target::Typed(path) => export_file(content, digest, path, Replace::Any)?,
            Target::Chosen(path) if force => export_file(content, digest, path, Replace::Any)?,
            Target::Chosen(path) => {
                let is_known = |digest: &Digest| larder.has_blob(BlobKind::File, digest);
                export_file(content, digest, path, Replace::Known(&is_known))?;
            }
        }
        Ok(())
    }
}

fn without_content(kind: &str) -> larder::Error {
    larder::Error::Internal(format!("a {kind} without its content"))
}

/// Checks that a file system may treat `name` as the name of the file that configures this program.
fn is_reserved(name: &str) -> bool {
    name.to_lowercase() == FILE_NAME
}

/// Returns the path of the first reserved name inside a directory, at any depth.
fn reserved_inside(directory: &Directory) -> Option<String> {
    directory.entries.iter().find_map(|(name, node)| match node {
        _ if is_reserved(name) => Some(name.to_string()),
        Node::Directory(inner) => reserved_inside(inner).map(|inside| format!("{name}/{inside}")),
        Node::File { .. } | Node::Link(_) => None,
    })
}

/// Returns `name`, or `name` with a number before its extension.
fn numbered(name: &str, number: u32) -> String {
    match (number, name.split_once('.')) {
        (1, _) => name.to_owned(),
        (_, Some((stem, extension))) if !stem.is_empty() => format!("{stem}-{number}.{extension}"),
        (_, Some(_) | None) => format!("{name}-{number}"),
    }
}

fn items(value: &Value, ty: &WitType) -> Vec<Item> {
    let mut items = Vec::new();
    if ty.has_blobs() {
        walk(value, ty, "", &mut items);
    }
    items
}

/// Collects each file and directory in a value at `place`.
fn walk(value: &Value, ty: &WitType, place: &str, items: &mut Vec<Item>) {
    // A result always matches its type, since it was decoded with it.
    let Ok(typed) = value.typed(ty) else { return };
    if let TypedValue::Blob(kind, blob) = typed
        && let Some(blob) = blob.known()
    {
        items.push(Item { place: place.to_owned(), kind, blob: blob.clone() });
    }
    for (step, (value, ty)) in typed.parts() {
        walk(value, ty, &under(place, step), items);
    }
}

/// Returns the place that a step leads to, such as `ok.table.0`.
fn under(place: &str, step: Step<'_>) -> String {
    let name = match step {
        Step::Here => return place.to_owned(),
        Step::Name(name) => name.to_owned(),
        Step::Index(index) => index.to_string(),
    };
    if place.is_empty() { name } else { format!("{place}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use larder::Field;
    use larder_base::Digest;

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
        let places = Places::new(Some(Path::new("out")), false, &[]).unwrap();
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
            assert_eq!(meant(&items, Some(name)).unwrap(), position, "{name}");
        }
        assert!(
            matches!(meant(&items, Some("same")), Err(Problem::AmbiguousOutput { known, .. }) if known == ["0", "1"])
        );
        assert!(matches!(meant(&items, Some("4")), Err(Problem::NoSuchOutput { known, .. }) if known.len() == 4));
    }

    #[test]
    fn a_place_is_a_name_and_a_path() {
        for text in ["", "a", "=a", "a="] {
            assert!(Places::new(None, false, &[text.to_owned()]).is_err(), "{text}");
        }
    }
}
