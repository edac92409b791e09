//! A manifest that cannot be asked, because answering panics.

testing_guests::hello!(panic!("this manifest has no answer"));
