// What a value is on one side of the border, it is on the other: each is taken apart here and put together again, in
// the types of the standard library.

#include <algorithm>
#include <cmath>
#include <format>
#include <functional>
#include <numbers>
#include <optional>
#include <ranges>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "conformance_cpp.h"

#include "larder.hpp"
#include "scalars.hpp"

namespace values = exports::larder::conformance::values;

namespace {

std::string native(const wit::string &text) {
    return text.to_string();
}

wit::string foreign(std::string_view text) {
    return wit::string::from_view(text);
}

std::vector<std::string> native(const wit::vector<wit::string> &texts) {
    return texts.get_const_view() | std::views::transform([](auto &text) { return native(text); })
        | std::ranges::to<std::vector>();
}

wit::vector<wit::string> foreign(const std::vector<std::string> &texts) {
    return larder::list(texts | std::views::transform([](auto &text) { return foreign(text); }));
}

// What a visitor does with each of several types.
template <class... Cases> struct Match : Cases... {
    using Cases::operator()...;
};

} // namespace

const larder::Cached<values::Negate> negate{"1"};
bool values::Negate(bool a) {
    return !a;
}

const larder::Cached<values::Integers> integers{"1"};
values::Numbers values::Integers(uint8_t a, int8_t b, uint16_t c, int16_t d, uint32_t e, int32_t f) {
    return {.a = a, .b = b, .c = c, .d = d, .e = e, .f = f};
}

const larder::Cached<values::Wide> wide{"1"};
std::tuple<uint64_t, int64_t> values::Wide(uint64_t a, int64_t b) {
    return {a, b};
}

const larder::Cached<values::Add> add{"1"};
uint64_t values::Add(uint64_t a, uint64_t b) {
    return a + b;
}

const larder::Cached<values::Floats> floats{"1"};
std::tuple<float, double> values::Floats(float a, double b) {
    return {a, b};
}

const larder::Cached<values::Character> character{"1"};
std::tuple<uint32_t, uint32_t> values::Character(uint32_t c) {
    const auto scalar = static_cast<char32_t>(c);
    return {scalar, scalar};
}

const larder::Cached<values::Text> text{"1"};
values::TextFacts values::Text(wit::string text) {
    const auto scalars = decoded(native(text));
    const auto again = encoded(scalars);
    return {
        .scalar_values = static_cast<uint32_t>(scalars.size()),
        .utf8_bytes = static_cast<uint32_t>(again.size()),
        .reversed = foreign(encoded(std::u32string(scalars.rbegin(), scalars.rend()))),
        .text = foreign(again),
    };
}

const larder::Cached<values::Sort> sort{"1"};
wit::vector<wit::string> values::Sort(wit::vector<wit::string> texts) {
    auto made = native(texts);
    std::ranges::sort(made, {}, decoded);
    return foreign(made);
}

const larder::Cached<values::Options> options{"1"};
std::tuple<std::optional<uint32_t>, std::optional<std::optional<wit::string>>>
values::Options(std::optional<uint32_t> a, std::optional<std::optional<wit::string>> b) {
    const auto number = a.transform([](uint32_t value) { return value; });
    // A copy of nothing in something is still that.
    std::optional<std::optional<std::string>> nested;
    if (b) {
        nested.emplace();
        if (*b) {
            nested->emplace(native(**b));
        }
    }
    std::optional<std::optional<wit::string>> made;
    if (nested) {
        made.emplace();
        if (*nested) {
            made->emplace(foreign(**nested));
        }
    }
    return {number, std::move(made)};
}

const larder::Cached<values::Results> results{"1"};
std::tuple<std::expected<std::optional<uint8_t>, wit::string>, std::expected<void, wit::vector<uint16_t>>>
values::Results(std::expected<std::optional<uint8_t>, wit::string> a, std::expected<void, wit::vector<uint16_t>> b) {
    auto first = std::move(a).transform_error([](const wit::string &error) { return foreign(native(error)); });
    auto second = std::move(b).transform_error([](const wit::vector<uint16_t> &error) {
        return larder::list(error.get_const_view() | std::ranges::to<std::vector>());
    });
    return {std::move(first), std::move(second)};
}

