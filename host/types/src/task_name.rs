//! Names of tasks: the path of an export, without the version of its package.
//!
//! `example:tasks/text@0.1.0` exporting `reverse` is the task `example:tasks/text#reverse`: a new version of a
//! package must not discard the results of its tasks. A function exported by the world itself has no namespace, so
//! the name of its component takes that place: `my-tools#reverse`.

use std::fmt;

/// The name of a task, as it enters the cache id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskName {
    /// A function of an interface that belongs to a package: `namespace:package/interface#function`.
    Interface {
        /// The package with its namespace, `namespace:package`, without a version.
        package: String,
        /// The name of the interface.
        interface: String,
        /// The name of the function.
        function: String,
    },
    /// A function that the world exports itself: `component#function`.
    World {
        /// The name of the component, where `larder.toml` or the manifest gives one.
        component: Option<String>,
        /// The name of the function.
        function: String,
    },
    /// A function of an interface written inside the world, which has no package: `component/interface#function`.
    Inline {
        /// The name of the component, where `larder.toml` or the manifest gives one.
        component: Option<String>,
        /// The name of the interface.
        interface: String,
        /// The name of the function.
        function: String,
    },
}

impl TaskName {
    /// The name of the function alone.
    #[must_use]
    pub fn function(&self) -> &str {
        match self {
            Self::Interface { function, .. } | Self::World { function, .. } | Self::Inline { function, .. } => function,
        }
    }

    /// The name of the interface, if the function belongs to one.
    #[must_use]
    pub fn interface(&self) -> Option<&str> {
        match self {
            Self::Interface { interface, .. } | Self::Inline { interface, .. } => Some(interface),
            Self::World { .. } => None,
        }
    }

    /// Returns true if strangers could export the same name: it has neither a namespace nor the name of a component.
    #[must_use]
    pub fn is_nameless(&self) -> bool {
        match self {
            Self::Interface { .. } => false,
            Self::World { component, .. } | Self::Inline { component, .. } => component.is_none(),
        }
    }

    /// Returns the name with `component` as the name of the component; a name with a namespace is unchanged.
    #[must_use]
    pub fn named(self, component: &str) -> Self {
        match self {
            Self::Interface { .. } => self,
            Self::World { component: _, function } => Self::World { component: Some(component.to_owned()), function },
            Self::Inline { component: _, interface, function } => {
                Self::Inline { component: Some(component.to_owned()), interface, function }
            }
        }
    }
}

/// Checks that `text` is a kebab-case label: words of letters and digits, each of one case, joined by single hyphens;
/// the first word starts with a letter (component-model spec, `Explainer.md`, "Import and Export Definitions").
#[must_use]
pub fn is_label(text: &str) -> bool {
    let of_one_case = |word: &str| {
        let all = |letter: fn(&char) -> bool| word.chars().all(|c| letter(&c) || c.is_ascii_digit());
        !word.is_empty() && (all(char::is_ascii_lowercase) || all(char::is_ascii_uppercase))
    };
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.split('-').all(of_one_case)
}

/// Writes the name as people do; the place of a missing component name stays empty (`#run`).
impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interface { package, interface, function } => write!(f, "{package}/{interface}#{function}"),
            Self::World { component, function } => write!(f, "{}#{function}", component.as_deref().unwrap_or("")),
            Self::Inline { component, interface, function } => match component {
                Some(component) => write!(f, "{component}/{interface}#{function}"),
                None => write!(f, "{interface}#{function}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wasmparser::names::KebabStr;

    use super::*;

    proptest! {
        #[test]
        fn labels_are_what_the_validator_takes_for_them(text in "[ab12AB-]{0,8}|.{0,4}") {
            prop_assert_eq!(is_label(&text), KebabStr::new(&text).is_some(), "{}", text);
        }
    }

    #[test]
    fn labels_are_kebab_case() {
        for label in ["a", "my-tools", "a1-b2", "HTTP-server", "my-2-tools", "a-2b-3D"] {
            assert!(is_label(label), "{label}");
        }
        for no_label in ["", "-", "a-", "-a", "a--b", "1a", "a_b", "a b", "a.b", "aB", "\u{e9}"] {
            assert!(!is_label(no_label), "{no_label}");
        }
    }

    #[test]
    fn names_are_written_as_people_type_them() {
        let run = TaskName::World { component: None, function: "run".into() };
        assert_eq!(run.to_string(), "#run");
        assert_eq!(run.clone().named("my-tools").to_string(), "my-tools#run");
        let inline = TaskName::Inline { component: None, interface: "text".into(), function: "run".into() };
        assert_eq!(inline.named("my-tools").to_string(), "my-tools/text#run");
        let package = TaskName::Interface { package: "a:b".into(), interface: "text".into(), function: "run".into() };
        assert_eq!(package.clone().named("my-tools"), package);
        assert!(run.is_nameless() && !package.is_nameless());
    }
}
