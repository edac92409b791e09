// The tasks: texts and lists in, the steps between them out.

#include <expected>
#include <ranges>
#include <string_view>
#include <utility>
#include <vector>

#include "edit_distance_cpp.h"

#include "distance.hpp"
#include "larder.hpp"

namespace edits = exports::examples::edit_distance::edits;

namespace {

using Items = std::vector<std::string_view>;

bool is_space(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

// Parts of a text, cut where `together` does not hold for neighbours.
auto chunks(std::string_view text, auto together) {
    return text | std::views::chunk_by(together) | std::views::transform([](auto chunk) { return std::string_view(chunk); });
}

// The Unicode scalar values of a text in UTF-8: each but the first byte of one continues it.
Items letters_of(std::string_view text) {
    return chunks(text, [](char, char byte) { return (byte & 0xc0) == 0x80; }) | std::ranges::to<Items>();
}

Items words_of(std::string_view text) {
    return chunks(text, [](char a, char b) { return is_space(a) == is_space(b); })
        | std::views::filter([](std::string_view chunk) { return !is_space(chunk.front()); }) | std::ranges::to<Items>();
}

Items items_of(const wit::vector<wit::string> &list) {
    return list.get_const_view() | std::views::transform(&wit::string::get_view) | std::ranges::to<Items>();
}

edits::Step told(const edit::Step &step, const Items &from, const Items &to) {
    using Told = edits::Step;
    const auto old = [&] { return wit::string::from_view(from[step.from]); };
    const auto now = [&] { return wit::string::from_view(to[step.to]); };
    switch (step.kind) {
    case edit::Kind::keep: return {Told::Keep{static_cast<uint32_t>(step.length)}};
    case edit::Kind::replace: return {Told::Replace{{old(), now()}}};
    case edit::Kind::remove: return {Told::Remove{old()}};
    case edit::Kind::insert: return {Told::Insert{now()}};
    }
    std::unreachable();
}

std::expected<edits::Script, edits::Problem> script(const Items &from, const Items &to) {
    const auto steps = edit::steps(from, to);
    if (!steps) {
        return std::unexpected(edits::Problem{edits::Problem::TooLong{edit::max_cells}});
    }
    return edits::Script{
        .distance = edit::distance(*steps),
        .steps = larder::list(*steps | std::views::transform([&](auto &step) { return told(step, from, to); })),
    };
}

} // namespace

const larder::Cached<edits::Letters> letters{"1"};
std::expected<edits::Script, edits::Problem> edits::Letters(wit::string from, wit::string to) {
    return script(letters_of(from.get_view()), letters_of(to.get_view()));
}

const larder::Cached<edits::Words> words{"1"};
std::expected<edits::Script, edits::Problem> edits::Words(wit::string from, wit::string to) {
    return script(words_of(from.get_view()), words_of(to.get_view()));
}

const larder::Cached<edits::Items> items{"1"};
std::expected<edits::Script, edits::Problem> edits::Items(wit::vector<wit::string> from, wit::vector<wit::string> to) {
    return script(items_of(from), items_of(to));
}
