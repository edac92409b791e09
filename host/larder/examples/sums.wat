;; A component with two tasks, for the examples in the documentation.
(component
  (core module $code
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "divide") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1))))
  (core instance $code (instantiate $code))
  (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $code "add")))
  (func $divide (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $code "divide")))
  (instance $sums (export "add" (func $add)) (export "divide" (func $divide)))
  (export "examples:math/sums" (instance $sums)))
