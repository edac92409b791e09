// Strings in UTF-8. The host has seen to it that they are well-formed.

#include "scalars.h"

uint32_t next_scalar(const conformance_string_t *text, size_t *at) {
    const uint8_t *units = text->ptr + *at;
    size_t length = units[0] < 0x80 ? 1 : units[0] < 0xe0 ? 2 : units[0] < 0xf0 ? 3 : 4;
    uint32_t scalar = length == 1 ? units[0] : units[0] & (0xffU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        scalar = scalar << 6 | (units[i] & 0x3f);
    }
    *at += length;
    return scalar;
}

size_t put_scalar(uint8_t *units, uint32_t scalar) {
    return put_utf8(units, scalar);
}
