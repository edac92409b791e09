// Unicode scalar values of a text in UTF-8. The host has seen to it that it is well-formed.

#pragma once

#include <string>
#include <string_view>

inline std::u32string decoded(std::string_view text) {
    std::u32string scalars;
    for (size_t at = 0; at < text.size();) {
        const auto first = static_cast<unsigned char>(text[at++]);
        const int more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
        char32_t scalar = more == 0 ? first : first & (0x3f >> more);
        for (int i = 0; i < more; i++) {
            scalar = scalar << 6 | (static_cast<unsigned char>(text[at++]) & 0x3f);
        }
        scalars += scalar;
    }
    return scalars;
}

inline std::string encoded(std::u32string_view scalars) {
    std::string text;
    for (const char32_t scalar : scalars) {
        const int more = scalar < 0x80 ? 0 : scalar < 0x800 ? 1 : scalar < 0x10000 ? 2 : 3;
        const char32_t mark = more == 0 ? 0 : 0xf00 >> (more + 1) & 0xff;
        text += static_cast<char>(mark | scalar >> 6 * more);
        for (int i = more - 1; i >= 0; i--) {
            text += static_cast<char>(0x80 | (scalar >> 6 * i & 0x3f));
        }
    }
    return text;
}
