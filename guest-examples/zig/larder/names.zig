//! From the names of tasks and cases to those that the bindings in C have for them.

const std = @import("std");
const c = @import("bindings");

/// The name of a task without its package, as a manifest has it: `text#measure` for `my:package/text#measure`.
pub fn short(comptime name: []const u8) []const u8 {
    const slash = std.mem.indexOfScalar(u8, name, '/') orelse return name;
    return name[slash + 1 ..];
}

/// The function in C of a task, `interface#function`, `component#function`, or `namespace:package/interface#function`
/// where several packages have one.
pub fn symbol(comptime name: []const u8) []const u8 {
    const hash = std.mem.indexOfScalar(u8, name, '#').?;
    const ending = "_" ++ snake(name);
    const of_world = "exports_" ++ world() ++ "_" ++ snake(name[hash + 1 ..]);
    var found: []const []const u8 = &.{};
    var all: []const u8 = "";
    for (@typeInfo(c).@"struct".decl_names) |candidate| {
        if (!isTask(candidate)) continue;
        all = all ++ "\n  " ++ candidate;
        if (std.mem.endsWith(u8, candidate, ending)) found = found ++ .{candidate};
    }
    if (found.len == 0 and @hasDecl(c, of_world)) return of_world;
    if (found.len == 0) @compileError("the WIT has no task `" ++ name ++ "`. What it has, as C names it:" ++ all);
    if (found.len > 1) @compileError("several packages have a task `" ++ name ++ "`: write it as namespace:package/" ++ name);
    return found[0];
}

/// Whether a declaration of the bindings is a function that the component exports, and not one that helps with a type.
fn isTask(comptime name: []const u8) bool {
    if (!std.mem.startsWith(u8, name, "exports_")) return false;
    if (std.mem.startsWith(u8, name, "exports_larder_task_manifest_")) return false;
    if (std.mem.endsWith(u8, name, "_t")) return false;
    for ([_][]const u8{ "_free", "_callback", "_return" }) |ending| {
        if (!std.mem.endsWith(u8, name, ending)) continue;
        const rest = name[0 .. name.len - ending.len];
        if (@hasDecl(c, rest ++ "_t") or @hasDecl(c, rest)) return false;
    }
    return true;
}

/// The name of the world, of which the bindings make the names of what they have themselves.
fn world() []const u8 {
    const helper = "_string_dup_n";
    for (@typeInfo(c).@"struct".decl_names) |name| {
        if (std.mem.endsWith(u8, name, helper)) return name[0 .. name.len - helper.len];
    }
    @compileError("these are no bindings of `larder bindings zig`");
}

/// A name of WIT as C has it.
fn snake(comptime name: []const u8) []const u8 {
    var out: [name.len]u8 = undefined;
    for (name, &out) |from, *to| to.* = if (std.ascii.isAlphanumeric(from)) std.ascii.toLower(from) else '_';
    const done = out;
    return &done;
}

/// Fails unless the bindings have a constant that says that `case` of `Type`, an enum, variant or flags, is `value`.
pub fn checkCase(comptime Type: type, comptime case: []const u8, comptime value: comptime_int) void {
    const ending = "_" ++ upper(case);
    for (@typeInfo(c).@"struct".decl_names) |name| {
        if (!std.ascii.isUpper(name[0]) or !std.mem.endsWith(u8, name, ending)) continue;
        if (isNumber(name) and @field(c, name) == value) return;
    }
    @compileError(std.fmt.comptimePrint("the WIT has no type in which `{s}` is number {d}, as in {s}", .{ case, value, @typeName(Type) }));
}

/// Whether a constant of the bindings is about a type of the WIT: those of C's own headers need not even compile.
fn isNumber(comptime name: []const u8) bool {
    return std.mem.startsWith(u8, name, "EXPORTS_") or std.mem.startsWith(u8, name, "LARDER_TASK_FILES_");
}

fn upper(comptime name: []const u8) []const u8 {
    var out: [name.len]u8 = undefined;
    for (name, &out) |from, *to| to.* = std.ascii.toUpper(from);
    const done = out;
    return &done;
}
