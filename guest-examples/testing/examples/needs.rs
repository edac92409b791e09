//! A component that says what it needs: one variable, one host, one directory; and a task that says it needs nothing.

#![expect(clippy::disallowed_methods, reason = "what the host's code must not read is what this looks at")]

use testing_guests::declared;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        inline: r#"
            package testing:needs@0.1.0;

            interface needs {
                /// The value of an environment variable. Needs `WANTED`, among others.
                variable: func(name: string) -> option<string>;
                /// As `variable`, and says that it needs nothing.
                nothing: func(name: string) -> option<string>;
                /// As `variable`, and is cached all the same.
                cached: func(name: string) -> option<string>;
                /// As `variable`, and is not in the manifest.
                silent: func(name: string) -> option<string>;
            }

            world needing {
                include larder:task/task@0.1.0;
                export needs;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{
    self, Access, Cache, Capability, Directory, HttpRequests, Scope, Size, Task, TcpConnections, Version,
};
use bindings::exports::testing::needs::needs;

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        let needs = || {
            vec![
                Capability::Variable("WANTED".to_owned()),
                Capability::Directory(Directory { path: "/data".to_owned(), access: Access::ReadOnly }),
                Capability::Http(HttpRequests {
                    host: "api.example.org".to_owned(),
                    port: None,
                    methods: vec!["GET".to_owned()],
                }),
                Capability::Tcp(TcpConnections { host: "10.0.0.0/8".to_owned(), port: 5432 }),
            ]
        };
        vec![
            Task { cache: None, needs: needs(), ..declared!("needs#variable") },
            Task { cache: None, ..declared!("needs#nothing") },
            Task { needs: vec![Capability::OpenWorld], ..declared!("needs#cached") },
        ]
    }
}

impl needs::Guest for Component {
    fn variable(name: String) -> Option<String> {
        std::env::var(name).ok()
    }

    fn nothing(name: String) -> Option<String> {
        std::env::var(name).ok()
    }

    fn cached(name: String) -> Option<String> {
        std::env::var(name).ok()
    }

    fn silent(name: String) -> Option<String> {
        std::env::var(name).ok()
    }
}
