//! Uses its scratch folder by the asynchronous functions and the streams of WASI 0.3.

use std::any::Any;

use testing_guests::{Numbers, declared};

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        inline: r#"
            package testing:async-files@0.1.0;

            interface files {
                /// A line for each thing done.
                transcript: async func() -> list<string>;
                /// What the tests of WASI 0.3 ask of flags, of a position and of a link.
                by-the-book: async func() -> list<string>;
                /// Streams so many MiB into a file, and answers with its size and how the stream ended.
                fill: async func(mib: u32) -> tuple<u64, string>;
                /// Has the host pour a file of so many MiB, all of it holes, into standard output, and answers with how
                /// that ended: no byte passes through the task.
                pour: async func(mib: u32) -> string;
                /// So many calls, chosen by the seed, each as large as it likes; answers with how many there were.
                wild: async func(seed: u64, calls: u32) -> u32;
            }

            world filing {
                include larder:task/task@0.1.0;
                import wasi:filesystem/types@0.3.0;
                import wasi:filesystem/preopens@0.3.0;
                import wasi:cli/stdout@0.3.0;
                export files;
            }

            package wasi:clocks@0.3.0 {
                interface system-clock {
                    record instant {
                        seconds: s64,
                        nanoseconds: u32,
                    }
                }
            }

            package wasi:cli@0.3.0 {
                interface types {
                    enum error-code { io, illegal-byte-sequence, pipe }
                }

                interface stdout {
                    use types.{error-code};
                    write-via-stream: func(data: stream<u8>) -> future<result<_, error-code>>;
                }
            }

            package wasi:filesystem@0.3.0 {
                interface types {
                    use wasi:clocks/system-clock@0.3.0.{instant};

                    type filesize = u64;
                    variant descriptor-type {
                        block-device, character-device, directory, fifo, symbolic-link, regular-file, socket,
                        other(option<string>),
                    }
                    flags descriptor-flags {
                        read, write, file-integrity-sync, data-integrity-sync, requested-write-sync, mutate-directory,
                    }
                    flags path-flags { symlink-follow }
                    flags open-flags { create, directory, exclusive, truncate }
                    type link-count = u64;
                    record descriptor-stat {
                        %type: descriptor-type,
                        link-count: link-count,
                        size: filesize,
                        data-access-timestamp: option<instant>,
                        data-modification-timestamp: option<instant>,
                        status-change-timestamp: option<instant>,
                    }
                    record directory-entry {
                        %type: descriptor-type,
                        name: string,
                    }
                    variant error-code {
                        access, already, bad-descriptor, busy, deadlock, quota, exist, file-too-large,
                        illegal-byte-sequence, in-progress, interrupted, invalid, io, is-directory, loop,
                        too-many-links, message-size, name-too-long, no-device, no-entry, no-lock,
                        insufficient-memory, insufficient-space, not-directory, not-empty, not-recoverable,
                        unsupported, no-tty, no-such-device, overflow, not-permitted, pipe, read-only, invalid-seek,
                        text-file-busy, cross-device, other(option<string>),
                    }
                    record metadata-hash-value {
                        lower: u64,
                        upper: u64,
                    }

                    resource descriptor {
                        read-via-stream: func(offset: filesize) -> tuple<stream<u8>, future<result<_, error-code>>>;
                        write-via-stream: func(data: stream<u8>, offset: filesize) -> future<result<_, error-code>>;
                        append-via-stream: func(data: stream<u8>) -> future<result<_, error-code>>;
                        read-directory: func() -> tuple<stream<directory-entry>, future<result<_, error-code>>>;
                        get-flags: async func() -> result<descriptor-flags, error-code>;
                        link-at: async func(
                            old-path-flags: path-flags,
                            old-path: string,
                            new-descriptor: borrow<descriptor>,
                            new-path: string,
                        ) -> result<_, error-code>;
                        create-directory-at: async func(path: string) -> result<_, error-code>;
                        set-size: async func(size: filesize) -> result<_, error-code>;
                        remove-directory-at: async func(path: string) -> result<_, error-code>;
                        symlink-at: async func(old-path: string, new-path: string) -> result<_, error-code>;
                        stat: async func() -> result<descriptor-stat, error-code>;
                        open-at: async func(
                            path-flags: path-flags,
                            path: string,
                            open-flags: open-flags,
                            %flags: descriptor-flags,
                        ) -> result<descriptor, error-code>;
                        rename-at: async func(
                            old-path: string,
                            new-descriptor: borrow<descriptor>,
                            new-path: string,
                        ) -> result<_, error-code>;
                        metadata-hash: async func() -> result<metadata-hash-value, error-code>;
                    }
                }

                interface preopens {
                    use types.{descriptor};
                    get-directories: func() -> list<tuple<descriptor, string>>;
                }
            }
        "#,
        world: "testing:async-files/filing",
        generate_all,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::async_files::files::Guest;
