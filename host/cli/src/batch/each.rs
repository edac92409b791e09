//! `--each NAME=PATTERN`: a call for each of many values of a parameter.
//!
//! The text after the `=` is read as for a parameter that takes a list. For files and directories it is a pattern or
//! `@LIST`, and for any other type a list of values. For a text it may also be `@` and a pattern: the content of each
//! file. An invalid value is an error of the calls that use it.

use super::rows::{Reading, Take, Taken};
use crate::problem::Problem;
use larder::arguments::{Argument, Element, Inputs};
use larder::value::Value;

/// The values of some parameters, by name.
#[derive(Debug)]
pub(super) struct Each {
    params: Vec<(String, Vec<Element>)>,
    product: bool,
}

impl Each {
    pub(super) fn new(typed: &[String], product: bool, fixed: &Inputs<'_>) -> anyhow::Result<Self> {
        let mut params: Vec<(String, Vec<Element>)> = Vec::new();
        let mut probe = fixed.clone();
        for typed in typed {
            let Argument { name, text } = Argument::split(typed)?;
            let values = probe.each(&name, &text)?;
            probe.value(&name, Value::Option(None))?;
            params.push((name, values));
        }
        probe.complete()?;
        let each = Self { params, product };
        let lengths: Vec<usize> = each.params.iter().map(|(_, values)| values.len()).collect();
        if !product && lengths.windows(2).any(|two| two[0] != two[1]) {
            let found = each.params.iter().map(|(name, values)| format!("{} for `{name}`", values.len())).collect();
            return Err(Problem::UnequalEach { found }.into());
        }
        each.calls().ok_or(Problem::TooManyCalls)?;
        Ok(each)
    }

    /// Returns the number of calls; `None` if it is too large to count.
    pub(super) fn calls(&self) -> Option<u64> {
        let mut lengths = self.params.iter().map(|(_, values)| values.len() as u64);
        if self.product { lengths.try_fold(1, u64::checked_mul) } else { lengths.next() }
    }

    pub(super) fn read(self, reading: &Reading<'_>, take: &mut Take<'_>) {
        for call in 0..self.calls().unwrap_or(0) {
            if take(self.call(call, &reading.fixed)).is_break() {
                return;
            }
        }
    }

    /// Returns one call: in a product, the last parameter changes fastest.
    fn call(&self, call: u64, fixed: &Inputs<'_>) -> Taken {
        let mut elements = Vec::new();
        let mut rest = call;
        for (name, values) in self.params.iter().rev() {
            let length = values.len() as u64;
            let at = if self.product { rest % length } else { call };
            rest /= length;
            elements.extend(usize::try_from(at).ok().and_then(|at| values.get(at)).map(|element| (name, element)));
        }
        let origin = |(name, element): &(&String, &Element)| Some(((*name).clone(), element.path()?.to_owned()));
        let origins = elements.iter().filter_map(origin).collect();
        Taken { line: None, id: None, origins, inputs: inputs(&elements, fixed) }
    }
}

fn inputs(elements: &[(&String, &Element)], fixed: &Inputs<'_>) -> anyhow::Result<Vec<Value>> {
    let mut inputs = fixed.clone();
    for (name, element) in elements {
        inputs.element(name, element)?;
    }
    Ok(inputs.complete()?)
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::path::Path;

    use super::*;
    use larder::{Field, Signature, WitType};

    fn pairs(typed: &[&str], product: bool, fixed: &[(&str, &str)]) -> Result<Vec<(u8, u16)>, String> {
        let field = |name: &str, ty| Field { name: name.into(), ty };
        let signature = Signature { params: vec![field("a", WitType::U8), field("b", WitType::U16)], result: None };
        let mut inputs = Inputs::new(&signature, Path::new("/here"));
        fixed.iter().for_each(|(name, text)| inputs.typed(name, text).unwrap());
        let typed: Vec<String> = typed.iter().map(|typed| (*typed).to_owned()).collect();
        let each = Each::new(&typed, product, &inputs).map_err(|error| error.to_string())?;
        let mut pairs = Vec::new();
        each.read(&Reading { fixed: inputs, id: None, ignore_extra: false }, &mut |taken| {
            match taken.inputs.as_deref() {
                Ok([Value::U8(a), Value::U16(b)]) => pairs.push((*a, *b)),
                Ok(other) => panic!("{other:?}"),
                // Only this value is invalid.
                Err(_) => pairs.push((0, 0)),
            }
            ControlFlow::Continue(())
        });
        Ok(pairs)
    }

    #[test]
    fn what_does_not_fit_is_told() {
        for (typed, fixed, message) in [
            (&["a"][..], &[][..], "`a` is not an argument"),
            (&["a=[1]"], &[], "missing: `b: u16`"),
            (&["c=[1]"], &[("a", "1"), ("b", "1")], "no parameter `c`"),
            (&["a=[1]", "a=[2]"], &[("b", "1")], "`a` is given more than once"),
            (&["a=[1]", "b=[2]"], &[("b", "1")], "`b` is given more than once"),
            (&["a=[1, 2]", "b=[1, 2, 3]"], &[], "2 for `a`, 3 for `b`"),
            (&["a=7"], &[("b", "1")], "parameter `a` should be list<u8>"),
        ] {
            let error = pairs(typed, false, fixed).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn values_go_side_by_side_or_all_with_all() {
        assert_eq!(pairs(&["a=[1, 2]", "b=[3, 4]"], false, &[]), Ok(vec![(1, 3), (2, 4)]));
        let product = vec![(1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5)];
        assert_eq!(pairs(&["a=[1, 2]", "b=[3, 4, 5]"], true, &[]), Ok(product));
        assert_eq!(pairs(&["b=[3]"], false, &[("a", "9")]), Ok(vec![(9, 3)]));
        assert_eq!(pairs(&["a=[]", "b=[3]"], true, &[]), Ok(vec![]));
        assert_eq!(pairs(&["a=[1, 256, 2]"], false, &[("b", "9")]), Ok(vec![(1, 9), (0, 0), (2, 9)]));
    }
}
