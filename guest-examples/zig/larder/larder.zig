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
    reason = std.fmt.allocPrint(allocator, format, arguments) catch @panic("out of memory");
    return error.Failed;
}

var reason: []const u8 = "Failed";

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
            Export(name, symbol, @field(tasks_of_author, name).larder_function).all();
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

/// The function of C that the bindings call, made of the author's.
fn Export(comptime name: []const u8, comptime symbol: []const u8, comptime function: anytype) type {
    const signature = @typeInfo(@TypeOf(@field(c, symbol))).@"fn";
    const parameters = @typeInfo(@TypeOf(function)).@"fn".param_types;
    const Returned = @typeInfo(@TypeOf(function)).@"fn".return_type.?;
    const Answer = switch (@typeInfo(Returned)) {
        .error_union => |of| of.payload,
        else => Returned,
    };
    const is_async = @hasDecl(c, symbol ++ "_callback");
    if (signature.param_types.len < parameters.len)
        @compileError(name ++ std.fmt.comptimePrint(" has {d} parameters, which are more than in the WIT", .{parameters.len}));
    // Where C's function puts the answer, if not into what it returns: a place each for `ok` or `some`, and `err`.
    const places = signature.param_types[parameters.len..];

    return struct {
        fn all() void {
            @export(&shim, .{ .name = symbol });
            if (is_async) @export(&never, .{ .name = symbol ++ "_callback" });
        }

        fn answer(given: anytype) signature.return_type.? {
            var arguments: std.meta.ArgsTuple(@TypeOf(function)) = undefined;
            inline for (parameters, 0..) |Parameter, i| arguments[i] = convert.parameter(name, Parameter.?, given[i]);
            const returned = @call(.auto, function, arguments);
            files.dropBorrowed();
            if (is_async) {
                const done = @field(c, symbol ++ "_return");
                const types = @typeInfo(@TypeOf(done)).@"fn".param_types;
                if (types.len == 0) done() else done(convert.lower(name, types[0].?, settled(@hasField(types[0].?, "is_err"), returned)));
                return c_exit;
            }
            if (signature.return_type == bool and places.len > 0) {
                if (@typeInfo(Answer) == .optional) {
                    const some = settled(false, returned) orelse return false;
                    given[parameters.len].* = convert.lower(name, Pointee(0), some);
                    return true;
                }
                switch (settled(true, returned)) {
                    .ok => |ok| {
                        if (@TypeOf(ok) != void) given[parameters.len].* = convert.lower(name, Pointee(0), ok);
                        return true;
                    },
                    .err => |err| {
                        if (@TypeOf(err) != void) given[given.len - 1].* = convert.lower(name, Pointee(places.len - 1), err);
                        return false;
                    },
                }
            }
            if (places.len == 1) {
                given[parameters.len].* = convert.lower(name, Pointee(0), settled(false, returned));
                return;
            }
            if (places.len > 0) @compileError(name ++ " has more parameters in the WIT");
            return convert.lower(name, signature.return_type.?, settled(false, returned));
        }

        fn Pointee(comptime place: usize) type {
            return @typeInfo(places[place].?).pointer.child;
        }

        /// What the task answers, as a `Result` if the WIT has one. An error that has no other place ends the run, and
        /// so does a lack of memory, which says nothing about the inputs.
        fn settled(comptime is_result: bool, returned: Returned) Settled(is_result) {
            const answered = if (@typeInfo(Returned) == .error_union) returned catch |err| {
                const Err = if (is_result) @FieldType(Settled(true), "err") else noreturn;
                if (err != error.OutOfMemory) {
                    if (Err == []const u8) return .{ .err = if (err == error.Failed) reason else @errorName(err) };
                    if (Err == void) return .{ .err = {} };
                }
                @panic(if (err == error.Failed) reason else @errorName(err));
            } else returned;
            if (comptime (!is_result or isResult(Answer))) return answered;
            return .{ .ok = answered };
        }

        fn Settled(comptime is_result: bool) type {
            if (!is_result or isResult(Answer)) return Answer;
            const has_text = is_async or places.len == 2 or (places.len == 1 and Answer == void);
            return Result(Answer, if (has_text) []const u8 else void);
        }

        const shim = Shim(signature, answer).call;
    };
}

fn isResult(comptime Type: type) bool {
    return @typeInfo(Type) == .@"union" and @hasField(Type, "ok") and @hasField(Type, "err");
}

/// What an async export answers when it has nothing to wait for, and its continuation, which is then never called.
const c_exit = 0;
fn never(_: ?*anyopaque) callconv(.c) u32 {
    unreachable;
}

/// A function of C with this signature that hands its arguments on as a tuple. There is no way to make one for any
/// number of them.
fn Shim(comptime signature: std.builtin.Type.Fn, comptime answer: anytype) type {
    const P = signature.param_types;
    const R = signature.return_type.?;
    return switch (P.len) {
        0 => struct {
            fn call() callconv(.c) R {
                return answer(.{});
            }
        },
        1 => struct {
            fn call(a: P[0].?) callconv(.c) R {
                return answer(.{a});
            }
        },
        2 => struct {
            fn call(a: P[0].?, b: P[1].?) callconv(.c) R {
                return answer(.{ a, b });
            }
        },
        3 => struct {
            fn call(a: P[0].?, b: P[1].?, d: P[2].?) callconv(.c) R {
                return answer(.{ a, b, d });
            }
        },
        4 => struct {
            fn call(a: P[0].?, b: P[1].?, d: P[2].?, e: P[3].?) callconv(.c) R {
                return answer(.{ a, b, d, e });
            }
        },
        5 => struct {
            fn call(a: P[0].?, b: P[1].?, d: P[2].?, e: P[3].?, f: P[4].?) callconv(.c) R {
                return answer(.{ a, b, d, e, f });
            }
        },
        6 => struct {
            fn call(a: P[0].?, b: P[1].?, d: P[2].?, e: P[3].?, f: P[4].?, g: P[5].?) callconv(.c) R {
                return answer(.{ a, b, d, e, f, g });
            }
        },
        7 => struct {
            fn call(a: P[0].?, b: P[1].?, d: P[2].?, e: P[3].?, f: P[4].?, g: P[5].?, h: P[6].?) callconv(.c) R {
                return answer(.{ a, b, d, e, f, g, h });
            }
        },
        8 => struct {
            fn call(a: P[0].?, b: P[1].?, d: P[2].?, e: P[3].?, f: P[4].?, g: P[5].?, h: P[6].?, i: P[7].?) callconv(.c) R {
                return answer(.{ a, b, d, e, f, g, h, i });
            }
        },
        else => @compileError("a task with more than six parameters: put some of them into a record"),
    };
}
