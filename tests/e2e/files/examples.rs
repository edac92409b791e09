//! The example guests on their data.

use larder_tests::{guests, workspace, world};
use serde_json::json;

use super::{blob, digest};

fn data(path: &str) -> String {
    workspace().join("guest-examples").join(path).display().to_string()
}

#[test]
fn kmers_are_counted_into_a_table() {
    let world = world!();
    let genome = format!("reads={}", data("kmers/data/NC_001422.1.fasta"));
    let counted = world.run(guests::KMERS, "count", &[&genome, "k=3", "--out", "o"]);
    assert_eq!(blob(&counted, "/ok/bases"), 5386);
    // Canonical 3-mers: half of 64, since no 3-mer is its own reverse complement.
    assert_eq!(blob(&counted, "/ok/distinct"), 32);
    let table = std::fs::read_to_string(world.folder().join("o/kmers.tsv")).unwrap();
    let total: u64 = table.lines().map(|line| line.split_once('\t').unwrap().1.parse::<u64>().unwrap()).sum();
    assert_eq!((total, table.lines().count()), (5384, 32));
    let reads = format!("reads={}", data("kmers/data/reads.fastq.gz"));
    assert_eq!(blob(&world.run(guests::KMERS, "count", &[&reads, "k=21"]), "/ok/sequences"), 250);
    // The same content under another name.
    world.write("copy", std::fs::read(data("kmers/data/NC_001422.1.fasta")).unwrap());
    world.run(guests::KMERS, "count", &["reads=copy", "k=3"]).is_a_hit();
    let png = format!("reads={}", data("thumbnail/data/shapes.png"));
    assert!(world.ends(1, guests::KMERS, "count", &[&png, "k=3"]).result()["err"]["unknown-format"].is_string());
    assert_eq!(
        world.ends(1, guests::KMERS, "count", &[&genome, "k=33"]).result(),
        &json!({ "err": { "k-out-of-range": 33 } })
    );
}

#[test]
fn thumbnails_of_a_picture_are_a_directory_that_the_next_task_takes() {
    let world = world!();
    for picture in ["shapes.png", "shapes.jpg"] {
        let image = format!("image={}", data(&format!("thumbnail/data/{picture}")));
        let made = world.run(guests::THUMBNAIL, "thumbnails", &[&image, "widths=[16, 64]", "--out", picture]);
        for name in ["16.png", "64.png"] {
            let png = std::fs::read(world.folder().join(picture).join("thumbnails").join(name)).unwrap();
            assert_eq!(&png[..4], b"\x89PNG", "{picture} {name}");
        }
        let tree = format!("tree={}", digest(&made, "/ok"));
        let counted = world.run(guests::WC_TREE, "count", &[&tree]);
        assert_eq!((blob(&counted, "/ok/files"), blob(&counted, "/ok/directories")), (&json!(2), &json!(0)));
        assert_eq!(blob(&counted, "/ok/largest"), "64.png");
    }
}

#[test]
fn a_tree_is_counted() {
    let world = world!();
    super::directory(&world, "d");
    world.write("d/words", "a b  c\nd\n");
    let counted = world.run(guests::WC_TREE, "count", &["tree=d"]);
    let expected = json!({
        "ok": { "files": 3, "directories": 1, "links": 1, "lines": 4, "words": 6, "bytes": 17, "largest": "words" }
    });
    assert_eq!(counted.result(), &expected);
    world.run(guests::WC_TREE, "count", &["tree=./d/"]).is_a_hit();
}
