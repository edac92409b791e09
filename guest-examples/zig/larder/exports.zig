//! From a function of Zig to the function of C that the bindings call for a task.

const std = @import("std");
const c = @import("bindings");
const convert = @import("convert.zig");
const files = @import("files.zig");
const Result = @import("larder.zig").Result;

/// What `larder.fail` said last: the text of `error.Failed`.
pub var reason: []const u8 = "Failed";

/// The function of C that the bindings call, made of the author's.
pub fn Export(comptime name: []const u8, comptime symbol: []const u8, comptime function: anytype) type {
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
        pub fn all() void {
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
            if (signature.return_type == bool and (places.len > 0 or Answer != bool)) {
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
