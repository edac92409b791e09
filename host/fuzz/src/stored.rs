//! The stored form of declarations, which must be read back unchanged.

use std::fmt::Debug;

use minicbor::{Decode, Encode};

/// Checks that `value` is read back unchanged from its stored form, and has one stored form.
pub(crate) fn assert_comes_back<T>(value: &T)
where
    T: Encode<()> + for<'b> Decode<'b, ()> + PartialEq + Debug,
{
    let bytes = minicbor::to_vec(value).expect("a vector takes all bytes");
    let read: T = minicbor::decode(&bytes).unwrap_or_else(|error| panic!("{error}: {value:?}"));
    assert_eq!(read, *value);
    assert_eq!(minicbor::to_vec(&read).expect("a vector takes all bytes"), bytes);
}
