//! The conformance tasks, in the types that Zig has for what the WIT says.

const std = @import("std");
const larder = @import("larder");

const Result = larder.Result;

// values

const Numbers = struct { a: u8, b: i8, c: u16, d: i16, e: u32, f: i32 };

const TextFacts = struct { scalar_values: u32, utf8_bytes: u32, reversed: []const u8, text: []const u8 };

const Point = struct { x: f64, y: f64 };

const Shape = union(enum) {
    nothing,
    circle: f64,
    rectangle: struct { Point, Point },
    named: []const u8,
};

const Day = enum { monday, tuesday, wednesday, thursday, friday, saturday, sunday };

const Rights = packed struct {
    read: bool,
    write: bool,
    append: bool,
    create: bool,
    rename: bool,
    remove: bool,
    list: bool,
    share: bool,
    pass_on: bool,
};

pub const @"values#negate" = larder.cached("1", negate);

fn negate(a: bool) bool {
    return !a;
}

pub const @"values#integers" = larder.cached("1", integers);

fn integers(a: u8, b: i8, c: u16, d: i16, e: u32, f: i32) Numbers {
    return .{ .a = a, .b = b, .c = c, .d = d, .e = e, .f = f };
}

pub const @"values#wide" = larder.cached("1", wide);

fn wide(a: u64, b: i64) struct { u64, i64 } {
    return .{ a, b };
}

pub const @"values#add" = larder.cached("1", add);

fn add(a: u64, b: u64) u64 {
    return a +% b;
}

pub const @"values#floats" = larder.cached("1", floats);

fn floats(a: f32, b: f64) struct { f32, f64 } {
    return .{ a, b };
}

pub const @"values#character" = larder.cached("1", character);

fn character(c: u21) struct { u21, u32 } {
    return .{ c, c };
}

pub const @"values#text" = larder.cached("1", textFacts);

fn textFacts(text: []const u8) !TextFacts {
    const reversed = try larder.allocator.alloc(u8, text.len);
    var scalar_values: u32 = 0;
    var end = text.len;
    var characters = (try std.unicode.Utf8View.init(text)).iterator();
    while (characters.nextCodepointSlice()) |character_bytes| : (scalar_values += 1) {
        end -= character_bytes.len;
        @memcpy(reversed[end..][0..character_bytes.len], character_bytes);
    }
    return .{ .scalar_values = scalar_values, .utf8_bytes = @intCast(text.len), .reversed = reversed, .text = text };
}

pub const @"values#sort" = larder.cached("1", sort);

fn sort(texts: []const []const u8) ![]const []const u8 {
    const sorted = try larder.allocator.dupe([]const u8, texts);
    std.sort.pdq([]const u8, sorted, {}, struct {
        fn isBefore(_: void, a: []const u8, b: []const u8) bool {
            return std.mem.lessThan(u8, a, b);
        }
    }.isBefore);
    return sorted;
}

pub const @"values#options" = larder.cached("1", options);

fn options(a: ?u32, b: ??[]const u8) struct { ?u32, ??[]const u8 } {
    return .{ a, b };
}

pub const @"values#results" = larder.cached("1", results);

const First = Result(?u8, []const u8);
const Second = Result(void, []const u16);

fn results(a: First, b: Second) struct { First, Second } {
    return .{ a, b };
}

pub const @"values#area" = larder.cached("1", area);

fn area(shape: Shape) ?f64 {
    return switch (shape) {
        .nothing, .named => null,
        .circle => |radius| std.math.pi * radius * radius,
        .rectangle => |corners| @abs((corners[1].x - corners[0].x) * (corners[1].y - corners[0].y)),
    };
}

pub const @"values#shapes" = larder.cached("1", same_shapes);

fn same_shapes(shapes: []const Shape) []const Shape {
    return shapes;
}

pub const @"values#next" = larder.cached("1", next);

fn next(day: Day) Day {
    return if (day == .sunday) .monday else @fromBackingInt(@intCast(@backingInt(day) + 1));
}

pub const @"values#complement" = larder.cached("1", complement);

