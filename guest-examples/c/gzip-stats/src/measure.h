// Measures a gzip file. Knows nothing of tasks.

#ifndef MEASURE_H
#define MEASURE_H

#include <stdint.h>
#include <stdio.h>

// What is in a gzip file.
typedef struct {
    // How many packed files stand one behind the other.
    uint32_t members;
    uint64_t packed;
    uint64_t unpacked;
    // Line feeds in what comes out.
    uint64_t lines;
    // Of all that comes out.
    uint32_t crc32;
} measure_t;

typedef enum {
    MEASURED,
    // See `errno`.
    UNREADABLE,
    NOT_GZIP,
    TRUNCATED,
    DAMAGED,
} outcome_t;

// Unpacks `file` to its end, a piece at a time. `*why` is what zlib says where it is damaged, and `packed` is then how far
// it was read.
outcome_t measure(FILE *file, measure_t *measured, const char **why);

#endif
