// The distance of Levenshtein between two sequences, and the steps that make one of the other. Knows nothing of tasks, and
// what it says of them can be had at compile time: `distance_tests.cpp`.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

namespace edit {

enum class Kind : uint8_t { keep, replace, remove, insert };

// A step at a place in both sequences. Only what is kept is more than one item long.
struct Step {
    Kind kind;
    size_t from;
    size_t to;
    size_t length = 1;

    bool operator==(const Step &) const = default;
};

// Two sequences whose table has more cells than are allowed.
struct TooLong {
    uint64_t cells;
};

// How many cells a table may have, a byte each.
inline constexpr uint64_t max_cells = 64 << 20;

// For each pair of places, the last step on a shortest way to it.
class Table {
public:
    template <class Item> constexpr Table(std::span<const Item> from, std::span<const Item> to) : width_(to.size() + 1) {
        last_.reserve((from.size() + 1) * width_);
        std::vector<uint32_t> above(std::from_range, std::views::iota(uint32_t{0}, static_cast<uint32_t>(width_)));
        last_.assign(width_, Kind::insert);
        for (const auto &old : from) {
            uint32_t diagonal = std::exchange(above[0], above[0] + 1);
            last_.push_back(Kind::remove);
            for (size_t column = 1; column < width_; column++) {
                const bool same = old == to[column - 1];
                const uint32_t replaced = diagonal + !same;
                const uint32_t removed = above[column] + 1;
                const uint32_t inserted = above[column - 1] + 1;
                diagonal = above[column];
                above[column] = std::min({replaced, removed, inserted});
                last_.push_back(
                    above[column] == replaced  ? (same ? Kind::keep : Kind::replace)
                    : above[column] == removed ? Kind::remove
                                               : Kind::insert
                );
            }
        }
    }

    constexpr Kind last(size_t from, size_t to) const { return last_[from * width_ + to]; }

private:
    size_t width_;
    std::vector<Kind> last_;
};

// The steps from one sequence to the other, as few as there can be. Of several shortest ways it is the one that, seen from
// the end, rather replaces than removes, and rather removes than inserts.
template <std::ranges::contiguous_range Range>
constexpr std::expected<std::vector<Step>, TooLong> steps(const Range &from_range, const Range &to_range) {
    using Item = std::ranges::range_value_t<Range>;
    const std::span<const Item> from(from_range), to(to_range);
    // What both begin with is kept: it need not be in the table.
    const auto begin = static_cast<size_t>(std::ranges::mismatch(from, to).in1 - from.begin());
    const auto rest = from.subspan(begin), other = to.subspan(begin);
    if (const auto cells = (uint64_t{rest.size()} + 1) * (other.size() + 1); cells > max_cells) {
        return std::unexpected(TooLong{cells});
    }
    const Table table(rest, other);
    std::vector<Step> backwards;
    const auto add = [&](Step step) {
        if (step.kind == Kind::keep && !backwards.empty() && backwards.back().kind == Kind::keep) {
            step.length += backwards.back().length;
            backwards.pop_back();
        }
        backwards.push_back(step);
    };
    for (size_t row = rest.size(), column = other.size(); row > 0 || column > 0;) {
        const auto kind = table.last(row, column);
        row -= kind != Kind::insert;
        column -= kind != Kind::remove;
        add({kind, begin + row, begin + column});
    }
    if (begin > 0) {
        add({Kind::keep, 0, 0, begin});
    }
    std::ranges::reverse(backwards);
    return backwards;
}

// How many steps change something.
constexpr uint32_t distance(std::span<const Step> steps) {
    return static_cast<uint32_t>(std::ranges::count_if(steps, [](auto &step) { return step.kind != Kind::keep; }));
}

} // namespace edit
