//! The bytes of a component: read, digested and declared without a panic, and with the same result each time, whatever
//! custom sections it has.

use larder_component::ComponentBytes;
use larder_component::declare::{attach, exports};

use crate::{stored, tasks};

/// A custom section, `note`, with two bytes in it.
const CUSTOM: &[u8] = b"\x00\x07\x04note\x01\x02";

/// Reads `bytes` as a component, in binary or as text.
pub fn check(bytes: &[u8]) {
    let Ok(component) = ComponentBytes::new(bytes.to_vec()) else { return };
    let code_digest = component.code_digest().expect("the sections are whole");
    let declared = exports(component.bytes());
    let again = exports(component.bytes());
    assert_eq!(declared, again);

    let noted = ComponentBytes::new([component.bytes(), CUSTOM].concat()).expect("one more section");
    assert_ne!(noted.digest(), component.digest());
    assert_eq!(noted.code_digest(), Ok(code_digest));
    assert_eq!(exports(noted.bytes()), declared, "a custom section says nothing");

    match declared {
        Ok(exports) => {
            stored::assert_comes_back(&exports);
            let declared = attach(&exports, Vec::new()).expect("nothing to attach");
            stored::assert_comes_back(&declared);
            tasks::assert_can_be_named(&declared.tasks);
        }
        Err(error) => drop(error.to_string()),
    }
}
