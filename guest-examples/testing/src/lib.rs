//! What several of the test components share. The components themselves are the files in `examples/`: each says in
//! its first lines what it is there to show.
//!
//! Each component has bindings of its own, and so types of its own for the same WIT: what is shared of them has to be
//! macros.

use std::ffi::{CString, c_char, c_int};
use std::io::{Error, Result};

/// Makes a symbolic link, which the standard library cannot do on stable Rust for this target.
pub fn symlink(target: &str, path: &str) -> Result<()> {
    #[expect(unsafe_code, reason = "declared as POSIX has it: two strings that end with a zero")]
    unsafe extern "C" {
        fn symlink(target: *const c_char, path: *const c_char) -> c_int;
    }
    let (target, path) = (CString::new(target)?, CString::new(path)?);
    #[expect(unsafe_code, reason = "the proof stands below")]
    // SAFETY: both are strings that end with a zero and outlive the call.
    let result = unsafe { symlink(target.as_ptr(), path.as_ptr()) };
    if result == 0 { Ok(()) } else { Err(Error::last_os_error()) }
}

/// Numbers that look random and are the same for the same seed (xorshift64*).
#[derive(Debug)]
pub struct Numbers(pub u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.max(1);
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        (self.next() >> 33) as u32 % end
    }

    /// A number of bytes: mostly little, now and then much.
    pub fn size(&mut self) -> usize {
        match self.below(12) {
            0 => 0,
            1..=4 => self.below(1 << 10) as usize,
            5..=8 => self.below(64 << 10) as usize,
            9..=10 => self.below(2 << 20) as usize,
            _ => self.below(48 << 20) as usize,
        }
    }
}

/// A manifest entry with the usual answers: `small`, version "1", shared by the account, `err` not kept. Expects the
/// types of `larder:task/manifest` in scope; whoever needs another answer overrides it with `..declared!(…)`.
#[macro_export]
macro_rules! declared {
    ($name:literal) => {
        Task {
            name: $name.to_owned(),
            size: Size::Small,
            cache: Some(Cache {
                version: Version::Declared("1".to_owned()),
                scope: Scope::Account,
                cache_errors: false,
            }),
            timeout_seconds: None,
            needs: Vec::new(),
            file_names: false,
        }
    };
}

/// The component of `body_a` and `body_b`: one contract, with the body as the only difference.
#[macro_export]
macro_rules! body {
    ($answer:expr) => {
        #[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
        mod bindings {
            use super::Component;

            wit_bindgen::generate!({
                path: "../../wit",
                generate_all,
                inline: r#"
                    package testing:body@0.1.0;

                    interface body {
                        answer: func(n: u32) -> string;
                    }

                    world one-body {
                        include larder:task/task@0.1.0;
                        export body;
                    }
                "#,
            });
            export!(Component);
        }

        use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
        use bindings::exports::testing::body::body;

        struct Component;

        impl manifest::Guest for Component {
            fn tasks() -> Vec<Task> {
                vec![$crate::declared!("body#answer")]
            }
        }

        impl body::Guest for Component {
            fn answer(n: u32) -> String {
                let answer: fn(u32) -> String = $answer;
                answer(n)
            }
        }
    };
}

/// A component with one ordinary task, `hello`, and the manifest that `$tasks` computes.
#[macro_export]
macro_rules! hello {
    ($tasks:expr) => {
        #[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
        mod bindings {
            use super::Component;

            wit_bindgen::generate!({
                path: "../../wit",
                generate_all,
                inline: r#"
                    package testing:hello@0.1.0;

                    interface hello {
                        hello: func() -> string;
                    }

                    world greeting {
                        include larder:task/task@0.1.0;
                        export hello;
                    }
                "#,
            });
            export!(Component);
        }

        use bindings::exports::larder::task::manifest::{self, Task};
        use bindings::exports::testing::hello::hello;

        struct Component;

        impl manifest::Guest for Component {
            fn tasks() -> Vec<Task> {
                $tasks
            }
        }

        impl hello::Guest for Component {
            fn hello() -> String {
                "hello".to_owned()
            }
        }
    };
}
