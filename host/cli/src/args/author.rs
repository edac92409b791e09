//! The arguments of `larder new`, `larder build`, `larder bindings` and `larder componentize`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  larder new --lang python word-count\n  larder new --lang javascript --engine starlingmonkey pages"
)]
pub(crate) struct New {
    /// Its name: lower-case words with `-` between them
    pub(crate) name: String,
    /// The language
    #[arg(short, long, value_enum)]
    pub(crate) lang: LanguageWord,
    /// What interprets the language inside the component [default: quickjs]
    #[arg(long, value_enum)]
    pub(crate) engine: Option<EngineWord>,
    /// The folder to make [default: one with the name, here]
    #[arg(long, value_name = "DIR")]
    pub(crate) path: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LanguageWord {
    Rust,
    Python,
    #[value(name = "javascript", alias = "js")]
    JavaScript,
    #[value(name = "typescript", alias = "ts")]
    TypeScript,
    C,
    #[value(alias = "c++")]
    Cpp,
    Go,
    Zig,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineWord {
    /// Small, quick to start
    #[value(name = "quickjs")]
    QuickJs,
    /// Large, with much of what the web has
    #[value(name = "starlingmonkey")]
    StarlingMonkey,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  larder build guest-examples/align")]
pub(crate) struct Build {
    /// A folder with a larder.toml
    #[arg(default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Build even if no input has changed
    #[arg(long)]
    pub(crate) force: bool,
}

/// A world, for the commands that read WIT.
#[derive(Debug, Args)]
pub(crate) struct OfWorld {
    /// The world [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) world: Option<String>,
    /// How the guest keeps strings in its memory
    #[arg(long, value_name = "ENCODING", value_enum, default_value_t)]
    pub(crate) strings: StringsWord,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum StringsWord {
    #[default]
    Utf8,
    Utf16,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  larder bindings c --out build\n  larder bindings go --wit wit --world my:tools/tools --out build"
)]
pub(crate) struct Bindings {
    /// The language; C is also for those that read its headers, such as Zig
    #[arg(value_enum)]
    pub(crate) language: BindingWord,
    /// The WIT: a file, or a folder with the packages that it uses in `deps/`
    #[arg(long, value_name = "PATH", default_value = "wit")]
    pub(crate) wit: PathBuf,
    #[command(flatten)]
    pub(crate) world: OfWorld,
    /// The folder that they are written into
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BindingWord {
    #[value(alias = "zig")]
    C,
    #[value(alias = "c++")]
    Cpp,
    Go,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  larder componentize build/module.wasm -o tools.wasm\n  larder componentize build/module.wasm --wit wit -o tools.wasm"
)]
pub(crate) struct Componentize {
    /// The module, as a compiler made it for WASI 0.1 (as a reactor) or for no system at all
    pub(crate) module: PathBuf,
    /// The WIT of the world that it implements, if its bindings did not link that into it
    #[arg(long, value_name = "PATH")]
    pub(crate) wit: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) world: OfWorld,
    /// Where the component is written; - is standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}
