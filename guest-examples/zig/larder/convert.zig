//! From the types of C that the bindings have for those of WIT to ordinary ones of Zig, and back.
//!
//! | WIT | Zig |
//! |---|---|
//! | `bool`, numbers | the same |
//! | `char` | `u21` |
//! | `string`, `list<T>` | `[]const u8`, `[]const T` |
//! | `option<T>` | `?T` |
//! | `result<T, E>` | `larder.Result(T, E)`; as the answer of a task also `!T`, where `E` is `string` or nothing |
//! | `record`, `tuple` | a struct of the same fields, a tuple |
//! | `variant` | a `union(enum)` of the same cases |
//! | `enum`, `flags` | an `enum`, a `packed struct` of `bool`s |
//! | `file`, `directory` of `larder:task/files` | `larder.File`, `larder.Directory` |
//!
//! Names are those of the WIT, with `_` for `-`. What does not fit is an error at compile time.

const std = @import("std");
const files = @import("files.zig");
const names = @import("names.zig");

/// A parameter of a task. Other than inside of values, an option is a pointer that may be null, and a structure a
/// pointer to it. Here and below, `task` is whose value it is, for errors.
pub fn parameter(comptime task: []const u8, comptime To: type, from: anytype) To {
    const From = @TypeOf(from);
    if (@typeInfo(From) != .pointer) return lift(task, To, from);
    if (@typeInfo(To) != .optional) return lift(task, To, from.*);
    if (from == null) return null;
    return lift(task, @typeInfo(To).optional.child, from.*);
}

/// A value that C has, in Zig. Memory that is the same in both is not copied.
pub fn lift(comptime task: []const u8, comptime To: type, from: anytype) To {
    const From = @TypeOf(from);
    if (comptime files.isHandle(To)) return files.lift(task, To, from);
    switch (@typeInfo(To)) {
        .void => return,
        .bool, .float => return same(task, To, From, from),
        .int => return if (To == u21 and From == u32) @intCast(from) else same(task, To, From, from),
        .@"enum" => {
            comptime checkEnum(task, To);
            return @fromBackingInt(@intCast(from));
        },
        .optional => |of| return if (hasField(task, To, From, "is_some")) (if (from.is_some) lift(task, of.child, from.val) else null) else unreachable,
        .pointer => |of| {
            const Item = comptime ListItem(task, To, From);
            const items: []Item = if (from.len == 0) &.{} else from.ptr[0..from.len];
            if (comptime isSame(of.child, Item)) return items;
            const lifted = allocated(of.child, items.len);
            for (items, lifted) |item, *place| place.* = lift(task, of.child, item);
            return lifted;
        },
        .@"struct" => |of| {
            if (of.layout == .@"packed") {
                comptime checkFlags(task, To);
                return @bitCast(@as(of.backing_integer.?, @intCast(from)));
            }
            comptime checkFields(task, To, From);
            var to: To = undefined;
            inline for (of.field_names, of.field_types) |name, Field| {
                @field(to, name) = lift(task, Field, @field(from, nameInC(task, To, From, name)));
            }
            return to;
        },
        .@"union" => |of| {
            if (@hasField(From, "is_err")) {
                if (from.is_err) return .{ .err = liftCase(task, To, "err", from) };
                return .{ .ok = liftCase(task, To, "ok", from) };
            }
            comptime checkVariant(task, To, From);
            inline for (of.field_names, 0..) |name, tag| {
                if (from.tag == tag) return @unionInit(To, name, liftCase(task, To, name, from));
            }
            unreachable;
        },
        else => mismatch(task, To, From),
    }
}

/// A value that Zig has, in C: in memory that C's `free` takes.
pub fn lower(comptime task: []const u8, comptime To: type, from: anytype) To {
    const From = @TypeOf(from);
    if (comptime files.isHandle(From)) return files.lower(task, To, from);
    switch (@typeInfo(From)) {
        .void => return,
        .bool, .float => return same(task, From, To, from),
        .int => return if (From == u21 and To == u32) from else same(task, From, To, from),
        .@"enum" => {
            comptime checkEnum(task, From);
            return @backingInt(from);
        },
        .optional => {
            if (!comptime hasField(task, From, To, "is_some")) unreachable;
            var to = std.mem.zeroes(To);
            if (from) |some| {
                to.is_some = true;
                to.val = lower(task, @FieldType(To, "val"), some);
            }
            return to;
        },
        .pointer => |of| {
            const Item = comptime ListItem(task, From, To);
            const lowered = allocated(Item, from.len);
            if (comptime isSame(of.child, Item)) {
                @memcpy(lowered, from);
            } else {
                for (from, lowered) |item, *place| place.* = lower(task, Item, item);
            }
            return .{ .ptr = if (from.len == 0) null else lowered.ptr, .len = from.len };
        },
        .@"struct" => |of| {
            if (of.layout == .@"packed") {
                comptime checkFlags(task, From);
                return @as(of.backing_integer.?, @bitCast(from));
            }
            comptime checkFields(task, From, To);
            var to = std.mem.zeroes(To);
            inline for (of.field_names) |name| {
                const in_c = comptime nameInC(task, From, To, name);
                @field(to, in_c) = lower(task, @FieldType(To, in_c), @field(from, name));
            }
            return to;
        },
        .@"union" => {
            var to = std.mem.zeroes(To);
            if (@hasField(To, "is_err")) {
                to.is_err = from == .err;
            } else {
                comptime checkVariant(task, From, To);
                to.tag = @backingInt(from);
            }
            switch (from) {
                inline else => |payload, case| if (@TypeOf(payload) != void) {
                    const in_c = comptime caseInC(task, From, To, @tagName(case));
                    to.val = @unionInit(@FieldType(To, "val"), in_c, lower(task, @FieldType(@FieldType(To, "val"), in_c), payload));
                },
            }
            return to;
        },
        else => mismatch(task, From, To),
    }
}

