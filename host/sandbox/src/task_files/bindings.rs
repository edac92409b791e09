//! The interface, as the engine's macro makes it of its WIT.

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: r#"
        package larder:host;
        world files { import larder:task/files@0.1.0; }
    "#,
    imports: {
        "larder:task/files.[static]file.from-path": async | trappable,
        "larder:task/files.[static]directory.from-path": async | trappable,
        default: trappable,
    },
    with: {
        "larder:task/files.file": super::handles::FileHandle,
        "larder:task/files.directory": super::handles::DirectoryHandle,
        "larder:task/files.writer": super::handles::WriterHandle,
    },
    require_store_data_send: true,
});
