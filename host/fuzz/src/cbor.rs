//! CBOR from a cache, which anyone may have damaged: it is read only if it is exactly what would be written.

use arbitrary::{Result, Unstructured};
use larder::WitType;
use larder_component::declare::{Declared, Exports, attach};
use larder_types::value::{decode, decode_inputs, decode_result, encode, encode_inputs, encode_result};

use crate::damage::damage;
use crate::{generate, manifest, stored};

/// Decodes a value of a type, inputs or a result, or declarations, all from `bytes`.
pub fn check(bytes: &[u8]) {
    let u = &mut Unstructured::new(bytes);
    // Bytes that make no type are not a finding.
    let _ = match u.int_in_range(0..=4) {
        Ok(0) => declarations(u),
        Ok(1) => call(u),
        Ok(2) => pair(u),
        _ => value(u),
    };
}

/// Deterministic CBOR has one encoding for each value, so a decoded value encodes to the same bytes.
fn value(u: &mut Unstructured<'_>) -> Result<()> {
    let ty = generate::wit_type(u)?;
    let bytes = almost_encoded(u, &ty)?;
    if let Ok(value) = decode(&bytes, &ty) {
        assert!(value.has_type(&ty), "{value:?} is no {ty}");
        assert_eq!(encode(&value, &ty).as_ref(), Ok(&bytes), "{ty}: {value:?}");
    }
    Ok(())
}

/// Generates an encoding with a few bytes changed, or arbitrary bytes.
fn almost_encoded(u: &mut Unstructured<'_>, ty: &WitType) -> Result<Vec<u8>> {
    if u.arbitrary()? {
        return Ok(u.bytes(u.len())?.to_vec());
    }
    let value = generate::value(u, ty)?;
    let mut bytes = encode(&value, ty).expect("a value of its type");
    assert_eq!(decode(&bytes, ty), Ok(value), "{ty}");
    damage(u, &mut bytes)?;
    Ok(bytes)
}

/// Two values of a type share an encoding only if they are equal.
fn pair(u: &mut Unstructured<'_>) -> Result<()> {
    let ty = generate::wit_type(u)?;
    let (one, other) = (generate::value(u, &ty)?, generate::value(u, &ty)?);
    assert_eq!(one == other, encode(&one, &ty) == encode(&other, &ty), "{ty}: {one:?}, {other:?}");
    Ok(())
}

fn call(u: &mut Unstructured<'_>) -> Result<()> {
    let signature = generate::signature(u)?;
    let inputs = signature.params.iter().map(|param| generate::value(u, &param.ty)).collect::<Result<Vec<_>>>()?;
    let encoded = encode_inputs(&inputs, &signature).expect("inputs of their types");
    for ((input, param), bytes) in inputs.iter().zip(&signature.params).zip(encoded.each()) {
        assert_eq!(decode(bytes, &param.ty).as_ref(), Ok(input));
    }
    assert_eq!(decode_inputs(encoded.as_bytes(), &signature), Ok(inputs));
    let bytes = u.bytes(u.len())?;
    if let Ok(inputs) = decode_inputs(bytes, &signature) {
        assert_eq!(encode_inputs(&inputs, &signature).expect("inputs of their types").as_bytes(), bytes);
    }
    if let Ok(result) = decode_result(bytes, signature.result.as_ref()) {
        assert_eq!(encode_result(result.as_ref(), signature.result.as_ref()).as_deref(), Ok(bytes));
    }
    Ok(())
}

/// Checks declarations, as a store keeps them. They may have more than one encoding, but none that loses anything.
fn declarations(u: &mut Unstructured<'_>) -> Result<()> {
    let mut exports = manifest::exported(u)?;
    for task in &mut exports.tasks {
        task.signature = generate::signature(u)?;
    }
    stored::assert_comes_back(&exports);
    let declared = attach(&exports, Vec::new()).expect("nothing to attach");
    stored::assert_comes_back(&declared);

    let mut bytes = if u.arbitrary()? { minicbor::to_vec(&exports) } else { minicbor::to_vec(&declared) }
        .expect("a vector takes all bytes");
    damage(u, &mut bytes)?;
    if let Ok(declared) = minicbor::decode::<Declared>(&bytes) {
        stored::assert_comes_back(&declared);
    }
    if let Ok(exports) = minicbor::decode::<Exports>(&bytes) {
        stored::assert_comes_back(&exports);
    }
    Ok(())
}
