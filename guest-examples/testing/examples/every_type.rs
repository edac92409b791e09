//! Every type that a value can have in WIT, handed back as it came.

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        inline: r#"
            package testing:types@0.1.0;

            interface echo {
                record point { x: f64, y: f64 }
                record person { name: string, age: u32, tags: list<string> }
                variant shape { nothing, circle(f64), polygon(list<point>), named(string) }
                enum colour { red, green, blue }
                flags permissions { read, write, execute }
                type name = string;
                record mix {
                    people: list<person>,
                    shapes: list<tuple<option<shape>, colour>>,
                    outcome: result<option<list<u8>>, tuple<char, permissions>>,
                    deep: list<list<option<result<point, name>>>>,
                }

                nothing: func();
                echo-bool: func(value: bool) -> bool;
                echo-u8: func(value: u8) -> u8;
                echo-u16: func(value: u16) -> u16;
                echo-u32: func(value: u32) -> u32;
                echo-u64: func(value: u64) -> u64;
                echo-s8: func(value: s8) -> s8;
                echo-s16: func(value: s16) -> s16;
                echo-s32: func(value: s32) -> s32;
                echo-s64: func(value: s64) -> s64;
                echo-f32: func(value: f32) -> f32;
                echo-f64: func(value: f64) -> f64;
                echo-char: func(value: char) -> char;
                echo-string: func(value: string) -> string;
                echo-alias: func(value: name) -> name;
                echo-bytes: func(value: list<u8>) -> list<u8>;
                echo-strings: func(value: list<string>) -> list<string>;
                echo-lists: func(value: list<list<u32>>) -> list<list<u32>>;
                echo-record: func(value: person) -> person;
                echo-tuple: func(value: tuple<u8, string, f32>) -> tuple<u8, string, f32>;
                echo-variant: func(value: shape) -> shape;
                echo-enum: func(value: colour) -> colour;
                echo-flags: func(value: permissions) -> permissions;
                echo-option: func(value: option<string>) -> option<string>;
                echo-options: func(value: option<option<u32>>) -> option<option<u32>>;
                echo-result: func(value: result<u32, string>) -> result<u32, string>;
                echo-result-ok: func(value: result<u32>) -> result<u32>;
                echo-result-err: func(value: result<_, string>) -> result<_, string>;
                echo-result-none: func(value: result) -> result;
                echo-mix: func(value: mix) -> mix;
            }

            world echoing {
                export echo;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::testing::types::echo::{self, Colour, Mix, Permissions, Person, Shape};

struct Component;

/// Every function but the first has the same body.
macro_rules! echoes {
    ($($name:ident: $type:ty),* $(,)?) => {
        impl echo::Guest for Component {
            fn nothing() {}
            $(fn $name(value: $type) -> $type {
                value
            })*
        }
    };
}

echoes! {
    echo_bool: bool,
    echo_u8: u8,
    echo_u16: u16,
    echo_u32: u32,
    echo_u64: u64,
    echo_s8: i8,
    echo_s16: i16,
    echo_s32: i32,
    echo_s64: i64,
    echo_f32: f32,
    echo_f64: f64,
    echo_char: char,
    echo_string: String,
    echo_alias: String,
    echo_bytes: Vec<u8>,
    echo_strings: Vec<String>,
    echo_lists: Vec<Vec<u32>>,
    echo_record: Person,
    echo_tuple: (u8, String, f32),
    echo_variant: Shape,
    echo_enum: Colour,
    echo_flags: Permissions,
    echo_option: Option<String>,
    echo_options: Option<Option<u32>>,
    echo_result: Result<u32, String>,
    echo_result_ok: Result<u32, ()>,
    echo_result_err: Result<(), String>,
    echo_result_none: Result<(), ()>,
    echo_mix: Mix,
}
