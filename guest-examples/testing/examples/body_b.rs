//! Declares exactly what `body_a` declares and answers otherwise: the same key for different code.

testing_guests::body!(|n| format!("b{n}"));
