//! Numbers as decimal digits: one rule for JSON and WAVE, so that a number typed in either is the same value.
//!
//! A number is read from its digits by its own type. An `f32` that is read as a double first is rounded twice, and for
//! some texts that gives a neighbour of the nearest single.

use std::str::FromStr;

/// A float type that can be read from decimal digits.
pub(super) trait Float: FromStr {
    const NAN: Self;
    const INFINITY: Self;
    const NEG_INFINITY: Self;

    fn is_finite(&self) -> bool;
}

impl Float for f32 {
    const NAN: Self = Self::NAN;
    const INFINITY: Self = Self::INFINITY;
    const NEG_INFINITY: Self = Self::NEG_INFINITY;

    fn is_finite(&self) -> bool {
        Self::is_finite(*self)
    }
}

impl Float for f64 {
    const NAN: Self = Self::NAN;
    const INFINITY: Self = Self::INFINITY;
    const NEG_INFINITY: Self = Self::NEG_INFINITY;

    fn is_finite(&self) -> bool {
        Self::is_finite(*self)
    }
}

/// Reads an integer without fraction and exponent; `-0` is 0 (RFC 8259, section 6). `None` if the type does not hold
/// it.
pub(super) fn integer<T: FromStr>(text: &str) -> Option<T> {
    let text = if text == "-0" { "0" } else { text };
    text.parse().ok()
}

/// Reads the float nearest to a number; `None` if that is infinite.
pub(super) fn float<F: Float>(text: &str) -> Option<F> {
    text.parse().ok().filter(F::is_finite)
}

/// Returns a double with few digits that reads back as `single`, both as a single and as a double that is then rounded:
/// 0.1 rather than 0.10000000149011612.
///
/// It has the shortest digits of the single. Where rounding twice would turn those into a neighbour, it equals the
/// single.
pub(super) fn shortest_double(single: f32) -> f64 {
    match single.to_string().parse::<f64>() {
        Ok(double) if double as f32 == single => double,
        Ok(_) | Err(_) => f64::from(single),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::{Value, from_json, from_wave, parse_argument};
    use crate::wit_type::WitType;

    #[test]
    fn a_single_keeps_its_own_digits() {
        for (single, double) in
            [(0.1_f32, 0.1_f64), (-0.0, -0.0), (1e-45, 1e-45), (f32::MAX, 3.402_823_5e38), (1.5, 1.5)]
        {
            assert_eq!(shortest_double(single).to_bits(), double.to_bits());
        }
    }

    #[test]
    fn digits_that_would_be_rounded_twice_are_not_written() {
        let single = f32::from_bits(0x15ae_43fd);
        let digits: f64 = single.to_string().parse().expect("Rust's own digits");
        assert_eq!(digits as f32, f32::from_bits(0x15ae_43fe), "the neighbour");
        assert_eq!(shortest_double(single) as f32, single);
    }

    #[test]
    fn what_would_be_infinite_is_no_float() {
        for text in ["1e39", "-3.5e38"] {
            assert_eq!(float::<f32>(text), None, "{text}");
            assert!(float::<f64>(text).is_some(), "{text}");
        }
        assert_eq!(float::<f64>("1e400"), None);
        assert_eq!(float::<f32>("1e-60"), Some(0.0));
    }

    /// Cases from `lemire-fast-float.txt` of `nigeltao/parse-number-fxx-test-data`: near the middle of two singles.
    #[test]
    fn a_single_is_rounded_once() {
        for (text, bits) in [
            ("1.1877630352973938", 0x3f98_089f),
            ("0.30531780421733856", 0x3e9c_529d),
            ("7.5464513301849365", 0x40f1_7c87),
            ("7.0064923216240854e-46", 0x0000_0001),
        ] {
            let single = Ok(Value::F32(f32::from_bits(bits)));
            assert_eq!(from_json(text, &WitType::F32), single);
            assert_eq!(from_wave(text, &WitType::F32), single);
            assert_eq!(parse_argument(text, &WitType::F32), single);
        }
    }

    #[test]
    fn minus_zero_is_an_integer() {
        use WitType as T;
        for (ty, zero) in [
            (T::S8, Value::S8(0)),
            (T::U8, Value::U8(0)),
            (T::S16, Value::S16(0)),
            (T::U16, Value::U16(0)),
            (T::S32, Value::S32(0)),
            (T::U32, Value::U32(0)),
            (T::S64, Value::S64(0)),
            (T::U64, Value::U64(0)),
        ] {
            assert_eq!(from_json("-0", &ty), Ok(zero.clone()));
            assert_eq!(from_wave("-0", &ty), Ok(zero.clone()));
            assert_eq!(parse_argument("-0", &ty), Ok(zero.clone()));
            let option = T::Option(Box::new(ty));
            let some = Value::Option(Some(Box::new(zero)));
            assert_eq!((from_json("-0", &option), from_wave("-0", &option)), (Ok(some.clone()), Ok(some)));
        }
        for read in [from_json, from_wave] {
            assert_eq!(read("[-0, 7]", &T::bytes()), Ok(Value::Bytes(vec![0, 7])));
            // A float keeps its sign.
            assert_eq!(read("-0", &T::F32), Ok(Value::F32(-0.0)));
            assert!(read("-1", &T::U8).is_err() && read("-00", &T::U8).is_err() && read("-0.0", &T::U8).is_err());
        }
    }

    /// Digits of doubles, of singles, and of the exact middle between two singles.
    fn digits() -> impl Strategy<Value = String> {
        let between = |bits: u32| {
            let (low, high) = (f64::from(f32::from_bits(bits)), f64::from(f32::from_bits(bits + 1)));
            f64::midpoint(low, high)
        };
        prop_oneof![
            any::<f64>().prop_map(|double| format!("{double:e}")),
            any::<f32>().prop_map(|single| format!("{single:e}")),
            (0_u32..0x7f7f_ffff).prop_map(move |bits| format!("{:e}", between(bits))),
            (0_u32..0x7f7f_ffff, "[0-9]{1,12}").prop_map(move |(bits, more)| {
                let digits = format!("{:e}", between(bits));
                let (mantissa, exponent) = digits.split_once('e').expect("an exponent");
                let dot = if mantissa.contains('.') { "" } else { "." };
                format!("{mantissa}{dot}{more}e{exponent}")
            }),
            "-?(0|[1-9][0-9]{0,45})(\\.[0-9]{1,45})?(e-?[0-9]{1,2})?",
        ]
        .prop_filter("a number", |text| !text.contains(['N', 'i']))
    }

    proptest! {
        #[test]
        fn a_text_is_the_single_nearest_to_it(text in digits()) {
            let nearest: f32 = text.parse()?;
            let expected = nearest.is_finite().then_some(Value::F32(nearest));
            prop_assert_eq!(from_json(&text, &WitType::F32).ok(), expected.clone());
            prop_assert_eq!(from_wave(&text, &WitType::F32).ok(), expected.clone());
            prop_assert_eq!(parse_argument(&text, &WitType::F32).ok(), expected);
        }
    }
}
