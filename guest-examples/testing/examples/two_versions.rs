//! One interface in two versions of its package, which answer differently.

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        inline: r#"
            package testing:both;

            package testing:versions@1.0.0 {
                interface api {
                    answer: func() -> u32;
                }
            }

            package testing:versions@2.0.0 {
                interface api {
                    answer: func() -> u32;
                }
            }

            world two-versions {
                export testing:versions/api@1.0.0;
                export testing:versions/api@2.0.0;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::testing::{versions1_0_0, versions2_0_0};

struct Component;

impl versions1_0_0::api::Guest for Component {
    fn answer() -> u32 {
        1
    }
}

impl versions2_0_0::api::Guest for Component {
    fn answer() -> u32 {
        2
    }
}
