//! Recognition of bytes: a component, or one of the many things that are not.

use super::code_digest::sections;
use super::{WAT, binary};
use crate::bytes::{ComponentBytes, NotAComponent};
use larder_base::Digest;

fn refused(bytes: &[u8]) -> NotAComponent {
    ComponentBytes::new(bytes.to_vec()).expect_err("the bytes are no component")
}

#[test]
fn a_binary_component_is_taken_as_it_is() {
    let component = ComponentBytes::new(binary()).expect("a component");
    assert_eq!(component.bytes(), binary());
    assert_eq!(component.digest(), Digest::of(&binary()));
    assert_eq!(component.clone().into_bytes(), binary());
    assert!(format!("{component:?}").len() < 150);
}

#[test]
fn a_text_stands_for_its_binary_however_it_is_laid_out() {
    let expected = ComponentBytes::new(binary()).expect("a component");
    for text in [WAT.to_owned(), format!(";; a comment\n{WAT}"), format!("\u{feff}  (; x ;)\n{WAT}\n\n")] {
        assert_eq!(ComponentBytes::new(text.into_bytes()), Ok(expected.clone()));
    }
}

#[test]
fn nothing_is_refused() {
    assert_eq!(refused(b""), NotAComponent::Empty);
}

#[test]
fn what_is_not_webassembly_is_refused() {
    for bytes in [&b"\x7fELF\x02"[..], b"hello", b"   ", b"\0abc", b"{}", &[0xff; 100]] {
        assert_eq!(refused(bytes), NotAComponent::Garbage, "{bytes:?}");
    }
}

#[test]
fn a_core_module_is_told_what_it_needs() {
    let module = wat::parse_str("(module (func (export \"f\")))").expect("a module");
    assert_eq!(refused(&module), NotAComponent::CoreModule);
    assert_eq!(refused(b"(module)"), NotAComponent::CoreModule);
}

#[test]
fn text_with_an_error_is_refused_with_its_line_and_column() {
    let NotAComponent::Text { message } = refused(b"(component\n  (exprot))") else { panic!("not a text error") };
    assert!(message.contains("2:4"), "{message}");
    assert_eq!(refused(b"(component \xff)"), NotAComponent::NotUtf8 { offset: 11 });
}

#[test]
fn text_that_nests_forever_is_refused() {
    for unit in ["(", "(component ", "(; "] {
        assert!(matches!(refused(unit.repeat(200_000).as_bytes()), NotAComponent::Text { .. }), "{unit}");
    }
    let types = format!("(component (type {}u8{}))", "(list ".repeat(100_000), ")".repeat(100_000));
    assert!(matches!(refused(types.as_bytes()), NotAComponent::Text { .. }));
}

#[test]
fn every_prefix_is_refused_and_a_cut_section_says_how_much_is_missing() {
    let bytes = binary();
    let ends: Vec<usize> = sections(&bytes).into_iter().map(|(_, _, range)| range.end).collect();
    for end in 0..bytes.len() {
        // If the cut is between two of the component's own sections, the frame is complete, and only a validator can
        // detect the missing export. If it is between two sections of a nested component, the frame is incomplete.
        if end == 8 || ends.contains(&end) {
            assert!(ComponentBytes::new(bytes[..end].to_vec()).is_ok(), "cut at {end}");
            continue;
        }
        let truncated = matches!(refused(&bytes[..end]), NotAComponent::Truncated { .. });
        assert!(truncated || end == 0, "cut at {end}: {:?}", refused(&bytes[..end]));
    }
    assert_eq!(refused(&bytes[..4]), NotAComponent::Truncated { size: 4, missing: 4 });
    let last = NotAComponent::Truncated { size: bytes.len() as u64 - 1, missing: 1 };
    assert_eq!(refused(&bytes[..bytes.len() - 1]), last);
}

#[test]
fn damage_inside_is_told_from_truncation() {
    let mut bytes = binary();
    bytes[8] = 0x7f; // The id of the first section.
    bytes[4] = 0x0c; // An older version of the component model.
    let NotAComponent::Malformed { message, offset: 4 } = refused(&bytes) else { panic!("not malformed") };
    assert!(message.contains("version"), "{message}");
}

#[test]
fn components_nested_without_end_are_refused() {
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..200 {
        bytes = super::code_digest::wrapped(4, &bytes);
    }
    assert_eq!(refused(&bytes), NotAComponent::TooDeep { limit: 100 });
}

/// Builds a component with one type that declares a type inside a type, `levels` deep, as the component or instance
/// types `kind`.
fn nested_types(kind: u8, levels: usize) -> Vec<u8> {
    let payload = [vec![1], [kind, 1, 1].repeat(levels - 1), vec![kind, 0]].concat();
    super::code_digest::wrapped(7, &payload)
}

#[test]
fn types_declared_inside_types_without_end_are_refused() {
    for kind in [0x41, 0x42] {
        assert!(ComponentBytes::new(nested_types(kind, 100)).is_ok());
        for levels in [101, 200_000] {
            assert_eq!(refused(&nested_types(kind, levels)), NotAComponent::TypesTooDeep { limit: 100 });
            let inside = super::code_digest::wrapped(4, &nested_types(kind, levels));
            assert_eq!(refused(&inside), NotAComponent::TypesTooDeep { limit: 100 });
        }
    }
    let text = format!("(component {}{})", "(type (component ".repeat(50_000), "))".repeat(50_000));
    assert!(matches!(refused(text.as_bytes()), NotAComponent::Text { .. }));
}

#[test]
fn types_side_by_side_are_not_deep() {
    let text = format!(
        "(component (type (component {0} (type (instance {0})) {0} (import \"i\" (instance (export \"f\" (func)))))))",
        "(type (component (core type (module)) (alias outer 1 0 (type)) (export \"t\" (type (sub resource)))))"
            .repeat(200)
    )
    .replacen("(alias outer 1 0 (type))", "", 1);
    assert!(ComponentBytes::new(text.into_bytes()).is_ok());
}