const larder::Cached<values::Area> area{"1"};
std::optional<double> values::Area(Shape shape) {
    return std::visit(
        Match{
            [](const Shape::Circle &circle) -> std::optional<double> {
                return std::numbers::pi * circle.value * circle.value;
            },
            [](const Shape::Rectangle &rectangle) -> std::optional<double> {
                const auto &[one, other] = rectangle.value;
                return std::abs((other.x - one.x) * (other.y - one.y));
            },
            [](const auto &) -> std::optional<double> { return std::nullopt; },
        },
        shape.variants
    );
}

const larder::Cached<values::Shapes> shapes{"1"};
wit::vector<values::Shape> values::Shapes(wit::vector<Shape> shapes) {
    const auto rebuilt = [](const Shape &shape) {
        return std::visit(
            Match{
                [](const Shape::Nothing &) { return Shape{Shape::Nothing{}}; },
                [](const Shape::Circle &circle) { return Shape{Shape::Circle{circle.value}}; },
                [](const Shape::Rectangle &rectangle) {
                    const auto &[one, other] = rectangle.value;
                    return Shape{Shape::Rectangle{{Point{one.x, one.y}, Point{other.x, other.y}}}};
                },
                [](const Shape::Named &named) { return Shape{Shape::Named{foreign(native(named.value))}}; },
            },
            shape.variants
        );
    };
    return larder::list(shapes.get_const_view() | std::views::transform(rebuilt));
}

const larder::Cached<values::Next> next{"1"};
values::Day values::Next(Day day) {
    return day == Day::kSunday ? Day::kMonday : Day(std::to_underlying(day) + 1);
}

const larder::Cached<values::Complement> complement{"1"};
values::Rights values::Complement(Rights rights) {
    auto others = Rights::k_None;
    for (const auto right : {Rights::kRead, Rights::kWrite, Rights::kAppend, Rights::kCreate, Rights::kRename,
                             Rights::kRemove, Rights::kList, Rights::kShare, Rights::kPassOn}) {
        if ((rights & right) == Rights::k_None) {
            others = others | right;
        }
    }
    return others;
}

const larder::Cached<values::Transpose> transpose{"1"};
std::expected<wit::vector<wit::vector<int32_t>>, wit::string> values::Transpose(wit::vector<wit::vector<int32_t>> rows) {
    const size_t width = rows.empty() ? 0 : rows[0].size();
    for (size_t row = 0; row < rows.size(); row++) {
        if (rows[row].size() != width) {
            return larder::err(std::format("row {} has {} of {}", row, rows[row].size(), width));
        }
    }
    return larder::list(std::views::iota(size_t{0}, width) | std::views::transform([&](size_t column) {
        return larder::list(rows.get_const_view() | std::views::transform([=](auto &row) { return row[column]; }));
    }));
}

const larder::Cached<values::Nested> nested{"1"};
std::tuple<std::tuple<uint8_t, std::tuple<wit::string, std::optional<bool>>>, wit::vector<std::tuple<uint32_t, wit::vector<wit::string>>>>
values::Nested(
    std::tuple<uint8_t, std::tuple<wit::string, std::optional<bool>>> a,
    wit::vector<std::tuple<uint32_t, wit::vector<wit::string>>> b
) {
    auto &[number, inner] = a;
    auto &[word, truth] = inner;
    const auto rebuilt = [](auto &pair) {
        const auto &[scalar, texts] = pair;
        return std::tuple(scalar, foreign(native(texts)));
    };
    return {
        std::tuple(number, std::tuple(foreign(native(word)), truth)),
        larder::list(b.get_const_view() | std::views::transform(rebuilt)),
    };
}

const larder::Cached<values::Sum> sum{"1"};
uint32_t values::Sum(wit::vector<uint8_t> bytes) {
    return std::ranges::fold_left(bytes.get_const_view(), uint32_t{0}, std::plus{});
}

const larder::Cached<values::Count> count{"1"};
wit::vector<uint32_t> values::Count(uint32_t length) {
    return larder::list(std::views::iota(uint32_t{0}, length));
}

const larder::Cached<values::Repeat> repeat{"1"};
wit::string values::Repeat(wit::string text, uint32_t times) {
    std::string repeated;
    repeated.reserve(text.size() * times);
    for (uint32_t i = 0; i < times; i++) {
        repeated += text.get_view();
    }
    return foreign(repeated);
}
