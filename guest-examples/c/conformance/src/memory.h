// Memory for what is handed to the host, which the bindings free when the host has it. Arguments of a task are freed by
// nobody: the instance lives for one call.

#ifndef MEMORY_H
#define MEMORY_H

#include <stdlib.h>

// Room for `count` elements of `size` bytes, all zero.
static inline void *room(size_t count, size_t size) {
    void *memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

// A list of `count` zeros, for a type that is `{ T *ptr; size_t len; }`.
#define NEW_LIST(type, count) ((type){.ptr = room((count), sizeof *((type *)0)->ptr), .len = (count)})

#endif
