//! A manifest that has the host hash without end.

testing_guests::hello!({
    let bytes = vec![0; 15 << 20];
    loop {
        drop(bindings::larder::task::files::File::from_bytes("x", &bytes));
    }
});
