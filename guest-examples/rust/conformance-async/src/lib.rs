//! The task of `guest-examples/conformance.wit` that may wait, in Rust.

larder::component! { world: "larder:conformance/conformance-async", tasks: [larder::conformance::later] }

#[larder::tasks]
impl later::Guest for Component {
    #[cached_task("1")]
    async fn shout(text: String) -> Result<String, String> {
        if text.is_empty() { Err("empty".to_owned()) } else { Ok(text.to_ascii_uppercase() + "!") }
    }
}
