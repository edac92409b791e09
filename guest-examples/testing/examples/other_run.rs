//! A stranger to `no_manifest` that exports the same name with the same signature and means something else by it.

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        inline: r#"
            package testing:other@0.1.0;

            world other {
                export run: func(text: string) -> string;
            }
        "#,
    });
    export!(Component);
}

struct Component;

impl bindings::Guest for Component {
    fn run(text: String) -> String {
        text.chars().rev().collect()
    }
}
