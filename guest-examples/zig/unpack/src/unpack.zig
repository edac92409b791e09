//! Archives, by the standard library's tar and gzip: nothing of an archive is ever in memory as a whole.

const std = @import("std");
const larder = @import("larder");

const Entry = struct { path: []const u8, kind: Kind, size: u64, digest: []const u8 };

const Kind = union(enum) { directory, file, link: []const u8 };

pub const @"archive#list" = larder.cached("1", list);

fn list(archive: larder.File) ![]const Entry {
    var content: Content = undefined;
    const listed = entries(try content.open(archive)) catch |err| return content.failed(err);
    try content.finish();
    return listed;
}

fn entries(tar: *std.Io.Reader) ![]const Entry {
    var listed: std.ArrayList(Entry) = .empty;
    var name: [std.fs.max_path_bytes]u8 = undefined;
    var target: [std.fs.max_path_bytes]u8 = undefined;
    var files: std.tar.Iterator = .init(tar, .{ .file_name_buffer = &name, .link_name_buffer = &target });
    while (try files.next()) |file| {
        var buffer: [4096]u8 = undefined;
        var sha256: std.Io.Writer.Hashing(std.crypto.hash.sha2.Sha256) = .init(&buffer);
        if (file.kind == .file) try files.streamRemaining(file, &sha256.writer);
        try sha256.writer.flush();
        const digest = std.fmt.bytesToHex(sha256.hasher.finalResult(), .lower);
        try listed.append(larder.allocator, .{
            .path = try larder.allocator.dupe(u8, file.name),
            .kind = switch (file.kind) {
                .directory => .directory,
                .file => .file,
                .sym_link => .{ .link = try larder.allocator.dupe(u8, file.link_name) },
            },
            .size = file.size,
            .digest = try larder.allocator.dupe(u8, &digest),
        });
    }
    return listed.items;
}

pub const @"archive#unpack" = larder.task(.{ .version = "1", .size = .medium }, unpack);

fn unpack(archive: larder.File, strip: u32) !larder.Directory {
    var content: Content = undefined;
    const tar = try content.open(archive);
    const directory = try std.Io.Dir.cwd().createDirPathOpen(larder.io, "unpacked", .{});
    // With a place for its complaints, it passes over what is left without a path.
    var complaints: std.tar.Diagnostics = .{ .allocator = larder.allocator };
    std.tar.extract(larder.io, directory, tar, .{ .strip_components = strip, .diagnostics = &complaints }) catch |err|
        return content.failed(err);
    try content.finish();
    for (complaints.errors.items) |complaint| switch (complaint) {
        .components_outside_stripped_prefix => {},
        .unable_to_create_file => |it| return larder.fail("{s} cannot be written: {t}", .{ it.file_name, it.code }),
        .unable_to_create_sym_link => |it| return larder.fail("{s} cannot be a link: {t}", .{ it.file_name, it.code }),
        .unsupported_file_type => |it| return larder.fail("{s} is neither file, directory nor symbolic link", .{it.file_name}),
    };
    return .fromPath("unpacked");
}

/// What is in an archive's file, unpacked where it is packed. It has to stay where it is.
const Content = struct {
    file: std.Io.File.Reader,
    gzip: ?std.compress.flate.Decompress,
    checked: std.Io.Reader.Hashed(std.hash.Crc32),
    file_buffer: [4096]u8,
    window: [std.compress.flate.max_window_len]u8,
    checked_buffer: [4096]u8,

    fn open(content: *Content, archive: larder.File) !*std.Io.Reader {
        content.file = (try archive.open(larder.io)).reader(larder.io, &content.file_buffer);
        content.gzip = null;
        const file = &content.file.interface;
        const begins = file.peek(2) catch |err| return if (err == error.EndOfStream) file else content.failed(err);
        if (!std.mem.eql(u8, begins, &.{ 0x1f, 0x8b })) return file;
        content.gzip = .init(file, .gzip, &content.window);
        content.checked = .init(&content.gzip.?.reader, .init(), &content.checked_buffer);
        return &content.checked.reader;
    }

    /// Reads what is behind the archive's end, and fails if not all is as it was packed. The standard library reads the
    /// checksum, and leaves it to others to compare it.
    fn finish(content: *Content) !void {
        const gzip = if (content.gzip) |*gzip| gzip else return;
        _ = content.checked.reader.discardRemaining() catch |err| return content.failed(err);
        if (gzip.container_metadata.gzip.crc != content.checked.hasher.final())
            return larder.fail("the archive is damaged: its content has another checksum", .{});
        if (content.file.interface.peek(1)) |_|
            return larder.fail("there is something behind the packed archive", .{})
        else |err| if (err != error.EndOfStream) return content.failed(err);
    }

    /// The error behind one that only says that there is one.
    fn failed(content: *const Content, err: anyerror) anyerror {
        const behind: ?anyerror = if (err != error.ReadFailed) err else content.file.err orelse if (content.gzip) |gzip| gzip.err else null;
        return if (behind) |cause| switch (cause) {
            error.Failed, error.OutOfMemory => cause,
            else => larder.fail("this is no archive, or it is damaged: {t}", .{cause}),
        } else err;
    }
};

test "an archive is listed in its order, with digests" {
    var buffer: [16 * 1024]u8 = undefined;
    var out: std.Io.Writer = .fixed(&buffer);
    var tar: std.tar.Writer = .{ .underlying_writer = &out };
    try tar.writeDir("a", .{});
    try tar.writeFileBytes("a/b", "abc", .{});
    try tar.writeLink("a/c", "b", .{});
    var in: std.Io.Reader = .fixed(out.buffered());
    const listed = try entries(&in);
    try std.testing.expectEqual(3, listed.len);
    try std.testing.expectEqualStrings("a/b", listed[1].path);
    try std.testing.expectEqualStrings("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", listed[1].digest);
    try std.testing.expectEqualStrings("b", listed[2].kind.link);
}
