//! Project templates, one for each language.
//!
//! Templates are folders of the repository that build unchanged: `guest-examples/LANGUAGE/template`, in which
//! `wit/deps/larder-task` and the authoring library are links to shared files. They are called `my-task`. Making a
//! project copies a template and replaces that name, in each spelling, in contents and in paths.

use std::borrow::Cow;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use wit_bindgen_core::wit_parser::SourceMap;

use crate::error::AuthoringError;
use crate::output::write;

/// The templates in the repository, with links followed, and without build output.
#[derive(rust_embed::Embed)]
#[folder = "../../guest-examples"]
#[include = "*/template/*"]
#[include = "*/template-starlingmonkey/*"]
#[exclude = "*/node_modules/*"]
#[exclude = "*/build/*"]
#[exclude = "*/target/*"]
#[exclude = "*/.venv/*"]
#[exclude = "*/__pycache__/*"]
#[exclude = "*.lock"]
struct Templates;

/// A language with a template for `larder new`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Rust.
    Rust,
    /// Python, by componentize-py.
    Python,
    /// JavaScript.
    JavaScript,
    /// TypeScript.
    TypeScript,
    /// C.
    C,
    /// C++.
    Cpp,
    /// Go.
    Go,
    /// Zig.
    Zig,
}

/// Interpreter of JavaScript inside a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// QuickJS: small, quick to start.
    QuickJs,
    /// StarlingMonkey: large, with the interfaces of the web.
    StarlingMonkey,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 8] =
        [Self::Rust, Self::Python, Self::JavaScript, Self::TypeScript, Self::C, Self::Cpp, Self::Go, Self::Zig];

    /// Folder of the language in `guest-examples/`.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::C => "c",
            Self::Cpp => "cpp",
            Self::Go => "go",
            Self::Zig => "zig",
        }
    }

    const fn has_engines(self) -> bool {
        match self {
            Self::JavaScript => true,
            Self::Rust | Self::Python | Self::TypeScript | Self::C | Self::Cpp | Self::Go | Self::Zig => false,
        }
    }
}

/// Reserved words of the supported languages. Bindings of a package with such a name would not have the names that a
/// template uses.
const RESERVED: [&str; 61] = [
    "abstract",
    "and",
    "as",
    "async",
    "auto",
    "await",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "continue",
    "crate",
    "default",
    "def",
    "del",
    "do",
    "double",
    "else",
    "enum",
    "export",
    "extern",
    "false",
    "final",
    "float",
    "fn",
    "for",
    "func",
    "function",
    "go",
    "goto",
    "if",
    "impl",
    "import",
    "in",
    "int",
    "interface",
    "is",
    "let",
    "long",
    "loop",
    "match",
    "mod",
    "mut",
    "new",
    "not",
    "null",
    "or",
    "package",
    "pass",
    "pub",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "type",
    "use",
    "world",
];

/// Makes a project called `name` in the new folder `folder`, completely or not at all. Returns the sorted paths of its
/// files inside the folder.
///
/// # Errors
///
/// [`AuthoringError::NotAName`], [`AuthoringError::NoEngine`], [`AuthoringError::Exists`],
/// [`AuthoringError::Unwritable`].
pub fn create_project(
    language: Language,
    engine: Option<Engine>,
    name: &str,
    folder: &Path,
) -> Result<Vec<PathBuf>, AuthoringError> {
    let names = Names::of(name)?;
    if engine.is_some() && !language.has_engines() {
        return Err(AuthoringError::NoEngine { language: language.folder() });
    }
    let unwritable = |source| AuthoringError::Unwritable { path: folder.to_owned(), source };
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(true) => {}
        Ok(false) => return Err(AuthoringError::Exists { folder: folder.to_owned() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(source) => return Err(unwritable(source)),
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(unwritable)?;
    let unfinished = tempfile::Builder::new()
        .prefix(".larder-new-")
        .permissions(Permissions::from_mode(0o755))
        .tempdir_in(parent)
        .map_err(unwritable)?;
    let mut written = Vec::new();
    for part in parts(language, engine) {
        for (path, content) in files(&part) {
            let path = PathBuf::from(names.put_into(&path));
            write_file(&unfinished.path().join(&path), &names, &content)?;
            written.push(path);
        }
    }
    std::fs::rename(unfinished.path(), folder).map_err(unwritable)?;
    // The folder has its final name now.
    let _ = unfinished.keep();
    written.sort();
    written.dedup();
    Ok(written)
}

/// Returns the folders that make up the template of a language. A file of a later folder replaces the same file of an
/// earlier one.
fn parts(language: Language, engine: Option<Engine>) -> Vec<String> {
    let mut parts = vec![format!("{}/template/", language.folder())];
    if engine == Some(Engine::StarlingMonkey) {
        parts.push(format!("{}/template-starlingmonkey/", language.folder()));
    }
    parts
}

/// Returns the files of a folder of templates, each with its path inside.
fn files(part: &str) -> impl Iterator<Item = (String, Cow<'static, [u8]>)> {
    Templates::iter().filter_map(move |path| {
        let inside = path.strip_prefix(part)?.to_owned();
        Some((inside, Templates::get(&path)?.data))
    })
}

fn write_file(path: &Path, names: &Names, content: &[u8]) -> Result<(), AuthoringError> {
    let Ok(text) = std::str::from_utf8(content) else { return write(path, content) };
    write(path, names.put_into(text).as_bytes())?;
    if text.starts_with("#!") {
        std::fs::set_permissions(path, Permissions::from_mode(0o755))
            .map_err(|source| AuthoringError::Unwritable { path: path.to_owned(), source })?;
    }
    Ok(())
}

/// Returns true for a keyword of WIT. It asks the parser that will read the WIT, so that no list here can be outdated.
fn is_wit_keyword(name: &str) -> bool {
    let wit = format!("package my:{name}; interface {name} {{}} world {name}-world {{ export {name}; }}");
    let mut sources = SourceMap::new();
    sources.push(Path::new("world.wit"), wit);
    sources.parse().is_err()
}

/// A name in the spellings of the languages.
struct Names {
    kebab: String,
    snake: String,
    pascal: String,
    camel: String,
}

impl Names {
    fn of(name: &str) -> Result<Self, AuthoringError> {
        let refused = |problem| Err(AuthoringError::NotAName { name: name.to_owned(), problem });
        if !larder_types::is_label(name) || name.contains(|c: char| c.is_ascii_uppercase()) {
            return refused(
                "write words of lower-case letters and digits, with `-` between them, such as `word-count`",
            );
        }
        if RESERVED.contains(&name) || is_wit_keyword(name) {
            return refused("WIT or a language has that word for itself: add another one, such as `my-type`");
        }
        let pascal = name.split('-').flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        });
        let pascal: String = pascal.collect();
        let camel = pascal.chars().take(1).map(|first| first.to_ascii_lowercase()).chain(pascal.chars().skip(1));
        Ok(Self { kebab: name.to_owned(), snake: name.replace('-', "_"), camel: camel.collect(), pascal })
    }

    fn put_into(&self, text: &str) -> String {
        let ways =
            [("my-task", &self.kebab), ("my_task", &self.snake), ("MyTask", &self.pascal), ("myTask", &self.camel)];
        ways.into_iter().fold(text.to_owned(), |text, (placeholder, name)| text.replace(placeholder, name))
    }
}
