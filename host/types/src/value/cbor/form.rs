//! The form of floats and results in CBOR, for encoder and decoder.

/// The one NaN, RFC 8949 §4.2.2, in half precision.
pub(super) const NAN: u16 = 0x7e00;
/// The first byte of a float in half precision, RFC 8949 §3.3.
pub(super) const HALF: u8 = 0xf9;

/// The position of `ok` and of `err` among the cases of a result.
pub(super) const OK: u32 = 0;
pub(super) const ERR: u32 = 1;

/// Returns `value` as an `f32`, if that keeps it exactly; a NaN keeps only that it is one.
pub(super) fn narrowed(value: f64) -> Option<f32> {
    // The comparison finds what the cast loses.
    let single = value as f32;
    (value.is_nan() || f64::from(single).to_bits() == value.to_bits()).then_some(single)
}

/// Returns the bits of `value` in half precision, if that keeps it exactly; every NaN gives the bits of the one NaN.
pub(super) fn halved(value: f32) -> Option<u16> {
    if value.is_nan() {
        return Some(NAN);
    }
    let half = half::f16::from_f32(value);
    (half.to_f32().to_bits() == value.to_bits()).then(|| half.to_bits())
}
