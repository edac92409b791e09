//! Files and directories of `larder:task/files`, which a task is given and returns.

const std = @import("std");
const c = @import("bindings");

/// Why a file or a directory cannot be had, made or read.
pub const Error = error{ NoEntry, IsDirectory, NotDirectory, NotPermitted, Loop, InvalidName, NoRoom, TooLarge };

/// A file: its content, and a name to go by. The content never changes.
pub const File = struct {
    handle: i32,

    const Own = c.larder_task_files_own_file_t;
    const Borrow = c.larder_task_files_borrow_file_t;

    /// A new file: the bytes of one that the task wrote in its scratch folder, which is `std.Io.Dir.cwd()`.
    pub fn fromPath(at: []const u8) Error!File {
        var file: Own = undefined;
        var why: u8 = undefined;
        return made(File, c.larder_task_files_static_file_from_path(given(String, at), &file, &why), file, why);
    }

    /// A new file: these bytes, under this name.
    pub fn fromBytes(called: []const u8, bytes: []const u8) Error!File {
        var file: Own = undefined;
        var why: u8 = undefined;
        const done = c.larder_task_files_static_file_from_bytes(given(String, called), given(Bytes, bytes), &file, &why);
        return made(File, done, file, why);
    }

    /// Its name: one part of a path.
    pub fn name(file: File) []const u8 {
        return asked(c.larder_task_files_method_file_name, .{borrow(file)});
    }

    /// Its length in bytes.
    pub fn size(file: File) u64 {
        return c.larder_task_files_method_file_size(borrow(file));
    }

    /// The SHA-256 of its content.
    pub fn digest(file: File) [32]u8 {
        return asked(c.larder_task_files_method_file_digest, .{borrow(file)})[0..32].*;
    }

    /// A path at which it can be opened to read it.
    pub fn path(file: File) []const u8 {
        return asked(c.larder_task_files_method_file_path, .{borrow(file)});
    }

    /// Opens it, to be read as any other file.
    pub fn open(file: File, io: std.Io) std.Io.File.OpenError!std.Io.File {
        return std.Io.Dir.openFileAbsolute(io, file.path(), .{});
    }

    /// What is there from `offset` on: at most `length` bytes, and at most a mebibyte; nothing at the end. It may be
    /// freed with `larder.allocator`.
    pub fn read(file: File, offset: u64, length: u32) []u8 {
        return asked(c.larder_task_files_method_file_read, .{ borrow(file), offset, length });
    }

    /// Lets go of it, before the call ends.
    pub fn drop(file: File) void {
        c.larder_task_files_file_drop_own(own(file));
    }
};

/// A directory: names of files, directories and symbolic links. It never changes.
pub const Directory = struct {
    handle: i32,

    const Own = c.larder_task_files_own_directory_t;
    const Borrow = c.larder_task_files_borrow_directory_t;

    /// An entry of a directory.
    pub const Entry = struct { name: []const u8, kind: enum(u8) { file, directory, link } };

    /// A new directory: all that is in one that the task made in its scratch folder.
    pub fn fromPath(at: []const u8) Error!Directory {
        var directory: Own = undefined;
        var why: u8 = undefined;
        const done = c.larder_task_files_static_directory_from_path(given(String, at), &directory, &why);
        return made(Directory, done, directory, why);
    }

    /// Its name: one part of a path.
    pub fn name(directory: Directory) []const u8 {
        return asked(c.larder_task_files_method_directory_name, .{borrow(directory)});
    }

    /// The bytes of all files in it.
    pub fn size(directory: Directory) u64 {
        return c.larder_task_files_method_directory_size(borrow(directory));
    }

    /// The SHA-256 of its entries' names, kinds, executable bits and digests.
    pub fn digest(directory: Directory) [32]u8 {
        return asked(c.larder_task_files_method_directory_digest, .{borrow(directory)})[0..32].*;
    }

    /// A path at which it can be listed, and its files opened.
    pub fn path(directory: Directory) []const u8 {
        return asked(c.larder_task_files_method_directory_path, .{borrow(directory)});
    }

    /// Its entries, in the order of their names' bytes.
    pub fn entries(directory: Directory) []const Entry {
        const found = asked(c.larder_task_files_method_directory_entries, .{borrow(directory)});
        const listed = std.heap.c_allocator.alloc(Entry, found.len) catch @panic("out of memory");
        for (found, listed) |from, *to| {
            to.* = .{ .name = from.name.ptr[0..from.name.len], .kind = @fromBackingInt(@intCast(from.kind)) };
        }
        return listed;
    }

    /// The file at a path inside, such as `chr1/reads.fastq`.
    pub fn openFile(directory: Directory, at: []const u8) Error!File {
        var file: File.Own = undefined;
        var why: u8 = undefined;
        const done = c.larder_task_files_method_directory_open_file(borrow(directory), given(String, at), &file, &why);
        return made(File, done, file, why);
    }

    /// The directory at a path inside.
    pub fn openDirectory(directory: Directory, at: []const u8) Error!Directory {
        var inner: Own = undefined;
        var why: u8 = undefined;
        const done = c.larder_task_files_method_directory_open_directory(borrow(directory), given(String, at), &inner, &why);
        return made(Directory, done, inner, why);
    }

    /// Lets go of it, before the call ends.
    pub fn drop(directory: Directory) void {
        c.larder_task_files_directory_drop_own(own(directory));
    }
};

