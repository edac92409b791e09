// Strings in UTF-16. The host has seen to it that they are well-formed.

#include "scalars.h"

uint32_t next_scalar(const conformance_string_t *text, size_t *at) {
    uint32_t high = text->ptr[(*at)++];
    if (high < 0xd800 || high >= 0xe000) {
        return high;
    }
    uint32_t low = text->ptr[(*at)++];
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

size_t put_scalar(uint16_t *units, uint32_t scalar) {
    if (scalar < 0x10000) {
        units[0] = (uint16_t)scalar;
        return 1;
    }
    units[0] = (uint16_t)(0xd800 + ((scalar - 0x10000) >> 10));
    units[1] = (uint16_t)(0xdc00 + (scalar & 0x3ff));
    return 2;
}
