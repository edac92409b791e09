//! Files in the open world, where there is no scratch folder.

use larder_tests::{guests, world};

use super::directory;

#[test]
fn an_open_task_reads_its_files_too() {
    let world = world!();
    world.write("a.txt", "hello");
    directory(&world, "d");
    let seen = world.run(guests::FILES, "out-there", &["f=a.txt", "d=d", "--open", "--out", "o"]);
    assert_eq!((&seen.0["world"], &seen.0["stored"]), (&"open".into(), &false.into()));
    let told: Vec<&str> = seen.result()[0].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(&told[..3], ["/files/1", "hello", "hello"]);
    assert!(told.contains(&"sub/two: 4 bytes, \"two\\n\"") && told.contains(&"link: link to sub/two"), "{told:#?}");
    // Given files can only be read, and there is no place to write a file to.
    assert!(!told.contains(&"written") && !told.contains(&"made"), "{told:#?}");
    assert_eq!(std::fs::read_to_string(world.folder().join("o/made.txt")).unwrap(), "ababab");
    assert_eq!(std::fs::read_to_string(world.folder().join("a.txt")).unwrap(), "hello");
}
