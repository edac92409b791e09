// Says at a task, in C++, how Larder treats it, and makes of all that was said what the component exports as
// `larder:task/manifest`. A task of which nothing is said runs, and is not cached.
//
//     #include "my_task_cpp.h"   // what `larder bindings cpp` has written: it comes first
//     #include "larder.hpp"
//
//     namespace tasks = exports::my::my_task::text;
//
//     const larder::Cached<tasks::Measure> measure{"1"};
//     std::expected<tasks::Stats, wit::string> tasks::Measure(wit::string text) { …
//
// A task that does not exist is an error of the compiler's. It never sees what a task is given or answers.

#ifndef LARDER_HPP
#define LARDER_HPP

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <expected>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace larder {

namespace manifest = exports::larder::task::manifest;

// The machine that one run needs: one of these, or `Custom{.cpus = 2, .memory_mib = 4096}`.
enum class Size { small, medium, large, small_gpu, large_gpu };
using enum Size;
struct Custom {
    uint32_t cpus = 1;
    uint32_t memory_mib = 0;
    uint32_t storage_mib = 0;
    uint32_t gpus = 0;
};

// Who shares answers: the workflows of an account, or the calls of one workflow.
enum class Scope { account, workflow };

// The version of a task whose answers are good for exactly this code.
struct Pinned {};
inline constexpr Pinned pinned;

// What else is to be said of a task.
struct Options {
    std::variant<Size, Custom> size = small;
    Scope scope = Scope::account;
    // Whether `err` is kept as well as `ok`.
    bool cache_errors = false;
    // The wall-clock time after which a run is stopped. Zero: the limit of the size.
    std::chrono::seconds timeout{0};
    // Whether the names of files and directories are inputs as well as their contents.
    bool file_names = false;
    // For a function that the world exports itself: what keeps its cache apart from that of other components, if it is not
    // the name of the world.
    std::string_view component{};
};

// All that is said of one task. Those of a program are a list.
class Declaration {
public:
    using Version = std::variant<std::monostate, std::string_view, Pinned>;

    Declaration(std::string_view function, Version version, Options options)
        : function_(function), version_(version), options_(options), next_(std::exchange(first_, this)) {}
    Declaration(const Declaration &) = delete;
    Declaration &operator=(const Declaration &) = delete;

    static const Declaration *first() { return first_; }
    const Declaration *next() const { return next_; }

    manifest::Task task() const {
        const auto seconds = static_cast<uint32_t>(options_.timeout.count());
        return manifest::Task{
            .name = wit::string::from_view(name()),
            .size = size(),
            .cache = cache(),
            .timeout_seconds = seconds == 0 ? std::nullopt : std::optional(seconds),
            .needs = {},
            .file_names = options_.file_names,
        };
    }

private:
    // From `exports::my::my_task::text::CountWords` to `text#count-words`, as WIT has it.
    std::string name() const {
        const auto before_function = function_.rfind("::");
        const auto scope = function_.substr(0, before_function);
        const auto before_interface = scope.rfind("::");
        std::string name(options_.component);
        if (name.empty()) {
            for (const char letter : scope.substr(before_interface == scope.npos ? 0 : before_interface + 2)) {
                name += letter == '_' ? '-' : letter;
            }
            // What is a word of C++ too has an underscore at its end.
            if (name.ends_with('-')) {
                name.pop_back();
            }
        }
        name += '#';
        for (const char letter : function_.substr(before_function + 2)) {
            const bool capital = letter >= 'A' && letter <= 'Z';
            if (capital && !name.ends_with('#')) {
                name += '-';
            }
            name += static_cast<char>(capital ? letter - 'A' + 'a' : letter);
        }
        return name;
    }

    manifest::Size size() const {
        using Said = manifest::Size;
        if (const auto *custom = std::get_if<Custom>(&options_.size)) {
            return {Said::Custom{{custom->cpus, custom->memory_mib, custom->storage_mib, custom->gpus}}};
        }
        switch (std::get<Size>(options_.size)) {
        case small: return {Said::Small{}};
        case medium: return {Said::Medium{}};
        case large: return {Said::Large{}};
        case small_gpu: return {Said::SmallGpu{}};
        case large_gpu: return {Said::LargeGpu{}};
        }
        std::unreachable();
    }

    std::optional<manifest::Cache> cache() const {
        using Said = manifest::Version;
        if (std::holds_alternative<std::monostate>(version_)) {
            return std::nullopt;
        }
        const auto *text = std::get_if<std::string_view>(&version_);
        return manifest::Cache{
            .version = text ? Said{Said::Declared{wit::string::from_view(*text)}} : Said{Said::Pinned{}},
            .scope = options_.scope == Scope::account ? manifest::Scope::kAccount : manifest::Scope::kWorkflow,
            .cache_errors = options_.cache_errors,
        };
    }

    std::string_view function_;
    Version version_;
    Options options_;
    const Declaration *next_;
    static inline constinit const Declaration *first_ = nullptr;
};

// How a function is called in full: `exports::my::my_task::text::Measure`.
template <auto *Function> consteval std::string_view spelled() {
    constexpr std::string_view all = __PRETTY_FUNCTION__;
    constexpr std::string_view mark = "Function = &";
    static_assert(all.contains(mark), "this compiler writes names in another way");
    const auto from = all.find(mark) + mark.size();
    return all.substr(from, all.find_first_of("];", from) - from);
}

// A task whose answers are kept, for as long as its version, a text or `pinned`, stays the same.
template <auto *Function> struct Cached : Declaration {
    explicit Cached(std::string_view version, Options options = {}) : Declaration(spelled<Function>(), version, options) {}
    explicit Cached(Pinned version, Options options = {}) : Declaration(spelled<Function>(), version, options) {}
};

// A task that is not cached, but has a size or a timeout.
template <auto *Function> struct Task : Declaration {
    explicit Task(Options options = {}) : Declaration(spelled<Function>(), std::monostate{}, options) {}
};

// The `err` of a task: `return larder::err("there are no words");`
inline std::unexpected<wit::string> err(std::string_view text) {
    return std::unexpected(wit::string::from_view(text));
}

// What the host says of a file that cannot be had, made or read, as WIT writes it.
constexpr std::string_view why(task::files::Error error) {
    using enum task::files::Error;
    switch (error) {
    case kNoEntry: return "no-entry";
    case kIsDirectory: return "is-directory";
    case kNotDirectory: return "not-directory";
    case kNotPermitted: return "not-permitted";
    case kLoop: return "loop";
    case kInvalidName: return "invalid-name";
    case kNoRoom: return "no-room";
    case kTooLarge: return "too-large";
    }
    std::unreachable();
}

// A file that is closed at the end.
using Opened = std::unique_ptr<std::FILE, decltype([](std::FILE *file) { std::fclose(file); })>;

// Opens a file to read it, at the path that the host shows it at. Null, with `errno`, as `std::fopen`. (The libc++ of
// Debian for WASI has no `std::ifstream`.)
inline Opened open(const task::files::File &file) {
    return Opened(std::fopen(file.Path().to_string().c_str(), "rb"));
}

// The elements of a range, moved, in the memory that the host takes a list from.
template <std::ranges::forward_range Range> auto list(Range &&range) {
    using Element = std::ranges::range_value_t<Range>;
    auto made = wit::vector<Element>::allocate(static_cast<size_t>(std::ranges::distance(range)));
    size_t at = 0;
    for (auto &&element : range) {
        made.initialize(at++, Element(std::move(element)));
    }
    return made;
}

} // namespace larder

// In a task, `larder` is what it exports of Larder's; what stands above is meant as well.
namespace exports::larder {
using namespace ::larder;
}

namespace exports::larder::task::manifest {

[[gnu::used]] inline wit::vector<Task> Tasks() {
    size_t count = 0;
    for (auto *said = ::larder::Declaration::first(); said != nullptr; said = said->next()) {
        count++;
    }
    auto tasks = wit::vector<Task>::allocate(count);
    // The last one was said first.
    for (auto *said = ::larder::Declaration::first(); said != nullptr; said = said->next()) {
        tasks.initialize(--count, said->task());
    }
    return tasks;
}

} // namespace exports::larder::task::manifest

// The compiler's own library for 128-bit numbers, which `std::format` needs, guards its stack where Debian built it, and
// the C library does not have what that takes.
extern "C" {
[[gnu::weak]] uintptr_t __stack_chk_guard = 0x5afe57ac;
[[gnu::weak, noreturn]] void __stack_chk_fail() { __builtin_trap(); }
}

#endif
