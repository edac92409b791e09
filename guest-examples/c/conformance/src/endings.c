// How a task ends, other than with a value.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"
#include "memory.h"
#include "scalars.h"

#define LARDER_EXPORTS exports_larder_conformance
#include "larder.h"

LARDER_CACHED(endings, fail, "1")
bool exports_larder_conformance_endings_fail(conformance_string_t *reason, uint32_t *never, conformance_string_t *error) {
    (void)never;
    *error = NEW_LIST(conformance_string_t, reason->len);
    memcpy(error->ptr, reason->ptr, reason->len * sizeof *reason->ptr);
    return false;
}

uint32_t exports_larder_conformance_endings_crash(void) {
    fputs("this must not be\n", stderr);
    abort();
}

// Standard output and error are in UTF-8.
static void print_line(FILE *stream, const char *label, const conformance_string_t *text) {
    fputs(label, stream);
    for (size_t at = 0; at < text->len;) {
        uint8_t bytes[MAX_UNITS];
        size_t length = put_utf8(bytes, next_scalar(text, &at));
        fwrite(bytes, 1, length, stream);
    }
    putc('\n', stream);
}

bool exports_larder_conformance_endings_say(conformance_string_t *text) {
    print_line(stdout, "out: ", text);
    print_line(stderr, "err: ", text);
    return fflush(stdout) == 0;
}
