//! A component whose tasks declare all that there is, by the authoring library for Rust.

larder::component! {
    path: "../../wit",
    tasks: [testing::declares::declares, Guest],
    inline: r#"
        package testing:declares@0.1.0;

        interface declares {
            nothing: func();
            version-only: func();
            pinned: func();
            all-of-it: func();
            custom: func();
            uncached: func();
            %type: func();
        }

        world declaring {
            include larder:task/task@0.1.0;
            export declares;
            export of-the-world: func();
        }
    "#,
}

const VERSION: &str = "of a constant";

#[larder::tasks]
impl declares::Guest for Component {
    fn nothing() {}

    #[cached_task("1")]
    fn version_only() {}

    #[cached_task(pinned)]
    fn pinned() {}

    #[cached_task(VERSION, size = LargeGpu, scope = Workflow, cache_errors, timeout_seconds = 60, file_names)]
    fn all_of_it() {}

    #[larder::cached_task("1", size = Custom(Resources { cpus: 2, memory_mib: 3, storage_mib: 4, gpus: 0 }))]
    fn custom() {}

    #[task(size = Large, needs = [
        OpenWorld,
        Directory(Directory { path: "/data".to_owned(), access: ReadOnly }),
        Variable("HOME".to_owned()),
    ])]
    fn uncached() {}

    #[cfg(any())]
    #[cached_task("1")]
    fn not_built() {}

    #[task]
    fn type_() {}
}

#[larder::tasks]
impl Guest for Component {
    #[cached_task("1")]
    fn of_the_world() {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use bindings::exports::larder::task::manifest::{Cache, Capability, Guest as _, Scope, Size, Task, Version};

    fn task(name: &str) -> Task {
        let mut tasks = Component::tasks();
        let index = tasks.iter().position(|task| task.name == name);
        tasks.swap_remove(index.unwrap_or_else(|| panic!("no {name}")))
    }

    fn cache(version: &str, scope: Scope, cache_errors: bool) -> Option<Cache> {
        Some(Cache { version: Version::Declared(version.to_owned()), scope, cache_errors })
    }

    /// Generated types can be printed, not compared.
    fn assert_declares(name: &str, task_but_name: Task) {
        let expected = Task { name: name.to_owned(), ..task_but_name };
        assert_eq!(format!("{:?}", task(name)), format!("{expected:?}"));
    }

    fn plain(cache: Option<Cache>) -> Task {
        Task { name: String::new(), size: Size::Small, cache, timeout_seconds: None, needs: vec![], file_names: false }
    }

    #[test]
    fn only_what_is_declared_is_in_the_manifest_and_in_order() {
        let names: Vec<String> = Component::tasks().into_iter().map(|task| task.name).collect();
        assert_eq!(
            names,
            [
                "declares#version-only",
                "declares#pinned",
                "declares#all-of-it",
                "declares#custom",
                "declares#uncached",
                "declares#type",
                "testing-guests#of-the-world",
            ]
        );
    }

    #[test]
    fn each_declaration_arrives() {
        assert_declares("declares#version-only", plain(cache("1", Scope::Account, false)));
        let pinned = Cache { version: Version::Pinned, scope: Scope::Account, cache_errors: false };
        assert_declares("declares#pinned", plain(Some(pinned)));
        assert_declares(
            "declares#all-of-it",
            Task {
                size: Size::LargeGpu,
                timeout_seconds: Some(60),
                file_names: true,
                ..plain(cache("of a constant", Scope::Workflow, true))
            },
        );
        let resources =
            bindings::exports::larder::task::manifest::Resources { cpus: 2, memory_mib: 3, storage_mib: 4, gpus: 0 };
        assert_declares(
            "declares#custom",
            Task { size: Size::Custom(resources), ..plain(cache("1", Scope::Account, false)) },
        );
        let data = bindings::exports::larder::task::manifest::Directory {
            path: "/data".to_owned(),
            access: bindings::exports::larder::task::manifest::Access::ReadOnly,
        };
        let needs = vec![Capability::OpenWorld, Capability::Directory(data), Capability::Variable("HOME".to_owned())];
        assert_declares("declares#uncached", Task { size: Size::Large, needs, ..plain(None) });
        assert_declares("declares#type", plain(None));
        assert_declares("testing-guests#of-the-world", plain(cache("1", Scope::Account, false)));
    }
}
