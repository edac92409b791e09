;; Every type that a signature may have.
(component
  (import "i" (instance $i
    (type $e (enum "a" "b")) (export "e" (type $e' (eq $e)))
    (type $g (flags "r" "w" "x")) (export "g" (type $g' (eq $g)))
    (type $v (variant (case "none") (case "some" (tuple bool s8 $e')))) (export "v" (type $v' (eq $v)))
    (type $r (record (field "a" u8) (field "b" s16) (field "c" (list u16)) (field "d" $v'))) (export "r" (type $r' (eq $r)))
    (export "f" (func (param "p" s32) (param "q" (option (option u32))) (param "s" (result s64 (error u64)))
      (result (result (list $r')))))
    (export "g-all" (func (param "f" f32) (param "d" f64) (param "c" char) (param "t" string) (param "g" $g')
      (result (tuple (result) (result (error string))))))))
  (export "x:y/z" (instance $i)))