use bindings::wasi::cli::stdout;
use bindings::wasi::filesystem::preopens::get_directories;
use bindings::wasi::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};
use bindings::wit_stream;

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        vec![
            declared!("files#transcript"),
            declared!("files#by-the-book"),
            declared!("files#fill"),
            declared!("files#pour"),
        ]
    }
}

impl Guest for Component {
    async fn transcript() -> Vec<String> {
        let mut seen = Vec::new();
        let mut preopened = get_directories();
        seen.push(format!("{:?}", preopened.iter().map(|(_, path)| path).collect::<Vec<_>>()));
        let Some((root, _)) = preopened.pop() else { return seen };
        seen.push(format!("{:?}", root.create_directory_at("f".to_owned()).await));
        seen.push(format!("{:?}", root.create_directory_at("f".to_owned()).await));
        let file = match create(&root, "x").await {
            Ok(file) => file,
            Err(error) => return vec![format!("{error:?}")],
        };
        seen.push(write(&file, b"hello, ", Some(0)).await);
        seen.push(write(&file, b"streams", None).await);
        seen.push(read(&file, 3).await);
        seen.push(format!("{:?}", file.stat().await));
        seen.push(format!("{:?}", file.metadata_hash().await.map(|hash| hash.lower)));
        seen.push(format!("{:?}", root.rename_at("x".to_owned(), &root, "a".to_owned()).await));
        seen.push(list(&root).await);
        seen.push(read(&root, 0).await);
        seen.push(list(&file).await);
        seen.push(write(&root, b"x", None).await);
        seen.push(format!("{:?}", create(&root, "../x").await.err()));
        seen
    }

    async fn by_the_book() -> Vec<String> {
        let Some((root, _)) = get_directories().pop() else { return Vec::new() };
        let (none, new) = (OpenFlags::empty(), OpenFlags::CREATE | OpenFlags::EXCLUSIVE);
        let (read_only, write) = (DescriptorFlags::READ, DescriptorFlags::WRITE);
        let mutate = DescriptorFlags::MUTATE_DIRECTORY;
        let mut seen = vec![format!("{:?}", root.get_flags().await)];
        for (path, open, flags) in [
            (".", none, DescriptorFlags::empty()),
            (".", none, read_only),
            (".", none, mutate),
            ("a", new, DescriptorFlags::empty()),
            ("b", new, read_only),
            ("c", new, write),
            ("c", OpenFlags::TRUNCATE, DescriptorFlags::empty()),
            ("c", none, DescriptorFlags::empty()),
            ("c", OpenFlags::EXCLUSIVE, DescriptorFlags::empty()),
        ] {
            let flags = match root.open_at(PathFlags::empty(), path.to_owned(), open, flags).await {
                Ok(opened) => opened.get_flags().await,
                Err(error) => Err(error),
            };
            seen.push(format!("{path}: {flags:?}"));
        }
        let file = match create(&root, "d").await {
            Ok(file) => file,
            Err(error) => return vec![format!("{error:?}")],
        };
        seen.push(read(&file, u64::MAX).await);
        seen.push(read(&file, i64::MAX as u64).await);
        for (target, link) in [("..", "out"), (".", "here"), ("nowhere", "dangling")] {
            let _ = root.symlink_at(target.to_owned(), link.to_owned()).await;
            seen.push(format!("{:?}", root.remove_directory_at(format!("{link}/")).await));
        }
        seen
    }

