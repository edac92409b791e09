//! A component that has never heard of Larder: an interface of a package, and a function of the world itself.

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        inline: r#"
            package testing:plain@0.1.0;

            interface text {
                shout: func(text: string) -> string;
            }

            world plain {
                export text;
                export run: func(text: string) -> string;
            }
        "#,
    });
    export!(Component);
}

struct Component;

impl bindings::exports::testing::plain::text::Guest for Component {
    fn shout(text: String) -> String {
        text.to_uppercase()
    }
}

impl bindings::Guest for Component {
    fn run(text: String) -> String {
        format!("ran {text}")
    }
}
