;; Instances that nest by reference: a chain of a hundred more of them is deeper than the validator goes.
(component
  (instance $a)
  (instance $b (export "a" (instance $a)))
  (instance $c (export "a" (instance $b)))
  (type $t (instance))
  (type $u (instance (alias outer 1 $t (type $x)) (export "a" (instance (type $x)))))
  (import "u" (instance $u (type $u)))
  (instance $d (export "a" (instance $c)) (export "u" (instance $u)))
  (export "x" (instance $d)))
