;; One of most things: a core module that is lifted, an import, a nested component, both manifests of names.
(component
  (core module $m
    (func (export "f") (param i32) (result i32) local.get 0)
    (memory (export "memory") 1))
  (core instance $i (instantiate $m))
  (type $async (func async (param "s" (stream u8))))
  (func $f (param "x" u32) (result u32) (canon lift (core func $i "f")))
  (import "a" (func $a (type $async)))
  (component $inner (import "f" (func $f (param "x" u32) (result u32))) (export "g" (func $f)))
  (instance $g (instantiate $inner (with "f" (func $f))))
  (export "run" (func $f))
  (export "later" (func $a))
  (export "example:tasks/text@0.1.0" (instance $g))
  (export "example:tasks/text@0.2.0" (instance $g))
  (export "inline" (instance $g)))
