//! Canaries of the bet on wasmtime's traits: each test fails when a point at the head of `abi` no longer holds.

use wasmtime::component::{Component, Func, Instance, Linker};
use wasmtime::{Engine, Store};

use super::*;

/// Functions of numbers, texts and bytes, and one of other types. `places` weighs each of its 16 parameters by its
/// position.
const FUNCTIONS: &str = r#"(component
  (core module $m
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $free)
      (global.set $free (i32.add (global.get $free) (local.get 3))))
    (func (export "places") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i64)
      WEIGHED)
    (func (export "none") (result i32) (i32.const 7))
    (func (export "many") (param i32))
    (func (export "length") (param i32 i32) (result i32) (local.get 1)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "places") PLACES (result u64) (canon lift (core func $i "places")))
  (func (export "none") (result u8) (canon lift (core func $i "none")))
  (func (export "many") MANY
    (canon lift (core func $i "many") (memory $memory) (realloc $realloc)))
  (func (export "text") (param "p" string) (result u32)
    (canon lift (core func $i "length") (memory $memory) (realloc $realloc)))
  (func (export "wide") (param "p" (list u16)) (result u32)
    (canon lift (core func $i "length") (memory $memory) (realloc $realloc))))"#;

/// Returns `count` parameters of type `u32`.
fn params(count: usize) -> String {
    (0..count).map(|place| format!("(param \"p{place}\" u32) ")).collect()
}

fn instance() -> (Store<()>, Instance) {
    let weighed = (0..MAX_SLOTS).fold("(i64.const 0)".to_owned(), |sum, place| {
        let weight = place + 1;
        format!("(i64.add {sum} (i64.mul (i64.const {weight}) (i64.extend_i32_u (local.get {place}))))")
    });
    let text = FUNCTIONS
        .replace("WEIGHED", &weighed)
        .replace("PLACES", &params(MAX_SLOTS))
        .replace("MANY", &params(MAX_SLOTS + 1));
    let engine = Engine::default();
    let component = Component::from_binary(&engine, &wat::parse_str(text).unwrap()).unwrap();
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    (store, instance)
}

fn function(store: &mut Store<()>, instance: &Instance, name: &str) -> Func {
    instance.get_func(store, name).unwrap()
}

/// Point 1: arguments of other types are refused before a value is read.
#[test]
fn a_function_of_other_types_is_not_typed() {
    let (mut store, instance) = instance();
    let mut is_typed = |name| {
        let function = function(&mut store, &instance, name);
        (
            function.typed::<Arguments, (Number,)>(&store).is_ok(),
            function.typed::<Arguments, (Sequence,)>(&store).is_ok(),
            function.typed::<Arguments, ()>(&store).is_ok(),
        )
    };
    for name in ["places", "none", "text"] {
        assert_eq!(is_typed(name), (true, false, false), "{name}");
    }
    for name in ["many", "wide"] {
        assert_eq!(is_typed(name), (false, false, false), "{name}");
    }
}

/// Points 2 and 3: each parameter arrives in its position, for zero and for the maximum number of them, and a number
/// comes back.
#[test]
fn parameters_are_handed_over_flat() {
    let (mut store, instance) = instance();
    let mut call = |name, values: Vec<Value>| {
        let function = function(&mut store, &instance, name).typed::<Arguments, (Number,)>(&store).unwrap();
        function.call(&mut store, Arguments(values)).map(|(Number(value),)| value)
    };
    let values = |place: u32| u32::MAX - place * place;
    let weighed = (0..16).map(|place| u64::from(place + 1) * u64::from(values(place))).sum();
    assert_eq!(call("places", (0..16).map(|place| Value::U32(values(place))).collect()).unwrap(), Value::U64(weighed));
    assert_eq!(call("none", Vec::new()).unwrap(), Value::U8(7));
    assert_eq!(call("text", vec![Value::String("four".to_owned())]).unwrap(), Value::U32(4));
    // A wrong number of arguments never reaches the guest.
    assert!(call("none", vec![Value::U32(1)]).is_err());
    assert!(call("text", Vec::new()).is_err());
}

/// Point 4.
#[test]
fn what_stands_for_a_type_has_its_layout() {
    fn layout<T: ComponentType>() -> (CanonicalAbiInfo, usize) {
        (T::ABI, size_of::<T::Lower>())
    }
    assert_eq!(layout::<Sequence>(), layout::<String>());
    assert_eq!(layout::<Sequence>(), layout::<Vec<u8>>());
    let number = size_of::<<Number as ComponentType>::Lower>();
    let numbers = [
        layout::<bool>().1,
        layout::<u8>().1,
        layout::<i8>().1,
        layout::<u16>().1,
        layout::<i16>().1,
        layout::<u32>().1,
        layout::<i32>().1,
        layout::<u64>().1,
        layout::<i64>().1,
        layout::<f32>().1,
        layout::<f64>().1,
        layout::<char>().1,
    ];
    assert_eq!(numbers, [number; 12]);
    assert_eq!(layout::<Arguments>().1, MAX_SLOTS * number);
}
