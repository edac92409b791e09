//! Declares exactly what `body_b` declares and answers otherwise: the same key for different code.

testing_guests::body!(|n| format!("a{n}"));