fn same(comptime task: []const u8, comptime Zig: type, comptime C: type, value: anytype) if (@TypeOf(value) == Zig) C else Zig {
    if (Zig != C) mismatch(task, Zig, C);
    return value;
}

fn mismatch(comptime task: []const u8, comptime Zig: type, comptime C: type) noreturn {
    @compileError(task ++ " has " ++ @typeName(Zig) ++ " where the WIT has " ++ @typeName(C));
}

fn hasField(comptime task: []const u8, comptime Zig: type, comptime C: type, comptime name: []const u8) bool {
    if (@typeInfo(C) != .@"struct" or !@hasField(C, name)) mismatch(task, Zig, C);
    return true;
}

fn ListItem(comptime task: []const u8, comptime Zig: type, comptime C: type) type {
    if (@typeInfo(Zig).pointer.size != .slice) mismatch(task, Zig, C);
    _ = hasField(task, Zig, C, "ptr");
    return @typeInfo(@FieldType(C, "ptr")).pointer.child;
}

/// Whether the memory of a list of them is the same.
fn isSame(comptime Zig: type, comptime C: type) bool {
    return Zig == C and switch (@typeInfo(Zig)) {
        .int, .float, .bool => true,
        else => false,
    };
}

fn allocated(comptime Item: type, count: usize) []Item {
    return std.heap.c_allocator.alloc(Item, count) catch @panic("out of memory");
}

/// The field of a tuple, of a record, or of one whose name is a word that C keeps for itself.
fn nameInC(comptime task: []const u8, comptime Zig: type, comptime C: type, comptime name: []const u8) []const u8 {
    const in_c = if (@typeInfo(Zig).@"struct".is_tuple) "f" ++ name else name;
    if (@hasField(C, in_c)) return in_c;
    if (@hasField(C, in_c ++ "_")) return in_c ++ "_";
    @compileError(task ++ ": the WIT has no field `" ++ name ++ "` of " ++ @typeName(Zig) ++ " in " ++ @typeName(C));
}

fn caseInC(comptime task: []const u8, comptime Zig: type, comptime C: type, comptime name: []const u8) []const u8 {
    if (!@hasField(C, "val")) mismatch(task, Zig, C);
    const Cases = @FieldType(C, "val");
    if (@hasField(Cases, name)) return name;
    if (@hasField(Cases, name ++ "_")) return name ++ "_";
    @compileError(task ++ ": the WIT has no value in the case `" ++ name ++ "` of " ++ @typeName(Zig));
}

fn liftCase(comptime task: []const u8, comptime To: type, comptime name: []const u8, from: anytype) @FieldType(To, name) {
    if (@FieldType(To, name) == void) return;
    return lift(task, @FieldType(To, name), @field(from.val, caseInC(task, To, @TypeOf(from), name)));
}

fn checkFields(comptime task: []const u8, comptime Zig: type, comptime C: type) void {
    if (@typeInfo(C) != .@"struct") mismatch(task, Zig, C);
    const in_zig = @typeInfo(Zig).@"struct".field_names;
    const in_c = @typeInfo(C).@"struct".field_names;
    if (in_zig.len != in_c.len) @compileError(task ++ ": " ++ @typeName(Zig) ++ std.fmt.comptimePrint(" has {d} fields, and in the WIT {d}", .{ in_zig.len, in_c.len }));
}

fn checkEnum(comptime task: []const u8, comptime Enum: type) void {
    const of = @typeInfo(Enum).@"enum";
    names.checkCases(task, Enum, of.field_names, of.field_values);
}

fn checkFlags(comptime task: []const u8, comptime Flags: type) void {
    const cases = @typeInfo(Flags).@"struct".field_names;
    var bits: [cases.len]comptime_int = undefined;
    for (&bits, 0..) |*bit, i| bit.* = 1 << i;
    names.checkCases(task, Flags, cases, &bits);
}

fn checkVariant(comptime task: []const u8, comptime Union: type, comptime C: type) void {
    _ = hasField(task, Union, C, "tag");
    const cases = @typeInfo(Union).@"union".field_names;
    var tags: [cases.len]comptime_int = undefined;
    for (&tags, 0..) |*tag, i| tag.* = i;
    names.checkCases(task, Union, cases, &tags);
}
