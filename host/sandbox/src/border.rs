//! The memory that values take in the engine's own form while they cross the border, compared with the fuel of host
//! calls that the engine charges for them.
//!
//! The engine charges 40 bytes for each element, field and item, and one for each byte of a text or a name. Its values
//! take more: a record has a text for the name of each field, a set of flags one for each flag, an `option` a box. The
//! difference depends on the type alone, so the fuel of a call is reduced accordingly. Converted values are freed
//! piece by piece and are no larger than before, so a whole conversion stays within the limit.

use larder_types::{Case, Field, TypeKind, WitType};

/// Size of the engine's value, and the charge for it.
const VAL: f64 = 40.0;

/// Overhead of the allocator for a box or a buffer.
const ALLOCATION: f64 = 16.0;

/// Size of a text's own part, which holds its length and its pointer.
const TEXT: f64 = 24.0;

/// Returns the fuel for host calls with which lifting a value of type `ty` takes at most `bytes`.
pub(super) fn fuel_to_lift(ty: Option<&WitType>, bytes: usize) -> usize {
    let ratio = ty.map_or(1.0, skeleton);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a limit need not be exact to the byte, and is not negative"
    )]
    let fuel = (bytes as f64 / ratio) as usize;
    fuel
}

/// Returns the ratio for a single value: it is as large as its type, and only the lists in it can be larger.
fn skeleton(ty: &WitType) -> f64 {
    if let TypeKind::List(element) = ty.kind() { ratio(element) } else { greatest(ty.parts().map(skeleton)) }
}

/// Returns the greatest ratio of memory to charge for any value of a type, both including its own 40 bytes.
fn ratio(ty: &WitType) -> f64 {
    match ty.kind() {
        TypeKind::Bool | TypeKind::Number | TypeKind::Char | TypeKind::Blob(_) => 1.0,
        // One letter, in the smallest allocation.
        TypeKind::String => (VAL + 2.0 * ALLOCATION) / (VAL + 1.0),
        TypeKind::Bytes => list(1.0),
        TypeKind::List(element) => list(ratio(element)),
        TypeKind::Record(fields) => record(fields),
        TypeKind::Tuple(types) => {
            let own = VAL + ALLOCATION + VAL * (room(types.len()) - count(types.len()));
            whole(own, VAL, types.iter().map(ratio))
        }
        TypeKind::Variant(cases) => greatest(cases.iter().map(case)),
        TypeKind::Enum(names) => greatest(names.iter().map(|name| (VAL + named(name)) / (VAL + letters(name)))),
        TypeKind::Option(some) => boxed(some),
        TypeKind::Result { ok, err } => greatest([ok, err].into_iter().flatten().map(boxed)),
        TypeKind::Flags(names) => {
            let texts = names.iter().map(|name| named(name)).sum::<f64>();
            (VAL + ALLOCATION + TEXT * room(names.len()) + texts)
                / (VAL + names.iter().map(|name| letters(name)).sum::<f64>())
        }
    }
}

/// Returns the ratio of a list whose elements have this ratio: with one element in a buffer for four, or with many in
/// one that is half full.
fn list(element: f64) -> f64 {
    let one = (4.0 * VAL + ALLOCATION + VAL * element) / (2.0 * VAL);
    one.max(1.0 + element)
}

fn record(fields: &[Field]) -> f64 {
    let names = fields.iter().map(|field| named(&field.name)).sum::<f64>();
    let own = VAL + ALLOCATION + (TEXT + VAL) * room(fields.len()) - VAL * count(fields.len()) + names;
    let charged = VAL + fields.iter().map(|field| letters(&field.name)).sum::<f64>();
    whole(own, charged, fields.iter().map(|field| ratio(&field.ty)))
}

fn case(case: &Case) -> f64 {
    let Case { name, ty } = case;
    match ty {
        None => (VAL + named(name)) / (VAL + letters(name)),
        Some(ty) => whole(VAL + named(name) + ALLOCATION, letters(name), [ratio(ty)].into_iter()),
    }
}

/// Returns the ratio of a value in a box; the box is not charged.
fn boxed(ty: &WitType) -> f64 {
    whole(VAL + ALLOCATION, 0.0, [ratio(ty)].into_iter())
}

/// Returns the ratio of a value that takes `own` and is charged `charged`, excluding the values inside. It is greatest
/// where these two are as small as possible, or so large that nothing else counts.
fn whole(own: f64, charged: f64, inside: impl Iterator<Item = f64> + Clone) -> f64 {
    let least = inside.clone().fold((own, charged), |(takes, charged), ratio| (takes + VAL * ratio, charged + VAL));
    (least.0 / least.1.max(1.0)).max(greatest(inside))
}

/// Returns the capacity of a buffer that has grown to `items` by doubling.
fn room(items: usize) -> f64 {
    count(items.next_power_of_two().max(4))
}

#[expect(clippy::cast_precision_loss, reason = "a type has not so many parts")]
const fn count(items: usize) -> f64 {
    items as f64
}

/// Returns the memory of a name's text, without its own part.
fn named(name: &str) -> f64 {
    count(name.len()).max(ALLOCATION) + ALLOCATION
}

const fn letters(name: &str) -> f64 {
    count(name.len())
}

fn greatest(ratios: impl Iterator<Item = f64>) -> f64 {
    ratios.fold(1.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list_of(element: WitType) -> WitType {
        WitType::List(Box::new(element))
    }

    fn ratio_of(ty: &WitType) -> usize {
        1_000_000 / fuel_to_lift(Some(ty), 1_000_000)
    }

    #[test]
    fn numbers_and_bytes_take_what_is_charged() {
        for ty in [WitType::U64, WitType::String, list_of(WitType::U8), list_of(WitType::U32)] {
            assert_eq!(fuel_to_lift(Some(&ty), 1000), 1000, "{ty}");
        }
        assert_eq!(fuel_to_lift(None, 1000), 1000);
    }

    #[test]
    fn what_is_in_a_list_counts_for_what_it_takes() {
        let flags = WitType::Flags((0..32).map(|flag| format!("f{flag}")).collect());
        let field = |name: &str, ty| Field { name: name.to_owned(), ty };
        let record = WitType::Record(vec![field("a", WitType::U8)]);
        let deep = (0..10).fold(WitType::U8, |ty, _| WitType::Option(Box::new(ty)));
        for (element, least, most) in
            [(WitType::String, 1, 2), (record, 3, 5), (flags, 10, 20), (deep, 10, 20), (list_of(WitType::U8), 2, 4)]
        {
            let nested = WitType::Result { ok: Some(Box::new(list_of(element.clone()))), err: None };
            assert_eq!(ratio_of(&list_of(element.clone())), ratio_of(&nested), "{element}");
            assert!((least..=most).contains(&ratio_of(&nested)), "{element}: {}", ratio_of(&nested));
        }
    }
}
