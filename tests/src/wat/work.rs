//! Components whose host does the work: each does one thing `times` times, and answers with 7.

/// A component that exports `test:work/transcode#go: func(times: u32) -> u32`: one inner component hands the other a
/// text of 32 MiB, which the engine turns from UTF-8 into UTF-16. No function of the host is called.
pub const TRANSCODE: &str = r#"(component
  (component $Taker
    (core module $m
      (memory (export "memory") 1100)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
      (func (export "take") (param i32 i32)))
    (core instance $i (instantiate $m))
    (func (export "take") (param "text" string) (canon lift (core func $i "take")
      (memory (core memory $i "memory")) (realloc (core func $i "realloc")) string-encoding=utf16)))
  (component $Giver
    (import "take" (func $take (param "text" string)))
    (core module $libc (memory (export "memory") 600))
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $take) (memory (core memory $libc "memory")) string-encoding=utf8))
    (core module $m
      (import "" "take" (func $take (param i32 i32)))
      (func (export "go") (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
        (loop $again
          (call $take (i32.const 0) (i32.const 0x2000000))
          (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (i32.const 7)))
    (core instance $i (instantiate $m (with "" (instance (export "take" (func $take))))))
    (func (export "go") (param "times" u32) (result u32) (canon lift (core func $i "go"))))
  (instance $taker (instantiate $Taker))
  (instance $giver (instantiate $Giver (with "take" (func $taker "take"))))
  (alias export $giver "go" (func $go))
  (instance $x (export "go" (func $go)))
  (export "test:work/transcode" (instance $x))
)"#;

/// A component that exports `test:work/random#go: func(times: u32) -> u32`: asks for 1 MiB of random numbers each time;
/// and `few: func(times: u32) -> u32`, which asks for a thousand bytes.
pub const RANDOM: &str = r#"(component
  (import "wasi:random/random@0.2.0" (instance $r
    (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
  (core module $libc
    (memory (export "memory") 512)
    ;; What the engine does by itself, in the middle of a call of the host.
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (drop (memory.grow (i32.const 0)))
      (i32.const 65536)))
  (core instance $libc (instantiate $libc))
  (alias export $r "get-random-bytes" (func $random))
  (core func $random (canon lower (func $random)
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core module $m
    (import "" "random" (func $random (param i64 i32)))
    (func $ask (param i32 i64) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
      (loop $again
        (call $random (local.get 1) (i32.const 0))
        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (i32.const 7))
    (func (export "go") (param i32) (result i32) (call $ask (local.get 0) (i64.const 0x100000)))
    (func (export "few") (param i32) (result i32) (call $ask (local.get 0) (i64.const 1000))))
  (core instance $i (instantiate $m (with "" (instance (export "random" (func $random))))))
  (func $go (param "times" u32) (result u32) (canon lift (core func $i "go")))
  (func $few (param "times" u32) (result u32) (canon lift (core func $i "few")))
  (instance $x (export "go" (func $go)) (export "few" (func $few)))
  (export "test:work/random" (instance $x))
)"#;

/// A component that exports `test:work/hash#go: func(times: u32) -> u32`: makes a file of 64 MiB in memory each time,
/// which the host copies and hashes, and drops it.
pub const HASH: &str = r#"(component
  (import "larder:task/files@0.1.0" (instance $f
    (export "file" (type $file (sub resource)))
    (type $error' (enum "no-entry" "is-directory" "not-directory" "not-permitted" "loop" "invalid-name" "no-room" "too-large"))
    (export "error" (type $error (eq $error')))
    (export "[static]file.from-bytes"
      (func (param "name" string) (param "bytes" (list u8)) (result (result (own $file) (error $error)))))))
  (core module $libc (memory (export "memory") 1100) (data (i32.const 0) "x"))
  (core instance $libc (instantiate $libc))
  (alias export $f "[static]file.from-bytes" (func $make))
  (alias export $f "file" (type $file))
  (core func $make (canon lower (func $make) (memory (core memory $libc "memory"))))
  (core func $drop (canon resource.drop $file))
  (core module $m
    (import "" "make" (func $make (param i32 i32 i32 i32 i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "memory" (memory 1))
    (func (export "go") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
      (loop $again
        (call $make (i32.const 0) (i32.const 1) (i32.const 65536) (i32.const 0x4000000) (i32.const 16))
        (if (i32.load8_u (i32.const 16)) (then (return (i32.const 1))))
        (call $drop (i32.load (i32.const 20)))
        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (i32.const 7)))
  (core instance $i (instantiate $m (with "" (instance
    (export "make" (func $make)) (export "drop" (func $drop)) (export "memory" (memory $libc "memory"))))))
  (func $go (param "times" u32) (result u32) (canon lift (core func $i "go")))
  (instance $x (export "go" (func $go)))
  (export "test:work/hash" (instance $x))
)"#;

/// A component that exports `test:work/fill#go: func(times: u32) -> u32`: fills 64 MiB of memory each time, without a
/// host function and without a chance to be interrupted.
pub const FILL: &str = r#"(component
  (core module $m
    (memory (export "memory") 1100)
    (func (export "go") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
      (loop $again
        (memory.fill (i32.const 0) (i32.const 7) (i32.const 0x4000000))
        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $go (param "times" u32) (result u32) (canon lift (core func $i "go")))
  (instance $x (export "go" (func $go)))
  (export "test:work/fill" (instance $x))
)"#;
