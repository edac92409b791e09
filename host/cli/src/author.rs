//! `larder new`, `larder bindings` and `larder componentize`: commands for authors who do not have a component yet.

use std::path::PathBuf;

use super::args::{BindingWord, Bindings, Componentize, EngineWord, LanguageWord, New, OfWorld, StringsWord};
use super::failure::Exit;
use super::out::{is_stdout, to_stdout};
use super::print::Printer;
use super::problem::Problem;
use super::shapes::{NewProject, PathReport};
use larder::Digest;
use larder::content::Content;
use larder_authoring as authoring;
use larder_authoring::{
    AuthoringError, BindingLanguage, Embed, Engine, Language, Strings, World, create_project, write_bindings,
};

pub(super) fn new(new: &New, printer: &Printer) -> anyhow::Result<Exit> {
    let folder = new.path.clone().unwrap_or_else(|| PathBuf::from(&new.name));
    let files = create_project(new.lang.language(), new.engine.map(EngineWord::engine), &new.name, &folder)?;
    if printer.json {
        printer.json(&NewProject { files: &files, path: &std::path::absolute(&folder)? })?;
    } else {
        printer.path(&folder)?;
        printer.note(&format!("{} files; the next steps are in {}", files.len(), folder.join("README.md").display()));
    }
    Ok(Exit::Done)
}

pub(super) fn bindings(bindings: &Bindings, printer: &Printer) -> anyhow::Result<Exit> {
    let Bindings { language, wit, world, out } = bindings;
    let language = match language {
        BindingWord::C => BindingLanguage::C,
        BindingWord::Cpp => BindingLanguage::Cpp,
        BindingWord::Go => BindingLanguage::Go,
    };
    write_bindings(language, &world.of(wit.clone()), out)?;
    if printer.json {
        printer.json(&PathReport { path: &std::path::absolute(out)? })?;
    }
    Ok(Exit::Done)
}

pub(super) fn componentize(componentize: &Componentize, printer: &Printer) -> anyhow::Result<Exit> {
    let Componentize { module, wit, world, output } = componentize;
    let embed = match (wit, &world.name()) {
        (Some(wit), _) => Embed::World(world.of(wit.clone())),
        (None, None) => Embed::Nothing,
        (None, Some(name)) => return Err(AuthoringError::WorldOfNothing { world: name.clone() }.into()),
    };
    if is_stdout(output) {
        if printer.json {
            return Err(Problem::JsonAndFile.into());
        }
        let component = authoring::component_of(module, &embed)?;
        to_stdout(&Content::of(&*component), &Digest::of(&component))?;
        return Ok(Exit::Done);
    }
    authoring::componentize(module, &embed, output)?;
    if printer.json {
        printer.json(&PathReport { path: &std::path::absolute(output)? })?;
    }
    Ok(Exit::Done)
}

impl OfWorld {
    fn of(&self, wit: PathBuf) -> World {
        let strings = match self.strings {
            StringsWord::Utf8 => Strings::Utf8,
            StringsWord::Utf16 => Strings::Utf16,
        };
        World { wit, name: self.world.clone(), strings }
    }

    /// Returns the option that makes sense only with a world: its name, or strings in UTF-16.
    fn name(&self) -> Option<String> {
        let strings = (self.strings == StringsWord::Utf16).then(|| "with strings in UTF-16".to_owned());
        self.world.clone().or(strings)
    }
}

impl LanguageWord {
    const fn language(self) -> Language {
        match self {
            Self::Rust => Language::Rust,
            Self::Python => Language::Python,
            Self::JavaScript => Language::JavaScript,
            Self::TypeScript => Language::TypeScript,
            Self::C => Language::C,
            Self::Cpp => Language::Cpp,
            Self::Go => Language::Go,
            Self::Zig => Language::Zig,
        }
    }
}

impl EngineWord {
    const fn engine(self) -> Engine {
        match self {
            Self::QuickJs => Engine::QuickJs,
            Self::StarlingMonkey => Engine::StarlingMonkey,
        }
    }
}
