// The tasks of this component.

#include <algorithm>
#include <ranges>
#include <string_view>

#include "my_task_cpp.h"

#include "larder.hpp"

namespace tasks = exports::my::my_task::text;

namespace {

bool is_space(char byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

// Counts Unicode scalar values: the bytes of UTF-8 that begin one.
auto scalars(std::string_view text) {
    return std::ranges::count_if(text, [](char byte) { return (byte & 0xc0) != 0x80; });
}

} // namespace

const larder::Cached<tasks::Measure> measure{"1"};

std::expected<tasks::Stats, wit::string> tasks::Measure(wit::string text) {
    uint32_t words = 0;
    std::string_view longest;
    for (auto chunk : text.get_view() | std::views::chunk_by([](char a, char b) { return is_space(a) == is_space(b); })) {
        if (const std::string_view word{chunk}; !is_space(word.front())) {
            words++;
            longest = std::ranges::max(longest, word, {}, scalars);
        }
    }
    if (words == 0) {
        return larder::err("there are no words");
    }
    return tasks::Stats{.words = words, .longest = wit::string::from_view(longest)};
}
