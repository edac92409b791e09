//! Integers that a component's language cannot represent. They are refused on both sides of a run, so that no answer
//! depends on a wrong number, whoever wrote the task.
//!
//! JavaScript on QuickJS (componentize-qjs 0.4) has one type of number, the double:
//!
//! - A `u64` or `s64` beyond ±(2^53 - 1) is rounded on its way in. On its way out it is already a double: 2^53 may have
//!   been 2^53 + 1.
//! - A `u32` from 2^31 on arrives as a negative number, and is returned as 2^31 - 1. So a returned 2^31 - 1 may have
//!   been any number from there on, and a greater one stems from a negative number or an array of another type.
//!
//! All of this happens silently. A hit needs neither check: the component that made its answer could represent the
//! integers.

use crate::error::Error;
use crate::prepare::Prepared;
use larder_sandbox::RunError;
use larder_types::value::Value;

/// The greatest integer that a double distinguishes from its neighbours: `Number.MAX_SAFE_INTEGER` of ECMAScript.
const MAX_SAFE_INTEGER: u128 = (1 << 53) - 1;

impl Prepared {
    /// Refuses inputs that the component would receive as other numbers.
    pub(crate) fn check_inputs_are_held(&self, inputs: &[Value]) -> Result<(), Error> {
        if !self.component.declared.is_made_for_quickjs() {
            return Ok(());
        }
        for (input, parameter) in inputs.iter().zip(&self.task().exported.signature.params) {
            if let Some(integer) = input.find_integer(&parameter.ty, is_lost_on_its_way_in)? {
                return Err(Error::NotRepresentable { parameter: parameter.name.clone(), integer });
            }
        }
        Ok(())
    }

    /// Refuses a result that the component may have made from another number.
    pub(crate) fn check_result_is_held(&self, result: Option<&Value>) -> Result<(), RunError> {
        let ty = self.task().exported.signature.result.as_ref();
        let (true, Some(result), Some(ty)) = (self.component.declared.is_made_for_quickjs(), result, ty) else {
            return Ok(());
        };
        match result.find_integer(ty, is_doubtful_on_its_way_out) {
            Ok(None) => Ok(()),
            Ok(Some(integer)) => Err(RunError::NotRepresentable { integer }),
            Err(error) => Err(RunError::Internal(error.to_string())),
        }
    }
}

fn is_lost_on_its_way_in(ty: &str, number: i128) -> bool {
    let greatest = if ty == "u32" { i32::MAX.unsigned_abs().into() } else { MAX_SAFE_INTEGER };
    number.unsigned_abs() > greatest
}

fn is_doubtful_on_its_way_out(ty: &str, number: i128) -> bool {
    is_lost_on_its_way_in(ty, number) || ty == "u32" && number == i32::MAX.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_64_bits_are_held_up_to_the_greatest_safe_one() {
        let greatest = (1_i128 << 53) - 1;
        for ty in ["u64", "s64"] {
            for number in [0, -1, i128::from(u32::MAX), greatest, -greatest] {
                assert!(!is_lost_on_its_way_in(ty, number) && !is_doubtful_on_its_way_out(ty, number), "{ty} {number}");
            }
            for number in [greatest + 1, -greatest - 1, i64::MAX.into(), i64::MIN.into(), u64::MAX.into()] {
                assert!(is_lost_on_its_way_in(ty, number) && is_doubtful_on_its_way_out(ty, number), "{ty} {number}");
            }
        }
    }

    #[test]
    fn a_u32_that_may_have_been_cut_is_no_answer() {
        let greatest = i128::from(i32::MAX);
        assert!(!is_lost_on_its_way_in("u32", greatest) && is_doubtful_on_its_way_out("u32", greatest));
        assert!(!is_doubtful_on_its_way_out("u32", greatest - 1));
        assert!(is_lost_on_its_way_in("u32", greatest + 1) && is_doubtful_on_its_way_out("u32", greatest + 1));
    }
}
