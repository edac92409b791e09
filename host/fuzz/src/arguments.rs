//! `name=value`: inputs have the types of their parameters, whatever was typed and in whatever order.

use std::path::Path;

use arbitrary::{Result, Unstructured};
use larder::arguments::{Argument, typed_inputs};
use larder::{Signature, Value, WitType};
use larder_types::value::{decode_inputs, encode_inputs, to_json_text, to_wave_text};

use crate::{generate, text, values};

/// Reads arguments for a signature, both from `bytes`.
pub fn check(bytes: &[u8]) {
    // Bytes that make no arguments are not a finding.
    let _ = read(&mut Unstructured::new(bytes));
}

fn read(u: &mut Unstructured<'_>) -> Result<()> {
    let signature = generate::signature(u)?;
    let mut arguments = Vec::new();
    for param in &signature.params {
        if u.ratio(7, 8)? {
            arguments.extend(split(&format!("{}={}", param.name, text::almost_value(u, &param.ty)?)));
        }
    }
    for _ in 0..u.int_in_range(0..=1)? {
        let text = generate::string(u)?;
        arguments.extend(split(&text::edited(u, &text)?));
    }
    let Some(inputs) = typed(&signature, &arguments) else { return Ok(()) };

    assert_eq!(inputs.len(), signature.params.len());
    for (input, param) in inputs.iter().zip(&signature.params) {
        assert!(input.has_type(&param.ty), "{input:?} is no {}", param.ty);
    }
    if inputs.iter().all(values::is_known) {
        let encoded = encode_inputs(&inputs, &signature).expect("inputs of their types");
        assert_eq!(decode_inputs(encoded.as_bytes(), &signature).as_ref(), Ok(&inputs));
    }
    arguments.reverse();
    assert_eq!(typed(&signature, &arguments).as_ref(), Some(&inputs), "in another order");
    let forms: [fn(&Value, &WitType) -> String; 2] = [to_json_text, to_wave_text];
    for form in forms {
        let printed = inputs.iter().zip(&signature.params).map(|(input, param)| {
            let (name, text) = (param.name.clone(), form(input, &param.ty));
            Argument { name, text }
        });
        assert_eq!(typed(&signature, &printed.collect::<Vec<_>>()).as_ref(), Some(&inputs), "printed");
    }
    Ok(())
}

fn split(typed: &str) -> Option<Argument> {
    let argument = Argument::split(typed).ok()?;
    assert!(!argument.name.is_empty() && !argument.name.contains('='));
    assert_eq!(format!("{}={}", argument.name, argument.text), typed);
    // An argument that reads a file: the check must neither depend on existing files nor wait for a terminal.
    let is_file = argument.text.starts_with('@') && !argument.text.starts_with("@@");
    (!is_file).then_some(argument)
}

fn typed(signature: &Signature, arguments: &[Argument]) -> Option<Vec<Value>> {
    typed_inputs(signature, arguments, Path::new("/nowhere")).inspect_err(|error| drop(error.to_string())).ok()
}
