// The tasks of this component. What is handed to the host is freed by the bindings when the host has it, so it is always
// allocated; what a task was given is freed here.

#include "my_task.h"

#define LARDER_EXPORTS exports_my_my_task
#include "larder.h"

typedef exports_my_my_task_text_stats_t stats_t;

static bool is_space(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

// A byte of UTF-8 that is not the first of its scalar value.
static bool continues(uint8_t byte) {
    return (byte & 0xc0) == 0x80;
}

LARDER_CACHED(text, measure, "1")
bool exports_my_my_task_text_measure(my_task_string_t *text, stats_t *stats, my_task_string_t *error) {
    const char *longest = NULL;
    size_t longest_bytes = 0, longest_scalars = 0;
    stats->words = 0;
    for (size_t i = 0; i < text->len;) {
        size_t start = i, scalars = 0;
        for (; i < text->len && !is_space(text->ptr[i]); i++) {
            scalars += !continues(text->ptr[i]);
        }
        if (i == start) {
            i++;
            continue;
        }
        stats->words++;
        if (scalars > longest_scalars) {
            longest = (const char *)text->ptr + start;
            longest_bytes = i - start;
            longest_scalars = scalars;
        }
    }
    if (stats->words > 0) {
        my_task_string_dup_n(&stats->longest, longest, longest_bytes);
    }
    my_task_string_free(text);
    return stats->words > 0 || larder_fail(error, "there are no words");
}