fn complement(rights: Rights) Rights {
    return @bitCast(~@as(u9, @bitCast(rights)));
}

pub const @"values#transpose" = larder.cached("1", transpose);

fn transpose(rows: []const []const i32) ![]const []const i32 {
    const width = if (rows.len > 0) rows[0].len else 0;
    for (rows, 0..) |row, i| {
        if (row.len != width) return larder.fail("row {d} has {d} of {d}", .{ i, row.len, width });
    }
    const columns = try larder.allocator.alloc([]i32, width);
    for (columns, 0..) |*column, x| {
        column.* = try larder.allocator.alloc(i32, rows.len);
        for (column.*, rows) |*place, row| place.* = row[x];
    }
    return columns;
}

pub const @"values#nested" = larder.cached("1", nested);

const Left = struct { u8, struct { []const u8, ?bool } };
const Right = []const struct { u21, []const []const u8 };

fn nested(a: Left, b: Right) struct { Left, Right } {
    return .{ a, b };
}

pub const @"values#sum" = larder.cached("1", sum);

fn sum(bytes: []const u8) u32 {
    var total: u32 = 0;
    for (bytes) |byte| total +%= byte;
    return total;
}

pub const @"values#count" = larder.cached("1", count);

fn count(length: u32) ![]const u32 {
    const numbers = try larder.allocator.alloc(u32, length);
    for (numbers, 0..) |*number, i| number.* = @intCast(i);
    return numbers;
}

pub const @"values#repeat" = larder.cached("1", repeat);

fn repeat(text: []const u8, times: u32) ![]const u8 {
    const repeated = try larder.allocator.alloc(u8, text.len * times);
    for (0..times) |i| @memcpy(repeated[i * text.len ..][0..text.len], text);
    return repeated;
}

// endings

pub const @"endings#fail" = larder.cached("1", fail);

fn fail(reason: []const u8) Result(u32, []const u8) {
    return .{ .err = reason };
}

pub const @"endings#crash" = larder.task(.{}, crash);

fn crash() u32 {
    @panic("this must not be");
}

pub const @"endings#say" = larder.task(.{}, say);

fn say(text: []const u8) !bool {
    try print(.stdout(), "out: {s}\n", text);
    try print(.stderr(), "err: {s}\n", text);
    return true;
}

fn print(file: std.Io.File, comptime format: []const u8, text: []const u8) !void {
    var buffer: [256]u8 = undefined;
    var writer = file.writerStreaming(larder.io, &buffer);
    try writer.interface.print(format, .{text});
    try writer.interface.flush();
}

// content

const Totals = struct {
    lines: u32 = 0,
    bytes: u64 = 0,

    fn add(totals: *Totals, piece: []const u8) void {
        totals.lines += @intCast(std.mem.countScalar(u8, piece, '\n'));
        totals.bytes += piece.len;
    }
};

pub const @"content#by-path" = larder.cached("1", byPath);

fn byPath(input: larder.File) !Totals {
    const file = try input.open(larder.io);
    defer file.close(larder.io);
    var totals: Totals = .{};
    var piece: [64 * 1024]u8 = undefined;
    while (true) {
        const length = file.readStreaming(larder.io, &.{&piece}) catch |err| switch (err) {
            error.EndOfStream => return totals,
            else => return err,
        };
        totals.add(piece[0..length]);
    }
}

pub const @"content#by-stream" = larder.cached("1", byStream);

fn byStream(input: larder.File) !Totals {
    var totals: Totals = .{};
    while (true) {
        const piece = input.read(totals.bytes, 64 * 1024);
        if (piece.len == 0) return totals;
        defer larder.allocator.free(piece);
        totals.add(piece);
    }
}

pub const @"content#write" = larder.cached("1", write);

fn write(name: []const u8, text: []const u8) !larder.File {
    const writer = try larder.Writer.create(name);
    var pieces = std.mem.window(u8, text, 64 * 1024, 64 * 1024);
    while (pieces.next()) |piece| try writer.write(piece);
    return writer.finish();
}
