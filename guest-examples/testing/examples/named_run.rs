//! A function of the world itself whose manifest entry gives the component its name.

use testing_guests::declared;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        inline: r#"
            package testing:named@0.1.0;

            world named {
                include larder:task/task@0.1.0;
                export run: func(text: string) -> string;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        vec![declared!("my-tools#run")]
    }
}

impl bindings::Guest for Component {
    fn run(text: String) -> String {
        format!("named run of {text}")
    }
}