/// A file that is written piece by piece.
pub const Writer = struct {
    handle: i32,

    const Own = c.larder_task_files_own_writer_t;
    const Borrow = c.larder_task_files_borrow_writer_t;

    /// An empty file that will have this name.
    pub fn create(called: []const u8) Error!Writer {
        var writer: Own = undefined;
        var why: u8 = undefined;
        return made(Writer, c.larder_task_files_static_writer_create(given(String, called), &writer, &why), writer, why);
    }

    /// Adds bytes at the end.
    pub fn write(writer: Writer, bytes: []const u8) Error!void {
        var why: u8 = undefined;
        if (!c.larder_task_files_method_writer_write(borrow(writer), given(Bytes, bytes), &why)) return refused(why);
    }

    /// The file that was written. It takes the writer.
    pub fn finish(writer: Writer) Error!File {
        var file: File.Own = undefined;
        var why: u8 = undefined;
        return made(File, c.larder_task_files_static_writer_finish(own(writer), &file, &why), file, why);
    }
};

/// Whether it is a type of this file that a value of a task may have.
pub fn isHandle(comptime Type: type) bool {
    return Type == File or Type == Directory;
}

/// What a task was given. What it was lent has to be given back when the call ends.
pub fn lift(comptime task: []const u8, comptime Handle: type, from: anytype) Handle {
    if (@TypeOf(from) == Handle.Borrow) {
        borrowed.append(std.heap.c_allocator, .{
            .handle = from.__handle,
            .is_file = Handle == File,
        }) catch @panic("out of memory");
    } else if (@TypeOf(from) != Handle.Own) {
        @compileError(task ++ " has " ++ @typeName(Handle) ++ " where the WIT has " ++ @typeName(@TypeOf(from)));
    }
    return .{ .handle = from.__handle };
}

/// What a task returns belongs to the host.
pub fn lower(comptime task: []const u8, comptime To: type, handle: anytype) To {
    if (To != @TypeOf(handle).Own) @compileError(task ++ " has " ++ @typeName(@TypeOf(handle)) ++ " where the WIT has " ++ @typeName(To));
    return .{ .__handle = handle.handle };
}

var borrowed: std.ArrayList(struct { handle: i32, is_file: bool }) = .empty;

/// Gives back what the task was lent.
pub fn dropBorrowed() void {
    while (borrowed.pop()) |lent| {
        if (lent.is_file) {
            c.larder_task_files_file_drop_borrow(.{ .__handle = lent.handle });
        } else {
            c.larder_task_files_directory_drop_borrow(.{ .__handle = lent.handle });
        }
    }
}

/// The bindings' names for `string` and `list<u8>`.
const String = Pointee(c.larder_task_files_static_file_from_bytes, 0);
const Bytes = Pointee(c.larder_task_files_static_file_from_bytes, 1);

fn Pointee(comptime function: anytype, comptime index: usize) type {
    return @typeInfo(@typeInfo(@TypeOf(function)).@"fn".param_types[index].?).pointer.child;
}

/// Bytes as the bindings take them. They take nothing away: an import only reads.
fn given(comptime List: type, bytes: []const u8) *List {
    const place = struct {
        var list: List = undefined;
    };
    place.list = .{ .ptr = @constCast(bytes.ptr), .len = bytes.len };
    return &place.list;
}

/// What a function of the host answers through its last parameter, a list.
fn asked(comptime function: anytype, arguments: anytype) []Item(Pointee(function, arguments.len)) {
    var list: Pointee(function, arguments.len) = undefined;
    @call(.auto, function, arguments ++ .{&list});
    return if (list.len == 0) &.{} else list.ptr[0..list.len];
}

fn Item(comptime List: type) type {
    return @typeInfo(@FieldType(List, "ptr")).pointer.child;
}

/// A handle that is ours, and the same handle lent for a call: for what is imported, that is one number.
fn own(handle: anytype) @TypeOf(handle).Own {
    return .{ .__handle = handle.handle };
}

fn borrow(handle: anytype) @TypeOf(handle).Borrow {
    return .{ .__handle = handle.handle };
}

fn made(comptime Handle: type, done: bool, handle: Handle.Own, why: u8) Error!Handle {
    return if (done) .{ .handle = handle.__handle } else refused(why);
}

fn refused(why: u8) Error {
    return switch (why) {
        c.LARDER_TASK_FILES_ERROR_NO_ENTRY => error.NoEntry,
        c.LARDER_TASK_FILES_ERROR_IS_DIRECTORY => error.IsDirectory,
        c.LARDER_TASK_FILES_ERROR_NOT_DIRECTORY => error.NotDirectory,
        c.LARDER_TASK_FILES_ERROR_NOT_PERMITTED => error.NotPermitted,
        c.LARDER_TASK_FILES_ERROR_LOOP => error.Loop,
        c.LARDER_TASK_FILES_ERROR_INVALID_NAME => error.InvalidName,
        c.LARDER_TASK_FILES_ERROR_NO_ROOM => error.NoRoom,
        c.LARDER_TASK_FILES_ERROR_TOO_LARGE => error.TooLarge,
        else => unreachable,
    };
}
