//! The raw arguments: one file for each group of commands, and one for options that several commands share.

mod allow;
mod author;
mod batch;
mod call;
mod cli;
mod component;
mod global;
mod run;
mod store;
mod trust;

pub(crate) use self::allow::Allow;
pub(crate) use self::author::{
    BindingWord, Bindings, Build, Componentize, EngineWord, LanguageWord, New, OfWorld, StringsWord,
};
pub(crate) use self::batch::{Batch, InputFormat, OutputFormat};
pub(crate) use self::call::{Caching, Called, Declared, ScopeWord, Together, Trusting};
pub(crate) use self::cli::{COMPILE_HELPER, Cli, Command};
pub(crate) use self::component::{Inspect, Key};
pub(crate) use self::global::{Global, When};
pub(crate) use self::run::{Format, Run};
pub(crate) use self::store::{Blob, BlobCommand, CacheCommand};
pub(crate) use self::trust::Trust;
