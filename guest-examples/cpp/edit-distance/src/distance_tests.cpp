// Tests that run when this is compiled.

#include <string>
#include <string_view>
#include <vector>

#include "distance.hpp"

using edit::Kind, edit::Step;
using namespace std::literals;

namespace {

constexpr uint32_t between(std::string_view from, std::string_view to) {
    return edit::distance(edit::steps(from, to).value());
}

static_assert(between("", "") == 0);
static_assert(between("", "abc") == 3);
static_assert(between("abc", "") == 3);
static_assert(between("abc", "abc") == 0);
static_assert(between("kitten", "sitting") == 3);
static_assert(between("sunday", "saturday") == 3);
static_assert(between("intention", "execution") == 5);
static_assert(between("aaa", "aaaa") == 1);

// What the steps make of the first text is the second.
constexpr bool leads_there(std::string_view from, std::string_view to) {
    std::string made;
    size_t read = 0;
    for (const auto &step : edit::steps(from, to).value()) {
        if (step.from != read || step.to != made.size()) {
            return false;
        }
        switch (step.kind) {
        case Kind::keep:
            made += from.substr(read, step.length);
            read += step.length;
            break;
        case Kind::replace:
            made += to[step.to];
            read++;
            break;
        case Kind::remove:
            read++;
            break;
        case Kind::insert:
            made += to[step.to];
            break;
        }
    }
    return read == from.size() && made == to;
}

static_assert(leads_there("", ""));
static_assert(leads_there("to be", "or not to be"));
static_assert(leads_there("or not to be", "to be"));
static_assert(leads_there("abcabba", "cbabac"));
static_assert(leads_there("aab", "aaab"));

constexpr bool keeps_in_one_step() {
    return edit::steps("abXcd"sv, "abYcd"sv).value()
        == std::vector<Step>{{Kind::keep, 0, 0, 2}, {Kind::replace, 2, 2}, {Kind::keep, 3, 3, 2}};
}
static_assert(keeps_in_one_step());

} // namespace
