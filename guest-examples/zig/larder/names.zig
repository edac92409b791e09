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
    for (exported()) |candidate| {
        if (std.mem.endsWith(u8, candidate, ending)) found = found ++ .{candidate};
    }
    if (found.len == 0 and @hasDecl(c, of_world)) return of_world;
    if (found.len == 0) @compileError("the WIT has no task `" ++ name ++ "`. What it has, as C names it:" ++ listed(exported()));
    if (found.len > 1) @compileError("several packages have a task `" ++ name ++ "`: write it as namespace:package/" ++ name);
    return found[0];
}

/// Fails if the component exports a function for which there is no task. One with resources of its own has functions
/// that C itself brings, so there it is left to the linker to tell.
pub fn checkAll(comptime symbols: []const []const u8) void {
    var missing: []const []const u8 = &.{};
    for (exported()) |name| {
        if (std.mem.endsWith(u8, name, "_drop_own")) return;
        for (symbols) |there| {
            if (std.mem.eql(u8, there, name)) break;
        } else missing = missing ++ .{name};
    }
    if (missing.len > 0)
        @compileError("there is no `pub const @\"interface#function\" = larder.task(.{}, …);` for what C names" ++ listed(missing));
}

/// What the component exports, other than its manifest.
fn exported() []const []const u8 {
    var found: []const []const u8 = &.{};
    for (@typeInfo(c).@"struct".decl_names) |name| {
        if (isTask(name)) found = found ++ .{name};
    }
    return found;
}

fn listed(comptime symbols: []const []const u8) []const u8 {
    var lines: []const u8 = "";
    for (symbols) |name| lines = lines ++ "\n  " ++ name;
    return lines;
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

/// Fails unless the WIT has an enum, a variant or flags with these cases, which the bindings know as constants of
/// these values: it is the order that counts in a component, and nobody would see that two were exchanged.
pub fn checkCases(comptime task: []const u8, comptime Type: type, cases: []const [:0]const u8, values: []const comptime_int) void {
    @setEvalBranchQuota(1_000_000);
    const first = "_" ++ upper(cases[0]);
    for (@typeInfo(c).@"struct".decl_names) |name| {
        if (!std.ascii.isUpper(name[0]) or !std.mem.endsWith(u8, name, first)) continue;
        const prefix = name[0 .. name.len - first.len] ++ "_";
        for (cases, values) |case, value| {
            const constant = prefix ++ upper(case);
            // The bit of a 32nd flag is the sign of C's number.
            if (!@hasDecl(c, constant) or @mod(@as(comptime_int, @field(c, constant)), 1 << 32) != value) break;
        } else return;
    }
    @compileError(task ++ ": the WIT has no type with the cases of " ++ @typeName(Type) ++ ", in this order");
}

fn upper(comptime name: []const u8) []const u8 {
    var out: [name.len]u8 = undefined;
    for (name, &out) |from, *to| to.* = std.ascii.toUpper(from);
    const done = out;
    return &done;
}