    async fn fill(mib: u32) -> (u64, String) {
        let Some((root, _)) = get_directories().pop() else { return (0, String::new()) };
        let Ok(file) = create(&root, "large").await else { return (0, String::new()) };
        let (mut writer, reader) = wit_stream::new();
        let end = file.append_via_stream(reader);
        for _ in 0..mib {
            if !writer.write_all(vec![1; 1 << 20]).await.is_empty() {
                break;
            }
        }
        drop(writer);
        let end = format!("{:?}", end.await);
        (file.stat().await.map_or(0, |stat| stat.size), end)
    }

    async fn wild(seed: u64, calls: u32) -> u32 {
        let mut numbers = Numbers(seed);
        let Some((root, _)) = get_directories().pop() else { return 0 };
        // What was opened or begun, and is held on to.
        let (mut opened, mut kept) = (Vec::new(), Vec::<Box<dyn Any>>::new());
        for _ in 0..calls {
            let (kind, bytes) = (numbers.below(12), numbers.size());
            let name = format!("{kind}-{}", "n".repeat(bytes % 300));
            let file = opened.last().unwrap_or(&root);
            match kind {
                0 | 1 => opened.extend(create(&root, &name).await),
                2 => drop(write(file, &vec![1; bytes], None).await),
                3 => drop(write(file, &vec![1; bytes], Some(bytes as u64 * 1000)).await),
                4 => drop(file.set_size(bytes as u64 * 100).await),
                5 => {
                    let (stream, end) = file.read_via_stream(0);
                    if bytes.is_multiple_of(2) {
                        kept.push(Box::new((stream, end)));
                    } else {
                        kept.push(Box::new(stdout::write_via_stream(stream)));
                    }
                }
                6 => drop(root.symlink_at("t".repeat(bytes), name).await),
                7 => drop(root.create_directory_at(name).await),
                8 => kept.push(Box::new(root.read_directory())),
                9 => drop(list(&root).await),
                10 => drop(root.link_at(PathFlags::empty(), name, &root, format!("x{bytes}")).await),
                _ => kept.clear(),
            }
        }
        calls
    }

    async fn pour(mib: u32) -> String {
        let Some((root, _)) = get_directories().pop() else { return String::new() };
        let Ok(file) = create(&root, "holes").await else { return String::new() };
        if let Err(error) = file.set_size(u64::from(mib) << 20).await {
            return format!("{error:?}");
        }
        let (data, end) = file.read_via_stream(0);
        let poured = stdout::write_via_stream(data).await;
        format!("{:?}, {poured:?}", end.await)
    }
}

async fn create(root: &Descriptor, path: &str) -> Result<Descriptor, ErrorCode> {
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    root.open_at(PathFlags::empty(), path.to_owned(), OpenFlags::CREATE, flags).await
}

async fn write(file: &Descriptor, bytes: &[u8], offset: Option<u64>) -> String {
    let (mut writer, reader) = wit_stream::new();
    let end = match offset {
        Some(offset) => file.write_via_stream(reader, offset),
        None => file.append_via_stream(reader),
    };
    let left = writer.write_all(bytes.to_vec()).await;
    drop(writer);
    format!("left {}, {:?}", left.len(), end.await)
}

async fn read(file: &Descriptor, offset: u64) -> String {
    let (stream, end) = file.read_via_stream(offset);
    let bytes = stream.collect().await;
    format!("{:?}, {:?}", String::from_utf8_lossy(&bytes), end.await)
}

async fn list(folder: &Descriptor) -> String {
    let (stream, end) = folder.read_directory();
    let entries = stream.collect().await;
    let entries: Vec<_> = entries.into_iter().map(|entry| (entry.name, format!("{:?}", entry.type_))).collect();
    format!("{entries:?}, {:?}", end.await)
}
