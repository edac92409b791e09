//! Tasks for Larder in Zig: a task is a public constant that has the task's name and says how its answers are kept,
//! beside an ordinary function of ordinary types.
//!
//!     pub const @"text#measure" = larder.cached("1", measure);
//!
//!     fn measure(text: []const u8) !Stats { … }
//!
//! At compile time each of them is looked up in `bindings`, which `zig translate-c` makes of the header that
//! `larder bindings zig` writes, so that a name or a type which the WIT does not have is an error there. The interface
//! `larder:task/manifest` is made of all of them. This file is the root of the program; the author's is its module
//! `task`. `convert.zig` has a table of which types of Zig stand for those of WIT.
//!
//! What a task is given is good for the whole call, and what it returns is copied. Nothing has to be freed: a call has
//! an instance of its own, and its memory goes with it.

const std = @import("std");
const c = @import("bindings");
const convert = @import("convert.zig");
const exports = @import("exports.zig");
const files = @import("files.zig");
const names = @import("names.zig");

pub const File = files.File;
pub const Directory = files.Directory;
pub const Writer = files.Writer;

/// What a function answers that WIT calls a `result`, where `!T` does not do.
pub fn Result(comptime Ok: type, comptime Err: type) type {
    return union(enum) { ok: Ok, err: Err };
}

/// Memory. It may be freed, and need not be.
pub const allocator = std.heap.c_allocator;

/// What the standard library asks for to read and write: `file.openIn(larder.io)`.
pub const io = std.Io.Threaded.global_single_threaded.io();

/// What a task declares. The fields mean what they mean in `larder.toml`.
pub const Declaration = struct {
    /// Answers are kept for as long as this text stays the same. Without it, and if not `pinned`, they never are.
    version: ?[]const u8 = null,
    /// Answers are kept for exactly this code.
    pinned: bool = false,
    scope: Scope = .account,
    cache_errors: bool = false,
    size: Size = .small,
    timeout_seconds: ?u32 = null,
    needs: []const Capability = &.{},
    file_names: bool = false,
};

/// Who shares answers.
pub const Scope = enum { account, workflow };

/// What one run needs.
pub const Size = union(enum) {
    small,
    medium,
    large,
    small_gpu,
    large_gpu,
    custom: struct { cpus: u32, memory_mib: u32, storage_mib: u32, gpus: u32 = 0 },
};

/// What a task needs of the world outside; then it cannot be cached.
pub const Capability = union(enum) {
    open_world,
    directory: struct { path: []const u8, access: enum { read_only, read_write } },
    variable: []const u8,
    http: struct { host: []const u8, port: ?u16 = null, methods: []const []const u8 = &.{} },
    tcp: struct { host: []const u8, port: u16 },
};

/// A task that is as its declaration says.
pub fn task(comptime declaration: Declaration, comptime function: anytype) type {
    const is_cached = declaration.version != null or declaration.pinned;
    if (declaration.version != null and declaration.pinned)
        @compileError("a task has a version or is pinned, not both");
    if (!is_cached and (declaration.scope != .account or declaration.cache_errors))
        @compileError("scope and cache_errors are about a cache: give the task a version, or make it pinned");
    if (is_cached and declaration.needs.len > 0)
        @compileError("a task that needs something of the world outside cannot be cached");
    return struct {
        const larder_declaration = declaration;
        const larder_function = function;
    };
}

/// A small task whose answers are kept for as long as the version stays the same.
pub fn cached(comptime version: []const u8, comptime function: anytype) type {
    return task(.{ .version = version }, function);
}

/// A small task whose answers are kept for exactly this code.
pub fn pinned(comptime function: anytype) type {
    return task(.{ .pinned = true }, function);
}

/// The error of a task whose `result` has a `string` for it, to be returned at once. Other errors have their own name
/// as their text.
pub fn fail(comptime format: []const u8, arguments: anytype) error{Failed} {
    exports.reason = std.fmt.allocPrint(allocator, format, arguments) catch @panic("out of memory");
    return error.Failed;
}

/// Ends the run with a message that its error shows.
pub const panic = std.debug.FullPanic(struct {
    fn panic(message: []const u8, _: ?usize) noreturn {
        @branchHint(.cold);
        for ([_][]const u8{ "panic: ", message, "\n" }) |part| _ = std.c.write(2, part.ptr, part.len);
        @trap();
    }
}.panic);

/// How the standard library is set up. It would start threads for signals otherwise, and there are none.
pub const std_options: std.Options = .{ .enable_segfault_handler = false };

comptime {
    // In a test of the author's, this is a library like any other.
    if (@import("root") == @This()) {
        @setEvalBranchQuota(1_000_000);
        var symbols: []const []const u8 = &.{};
        for (declared()) |name| {
            const symbol = names.symbol(name);
            symbols = symbols ++ .{symbol};
            exports.Export(name, symbol, @field(tasks_of_author, name).larder_function).all();
        }
        names.checkAll(symbols);
        @export(&manifest, .{ .name = "exports_larder_task_manifest_tasks" });
    }
}

const tasks_of_author = @import("task");

/// The names of all public constants that are tasks.
fn declared() []const []const u8 {
    var found: []const []const u8 = &.{};
    for (@typeInfo(tasks_of_author).@"struct".decl_names) |name| {
        if (std.mem.indexOfScalar(u8, name, '#') != null) found = found ++ .{name};
    }
    return found;
}

/// A task of `larder:task/manifest`.
const ManifestTask = struct {
    name: []const u8,
    size: Size,
    cache: ?struct {
        version: union(enum) { declared: []const u8, pinned },
        scope: Scope,
        cache_errors: bool,
    },
    timeout_seconds: ?u32,
    needs: []const Capability,
    file_names: bool,
};

fn manifest(list: *c.exports_larder_task_manifest_list_task_t) callconv(.c) void {
    const all = comptime all: {
        @setEvalBranchQuota(1_000_000);
        var all: []const ManifestTask = &.{};
        for (declared()) |name| {
            const it: Declaration = @field(tasks_of_author, name).larder_declaration;
            all = all ++ .{ManifestTask{
                .name = names.short(name),
                .size = it.size,
                .cache = if (it.version == null and !it.pinned) null else .{
                    .version = if (it.version) |version| .{ .declared = version } else .pinned,
                    .scope = it.scope,
                    .cache_errors = it.cache_errors,
                },
                .timeout_seconds = it.timeout_seconds,
                .needs = it.needs,
                .file_names = it.file_names,
            }};
        }
        break :all all;
    };
    list.* = convert.lower("the manifest", @TypeOf(list.*), all);
}
