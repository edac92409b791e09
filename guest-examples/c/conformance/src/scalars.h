// Unicode scalar values of a string, whatever units it is made of: `utf8.c` or `utf16.c` is linked.

#ifndef SCALARS_H
#define SCALARS_H

#include "conformance.h"

// More than any scalar value takes.
#define MAX_UNITS 4

// A unit of a string: a byte of UTF-8, or two of UTF-16.
typedef __typeof__(*((conformance_string_t *)0)->ptr) unit_t;

// The scalar value that begins at `*at`, which is then behind it.
uint32_t next_scalar(const conformance_string_t *text, size_t *at);

// Writes the units of a scalar value, and says how many there are.
size_t put_scalar(unit_t *units, uint32_t scalar);

// Writes the bytes of a scalar value in UTF-8, and says how many there are.
static inline uint32_t put_utf8(uint8_t *bytes, uint32_t scalar) {
    uint32_t length = scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4;
    for (uint32_t i = length - 1; i > 0; i--) {
        bytes[i] = 0x80 | (scalar & 0x3f);
        scalar >>= 6;
    }
    static const uint8_t mark_of[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    bytes[0] = mark_of[length] | (uint8_t)scalar;
    return length;
}

#endif
