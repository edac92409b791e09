;; Types in types and components in components, each with names, which are custom sections.
(component $outer
  (type (component (type (component (type (instance (type u8) (export "t" (type (eq 0))))))) (import "x" (func))))
  (component $a
    (component $b
      (core module $m (func $named (export "f") nop) (data "x"))
      (core instance $i (instantiate $m))
      (alias core export $i "f" (core func $f))
      (func (export "f") (canon lift (core func $f))))
    (instance $b (instantiate $b))
    (export "g" (func $b "f")))
  (instance $a (instantiate $a))
  (@custom "note" "text")
  (export "f" (func $a "g")))
