//! Errors of reading a component ([`ComponentError`]) and of its bytes ([`NotAComponent`]). They are two enums because
//! only the first knows a path.

use larder_base::excerpt::passage;
use std::io;
use std::path::PathBuf;

use larder_content::FileKind;

/// Reason why a component could not be read from a file.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// The file does not exist.
    #[error("there is no file `{}`{}", .path.display(), did_you_mean(.nearest.as_deref()))]
    NotFound {
        /// The requested path.
        path: PathBuf,
        /// The component in the same folder with the most similar name.
        nearest: Option<String>,
    },
    /// The operating system refused access.
    #[error("`{}` could not be read: {source}; check that it exists and that you may read it", .path.display())]
    Unreadable {
        /// The requested path.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The path names something that is not a regular file.
    #[error("`{}` is {kind}, not a regular file: give the `.wasm` file of a component", .path.display())]
    NotAFile {
        /// The requested path.
        path: PathBuf,
        /// The kind of the file.
        kind: FileKind,
    },
    /// The file is larger than the caller allows; nothing was read.
    #[error("`{}` has {size} bytes, and at most {max} are allowed: strip it, or raise the limit", .path.display())]
    TooLarge {
        /// The requested path.
        path: PathBuf,
        /// The length of the file in bytes.
        size: u64,
        /// The largest length allowed, in bytes.
        max: u64,
    },
    /// The file changed during each attempt to read it.
    #[error("`{}` kept changing while it was read: wait until the build that writes it is done", .path.display())]
    Changed {
        /// The requested path.
        path: PathBuf,
    },
    /// The file was read, but is not a component.
    #[error("`{}`: {problem}", .path.display())]
    InFile {
        /// The requested path.
        path: PathBuf,
        /// The problem with its content.
        #[source]
        problem: NotAComponent,
    },
}

impl ComponentError {
    /// The stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } | Self::Unreadable { .. } | Self::Changed { .. } => "component/unreadable",
            Self::TooLarge { .. } => "limit/component-bytes",
            Self::NotAFile { .. } => "component/not-a-component",
            Self::InFile { path: _, problem } => problem.code(),
        }
    }
}

/// Reason why bytes are not a component.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAComponent {
    /// There are no bytes at all.
    #[error("it is empty: did the build that should have written it fail?")]
    Empty,
    /// Neither the binary nor the text format of WebAssembly.
    #[error("it is not WebAssembly: neither `\\0asm` at its start nor the text of a `(component …)`")]
    Garbage,
    /// A core module, which has no typed exports.
    #[error("it is a core module, not a component: build for a target that makes components, such as wasm32-wasip2")]
    CoreModule,
    /// The bytes end inside a section.
    #[error(
        "it is truncated: it has {size} bytes, and {missing} more should follow at least; copy or download it again"
    )]
    Truncated {
        /// The number of bytes present.
        size: u64,
        /// The minimum number of missing bytes.
        missing: u64,
    },
    /// A section violates the binary format.
    #[error("it is damaged: {message} (at byte {offset}); build it again", message = passage(message))]
    Malformed {
        /// The parser's message.
        message: String,
        /// The position in bytes from the start of the binary component.
        offset: u64,
    },
    /// Components are nested deeper than any compiler nests them.
    #[error("it nests modules and components more than {limit} deep, which this host does not follow")]
    TooDeep {
        /// The greatest depth allowed.
        limit: usize,
    },
    /// Types are declared inside types, deeper than any tool declares them.
    #[error("it declares types inside types more than {limit} deep, which this host does not follow")]
    TypesTooDeep {
        /// The greatest depth allowed.
        limit: usize,
    },
    /// The bytes are in the text format and contain an error.
    #[error("its text could not be parsed: {message}", message = passage(message))]
    Text {
        /// The parser's message, with line and column.
        message: String,
    },
    /// The bytes look like the text format but are not UTF-8.
    #[error("its text is not UTF-8 (at byte {offset}): save it as UTF-8")]
    NotUtf8 {
        /// The position of the first invalid byte.
        offset: usize,
    },
    /// The text format describes a binary that is larger than the caller allows.
    #[error("its text stands for {size} bytes, and at most {max} are allowed: raise the limit")]
    TextTooLarge {
        /// The length of the binary component in bytes.
        size: u64,
        /// The largest length allowed, in bytes.
        max: u64,
    },
}

impl NotAComponent {
    /// The stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TextTooLarge { .. } => "limit/component-bytes",
            Self::Empty
            | Self::Garbage
            | Self::CoreModule
            | Self::Truncated { .. }
            | Self::Malformed { .. }
            | Self::TooDeep { .. }
            | Self::TypesTooDeep { .. }
            | Self::Text { .. }
            | Self::NotUtf8 { .. } => "component/not-a-component",
        }
    }

    pub(crate) fn malformed(error: &wasmparser::Error) -> Self {
        Self::Malformed { message: error.message().to_owned(), offset: error.offset() as u64 }
    }
}

fn did_you_mean(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!(": did you mean `{name}`, in the same folder?"),
        None => ": check the path".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_pinned() {
        let path = || "a.wasm".into();
        let in_file = |problem| ComponentError::InFile { path: path(), problem };
        for (error, code) in [
            (ComponentError::NotFound { path: path(), nearest: None }, "component/unreadable"),
            (ComponentError::Changed { path: path() }, "component/unreadable"),
            (ComponentError::TooLarge { path: path(), size: 2, max: 1 }, "limit/component-bytes"),
            (in_file(NotAComponent::TextTooLarge { size: 2, max: 1 }), "limit/component-bytes"),
            (in_file(NotAComponent::CoreModule), "component/not-a-component"),
            (ComponentError::NotAFile { path: path(), kind: FileKind::Folder }, "component/not-a-component"),
        ] {
            assert_eq!(error.code(), code, "{error}");
        }
    }
}
