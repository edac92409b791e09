//! An asynchronous task beside a synchronous one: to the cache both are the same.

use testing_guests::declared;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        inline: r#"
            package testing:asynchronous@0.1.0;

            interface shouting {
                shout: async func(text: string) -> string;
                whisper: func(text: string) -> string;
            }

            world shouter {
                include larder:task/task@0.1.0;
                export shouting;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::asynchronous::shouting;

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        vec![declared!("shouting#shout"), declared!("shouting#whisper")]
    }
}

impl shouting::Guest for Component {
    async fn shout(text: String) -> String {
        // Suspended once, so that the host has to call back.
        wit_bindgen::yield_async().await;
        text.to_uppercase()
    }

    fn whisper(text: String) -> String {
        text.to_lowercase()
    }
}
