//! An `f32` as decimal digits: one rule for JSON and WAVE, so that a number typed in either is the same value.
//!
//! Digits are read as a double, and the double is rounded to a single, because that is all that a JSON reader gives.
//! For about one text in a billion this rounds twice, to the single beside the nearest one; the writer knows which.

/// The single nearest to `double`; none if a finite double would become infinite.
pub(super) fn nearest_single(double: f64) -> Option<f32> {
    let single = double as f32;
    (single.is_finite() || !double.is_finite()).then_some(single)
}

/// A double with few digits that is read back as `single`: 0.1 rather than 0.10000000149011612.
///
/// It has the single's own shortest digits; where rounding twice would make them its neighbour's, it is equal to it.
pub(super) fn shortest_double(single: f32) -> f64 {
    match single.to_string().parse::<f64>() {
        Ok(double) if double as f32 == single => double,
        Ok(_) | Err(_) => f64::from(single),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_keeps_its_own_digits() {
        for (single, double) in
            [(0.1_f32, 0.1_f64), (-0.0, -0.0), (1e-45, 1e-45), (f32::MAX, 3.402_823_5e38), (1.5, 1.5)]
        {
            assert_eq!(shortest_double(single).to_bits(), double.to_bits());
        }
    }

    #[test]
    fn digits_that_would_be_rounded_twice_are_not_used() {
        let single = f32::from_bits(0x15ae_43fd);
        let digits: f64 = single.to_string().parse().expect("Rust's own digits");
        assert_eq!(nearest_single(digits), Some(f32::from_bits(0x15ae_43fe)), "the neighbour");
        assert_eq!(nearest_single(shortest_double(single)), Some(single));
    }

    #[test]
    fn only_infinity_becomes_infinite() {
        assert_eq!(nearest_single(1e39), None);
        assert_eq!(nearest_single(-3.5e38), None);
        assert_eq!(nearest_single(f64::INFINITY), Some(f32::INFINITY));
        assert_eq!(nearest_single(1e-60), Some(0.0));
    }
}
