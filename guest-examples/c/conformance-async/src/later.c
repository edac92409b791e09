// A task that may wait. A function of C cannot stop in its middle: it answers what it waits for, and is called back when
// that has come. Here it lets others go first, once.

#include "conformance_async.h"

#define LARDER_EXPORTS exports_larder_conformance
#include "larder.h"

typedef exports_larder_conformance_later_result_string_string_t result_t;

// What was given to the call that is under way: there is one in the life of an instance.
static conformance_async_string_t given;

LARDER_CACHED(later, shout, "1")
conformance_async_callback_code_t exports_larder_conformance_later_shout(conformance_async_string_t *text) {
    given = *text;
    return CONFORMANCE_ASYNC_CALLBACK_CODE_YIELD;
}

// The text in upper case, with an exclamation mark.
static larder_string_t shouted(const conformance_async_string_t *text) {
    larder_string_t loud = {.ptr = malloc(text->len + 1), .len = text->len + 1};
    if (loud.ptr == NULL) {
        abort();
    }
    for (size_t i = 0; i < text->len; i++) {
        uint8_t byte = text->ptr[i];
        loud.ptr[i] = byte >= 'a' && byte <= 'z' ? byte - 'a' + 'A' : byte;
    }
    loud.ptr[text->len] = '!';
    return loud;
}

conformance_async_callback_code_t exports_larder_conformance_later_shout_callback(conformance_async_event_t *event) {
    result_t result = {.is_err = given.len == 0};
    if (event->event == CONFORMANCE_ASYNC_EVENT_CANCEL) {
        conformance_async_task_cancel();
        return CONFORMANCE_ASYNC_CALLBACK_CODE_EXIT;
    }
    if (result.is_err) {
        result.val.err = larder_string("empty");
    } else {
        result.val.ok = shouted(&given);
    }
    // What is returned is copied at once.
    exports_larder_conformance_later_shout_return(result);
    exports_larder_conformance_later_result_string_string_free(&result);
    conformance_async_string_free(&given);
    return CONFORMANCE_ASYNC_CALLBACK_CODE_EXIT;
}
