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
/// pointer to it.
pub fn parameter(comptime To: type, from: anytype) To {
    const From = @TypeOf(from);
    if (@typeInfo(From) != .pointer) return lift(To, from);
    if (@typeInfo(To) != .optional) return lift(To, from.*);
    if (from == null) return null;
    return lift(@typeInfo(To).optional.child, from.*);
}

/// A value that C has, in Zig. Memory that is the same in both is not copied.
pub fn lift(comptime To: type, from: anytype) To {
    const From = @TypeOf(from);
    if (comptime files.isHandle(To)) return files.lift(To, from);
    switch (@typeInfo(To)) {
        .void => return,
        .bool, .float => return expect(To, From, from),
        .int => return if (To == u21 and From == u32) @intCast(from) else expect(To, From, from),
        .@"enum" => {
            comptime checkCases(To);
            return @enumFromInt(from);
        },
        .optional => |of| return if (hasField(To, From, "is_some")) (if (from.is_some) lift(of.child, from.val) else null) else unreachable,
        .pointer => |of| {
            const Item = comptime ListItem(To, From);
            const items: []Item = if (from.len == 0) &.{} else from.ptr[0..from.len];
            if (comptime isSame(of.child, Item)) return items;
            const lifted = allocated(of.child, items.len);
            for (items, lifted) |item, *place| place.* = lift(of.child, item);
            return lifted;
        },
        .@"struct" => |of| {
            if (of.layout == .@"packed") {
                comptime checkFlags(To);
                return @bitCast(@as(of.backing_integer.?, @intCast(from)));
            }
            comptime checkFields(To, From);
            var to: To = undefined;
            inline for (of.field_names, of.field_types) |name, Field| {
                @field(to, name) = lift(Field, @field(from, nameInC(To, From, name)));
            }
            return to;
        },
        .@"union" => |of| {
            if (@hasField(From, "is_err")) {
                if (from.is_err) return .{ .err = liftCase(To, "err", from) };
                return .{ .ok = liftCase(To, "ok", from) };
            }
            comptime checkVariant(To, From);
            inline for (of.field_names, 0..) |name, tag| {
                if (from.tag == tag) return @unionInit(To, name, liftCase(To, name, from));
            }
            unreachable;
        },
        else => mismatch(To, From),
    }
}

/// A value that Zig has, in C: in memory that C's `free` takes.
pub fn lower(comptime To: type, from: anytype) To {
    const From = @TypeOf(from);
    if (comptime files.isHandle(From)) return files.lower(To, from);
    switch (@typeInfo(From)) {
        .void => return,
        .bool, .float => return expect(To, From, from),
        .int => return if (From == u21 and To == u32) from else expect(To, From, from),
        .@"enum" => {
            comptime checkCases(From);
            return @intFromEnum(from);
        },
        .optional => {
            if (!comptime hasField(From, To, "is_some")) unreachable;
            var to = std.mem.zeroes(To);
            if (from) |some| {
                to.is_some = true;
                to.val = lower(@FieldType(To, "val"), some);
            }
            return to;
        },
        .pointer => |of| {
            const Item = comptime ListItem(From, To);
            const lowered = allocated(Item, from.len);
            if (comptime isSame(of.child, Item)) {
                @memcpy(lowered, from);
            } else {
                for (from, lowered) |item, *place| place.* = lower(Item, item);
            }
            return .{ .ptr = if (from.len == 0) null else lowered.ptr, .len = from.len };
        },
        .@"struct" => |of| {
            if (of.layout == .@"packed") {
                comptime checkFlags(From);
                return @as(of.backing_integer.?, @bitCast(from));
            }
            comptime checkFields(From, To);
            var to = std.mem.zeroes(To);
            inline for (of.field_names) |name| {
                const in_c = comptime nameInC(From, To, name);
                @field(to, in_c) = lower(@FieldType(To, in_c), @field(from, name));
            }
            return to;
        },
        .@"union" => |of| {
            var to = std.mem.zeroes(To);
            if (@hasField(To, "is_err")) {
                to.is_err = from == .err;
            } else {
                comptime checkVariant(From, To);
                to.tag = @intFromEnum(from);
            }
            switch (from) {
                inline else => |payload, case| if (@TypeOf(payload) != void) {
                    const in_c = comptime caseInC(From, To, @tagName(case));
                    to.val = @unionInit(@FieldType(To, "val"), in_c, lower(@FieldType(@FieldType(To, "val"), in_c), payload));
                },
            }
            _ = of;
            return to;
        },
        else => mismatch(From, To),
    }
}

fn expect(comptime To: type, comptime From: type, from: From) To {
    if (To != From) mismatch(To, From);
    return from;
}

fn mismatch(comptime Zig: type, comptime C: type) noreturn {
    @compileError("the task has " ++ @typeName(Zig) ++ " where the WIT has " ++ @typeName(C));
}

fn hasField(comptime Zig: type, comptime C: type, comptime name: []const u8) bool {
    if (@typeInfo(C) != .@"struct" or !@hasField(C, name)) mismatch(Zig, C);
    return true;
}

fn ListItem(comptime Zig: type, comptime C: type) type {
    if (@typeInfo(Zig).pointer.size != .slice) mismatch(Zig, C);
    _ = hasField(Zig, C, "ptr");
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
fn nameInC(comptime Zig: type, comptime C: type, comptime name: []const u8) []const u8 {
    const in_c = if (@typeInfo(Zig).@"struct".is_tuple) "f" ++ name else name;
    if (@hasField(C, in_c)) return in_c;
    if (@hasField(C, in_c ++ "_")) return in_c ++ "_";
    @compileError("the WIT has no field `" ++ name ++ "` of " ++ @typeName(Zig) ++ " in " ++ @typeName(C));
}

fn caseInC(comptime Zig: type, comptime C: type, comptime name: []const u8) []const u8 {
    if (!@hasField(C, "val")) mismatch(Zig, C);
    const Cases = @FieldType(C, "val");
    if (@hasField(Cases, name)) return name;
    if (@hasField(Cases, name ++ "_")) return name ++ "_";
    @compileError("the WIT has no value in the case `" ++ name ++ "` of " ++ @typeName(Zig));
}

fn liftCase(comptime To: type, comptime name: []const u8, from: anytype) @FieldType(To, name) {
    if (@FieldType(To, name) == void) return;
    return lift(@FieldType(To, name), @field(from.val, caseInC(To, @TypeOf(from), name)));
}

fn checkFields(comptime Zig: type, comptime C: type) void {
    if (@typeInfo(C) != .@"struct") mismatch(Zig, C);
    const in_zig = @typeInfo(Zig).@"struct".field_names;
    const in_c = @typeInfo(C).@"struct".field_names;
    if (in_zig.len != in_c.len) @compileError(@typeName(Zig) ++ " has not as many fields as in the WIT");
}

fn checkCases(comptime Enum: type) void {
    @setEvalBranchQuota(1_000_000);
    const of = @typeInfo(Enum).@"enum";
    for (of.field_names, of.field_values) |name, value| names.checkCase(Enum, name, value);
}

fn checkFlags(comptime Flags: type) void {
    @setEvalBranchQuota(1_000_000);
    for (@typeInfo(Flags).@"struct".field_names, 0..) |name, bit| names.checkCase(Flags, name, 1 << bit);
}

fn checkVariant(comptime Union: type, comptime C: type) void {
    @setEvalBranchQuota(1_000_000);
    _ = hasField(Union, C, "tag");
    for (@typeInfo(Union).@"union".field_names, 0..) |name, tag| names.checkCase(Union, name, tag);
}
