;; `sum: func(a: u32, b: u32) -> u32`: a task with nothing to do.
(component
  (core module $m (func (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
  (core instance $c (instantiate $m))
  (func $sum (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $c "sum")))
  (instance $i (export "sum" (func $sum)))
  (export "peers:trivial/sum" (instance $i))
)
