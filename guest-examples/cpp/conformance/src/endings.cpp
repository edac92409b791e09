// How a task ends, other than with a value.

#include <cstdlib>
#include <iostream>

#include "conformance_cpp.h"

#include "larder.hpp"

namespace endings = exports::larder::conformance::endings;

const larder::Cached<endings::Fail> fail{"1"};
std::expected<uint32_t, wit::string> endings::Fail(wit::string reason) {
    return larder::err(reason.get_view());
}

uint32_t endings::Crash() {
    std::cerr << "this must not be\n";
    std::abort();
}

bool endings::Say(wit::string text) {
    std::cout << "out: " << text.get_view() << std::endl;
    std::cerr << "err: " << text.get_view() << std::endl;
    return std::cout.good() && std::cerr.good();
}
