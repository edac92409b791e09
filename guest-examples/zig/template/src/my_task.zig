//! Tasks on text, as `wit/world.wit` has them.

const std = @import("std");
const larder = @import("larder");

const Stats = struct { words: u32, longest: []const u8 };

pub const @"text#measure" = larder.cached("1", measure);

fn measure(text: []const u8) !Stats {
    var stats: Stats = .{ .words = 0, .longest = "" };
    var most: usize = 0;
    var words = std.mem.tokenizeAny(u8, text, " \t\n\r\x0c");
    while (words.next()) |word| : (stats.words += 1) {
        const characters = try std.unicode.utf8CountCodepoints(word);
        if (characters > most) {
            most = characters;
            stats.longest = word;
        }
    }
    return if (stats.words > 0) stats else larder.fail("there are no words", .{});
}

test "the first of the longest words is named" {
    const stats = try measure("a été\n  não");
    try std.testing.expectEqual(3, stats.words);
    try std.testing.expectEqualStrings("été", stats.longest);
}

test "a text without words is an error" {
    try std.testing.expectError(error.Failed, measure(" \n\t"));
}
