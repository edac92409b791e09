// Files in and out: at a path by stdio, and piece by piece.

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ranges>
#include <span>
#include <vector>

#include "conformance_cpp.h"

#include "larder.hpp"

namespace content = exports::larder::conformance::content;

namespace {

constexpr uint32_t piece = 64 * 1024;

void add(content::Totals &totals, auto &&bytes) {
    totals.lines += static_cast<uint32_t>(std::ranges::count(bytes, '\n'));
    totals.bytes += std::ranges::size(bytes);
}

} // namespace

const larder::Cached<content::ByPath> by_path{"1"};
std::expected<content::Totals, wit::string> content::ByPath(::larder::task::files::File &&input) {
    const auto opened = larder::open(input);
    if (!opened) {
        return larder::err(std::strerror(errno));
    }
    Totals totals{};
    std::vector<char> buffer(piece);
    while (const auto length = std::fread(buffer.data(), 1, piece, opened.get())) {
        add(totals, buffer | std::views::take(length));
    }
    if (std::ferror(opened.get())) {
        return larder::err(std::strerror(errno));
    }
    return totals;
}

const larder::Cached<content::ByStream> by_stream{"1"};
std::expected<content::Totals, wit::string> content::ByStream(::larder::task::files::File &&input) {
    Totals totals{};
    for (auto bytes = input.Read(0, piece); !bytes.empty(); bytes = input.Read(totals.bytes, piece)) {
        add(totals, bytes.get_const_view());
    }
    return totals;
}

const larder::Cached<content::Write> write{"1"};
std::expected<::larder::task::files::File, wit::string> content::Write(wit::string name, wit::string text) {
    using ::larder::task::files::Writer;
    auto writer = Writer::Create(name.get_view());
    if (!writer) {
        return larder::err(larder::why(writer.error()));
    }
    for (auto rest = std::span(reinterpret_cast<const uint8_t *>(text.data()), text.size()); !rest.empty();) {
        const auto next = rest.first(std::min<size_t>(rest.size(), piece));
        if (const auto done = writer->Write(next); !done) {
            return larder::err(larder::why(done.error()));
        }
        rest = rest.subspan(next.size());
    }
    return Writer::Finish(std::move(*writer)).transform_error([](auto error) {
        return wit::string::from_view(larder::why(error));
    });
}
