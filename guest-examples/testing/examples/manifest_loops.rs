//! A manifest that never answers.

testing_guests::hello!(loop {
    std::hint::spin_loop();
});
