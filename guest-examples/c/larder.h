// Says at a task, in C, how Larder treats it, and makes of all that was said what the component exports as
// `larder:task/manifest`. A task of which nothing is said runs, and is not cached.
//
//     #include "my_task.h"                        // what `larder bindings c` has written: it comes first
//     #define LARDER_EXPORTS exports_my_my_task   // how it names what the package `my:my-task` exports
//     #include "larder.h"
//
//     LARDER_CACHED(text, measure, "1")
//     bool exports_my_my_task_text_measure(my_task_string_t *text, …
//
// A task that does not exist is an error of the compiler's. It never sees what a task is given or answers.

#ifndef LARDER_H
#define LARDER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A task whose answers are kept, for as long as the text `version` stays the same; and one whose answers are good for
// exactly this code. After that comes what else is to be said, by the fields of `larder_declaration`:
//
//     LARDER_CACHED(text, measure, "1", .size = LARDER_LARGE, .timeout_seconds = 60, .cache_errors = true)
#define LARDER_CACHED(interface, function, text, ...) \
    LARDER_TASK(interface, function, .version = "" text, __VA_ARGS__)
#define LARDER_PINNED(interface, function, ...) LARDER_TASK(interface, function, .pinned = true, __VA_ARGS__)

// A task that is not cached, but has a size or a timeout.
#define LARDER_TASK(interface, function, ...)                                                             \
    _Static_assert(sizeof &LARDER_JOINED(LARDER_EXPORTS, interface, function) > 0, "the task is there");  \
    LARDER_DECLARATION(interface##_##function) = {.task = #interface "#" #function, __VA_ARGS__};

// As `LARDER_TASK`, with a name as it stands in WIT and without a look at whether it is there: for `component#function`.
// `word` is one of your own.
#define LARDER_NAMED(word, name, ...) LARDER_DECLARATION(word) = {.task = name, __VA_ARGS__};

// The machine that one run needs.
enum larder_size {
    LARDER_SMALL,
    LARDER_MEDIUM,
    LARDER_LARGE,
    LARDER_SMALL_GPU,
    LARDER_LARGE_GPU,
    LARDER_CUSTOM,
};

// Who shares answers: the workflows of an account, or the calls of one workflow.
enum larder_scope {
    LARDER_ACCOUNT,
    LARDER_WORKFLOW,
};

// What is said of a task. What is left out is zero, and means what is usual.
typedef struct {
    // `interface#function`; a `_` stands for the `-` of WIT.
    const char *task;
    // The declared version. `NULL`: none.
    const char *version;
    // Whether the version is the code.
    bool pinned;
    enum larder_size size;
    // For `LARDER_CUSTOM`: `.custom = {.cpus = 2, .memory_mib = 4096}`.
    exports_larder_task_manifest_resources_t custom;
    enum larder_scope scope;
    // Whether `err` is kept as well as `ok`.
    bool cache_errors;
    // The wall-clock time after which a run is stopped. 0: the limit of the size.
    uint32_t timeout_seconds;
    // Whether the names of files and directories are inputs as well as their contents.
    bool file_names;
} larder_declaration;

// A string as the bindings have it, whatever they call it in this world.
typedef __typeof__(((exports_larder_task_manifest_task_t *)0)->name) larder_string_t;

// A string of the bindings' out of one in C (of ASCII, if strings are UTF-16), allocated as all that a task returns.
static inline larder_string_t larder_string(const char *text) {
    larder_string_t string = {.len = strlen(text)};
    string.ptr = malloc((string.len + 1) * sizeof *string.ptr);
    if (string.ptr == NULL) {
        abort();
    }
    for (size_t i = 0; i < string.len; i++) {
        string.ptr[i] = (uint8_t)text[i];
    }
    return string;
}

// Makes this text the `err` of a task: `return larder_fail(error, "there are no words");`
static inline bool larder_fail(larder_string_t *error, const char *text) {
    *error = larder_string(text);
    return false;
}

// What the host says of a file that cannot be had, made or read, as WIT writes it.
static inline const char *larder_why(larder_task_files_error_t why) {
    static const char *const words[] = {
        [LARDER_TASK_FILES_ERROR_NO_ENTRY] = "no-entry",
        [LARDER_TASK_FILES_ERROR_IS_DIRECTORY] = "is-directory",
        [LARDER_TASK_FILES_ERROR_NOT_DIRECTORY] = "not-directory",
        [LARDER_TASK_FILES_ERROR_NOT_PERMITTED] = "not-permitted",
        [LARDER_TASK_FILES_ERROR_LOOP] = "loop",
        [LARDER_TASK_FILES_ERROR_INVALID_NAME] = "invalid-name",
        [LARDER_TASK_FILES_ERROR_NO_ROOM] = "no-room",
        [LARDER_TASK_FILES_ERROR_TOO_LARGE] = "too-large",
    };
    return why < sizeof words / sizeof *words ? words[why] : "unknown";
}

// Opens a file to read it, at the path that the host shows it at. `NULL`, with `errno`, as `fopen`.
static inline FILE *larder_open(larder_task_files_own_file_t file) {
    larder_string_t path;
    larder_task_files_method_file_path(larder_task_files_borrow_file(file), &path);
    // All of a path is ASCII, or in UTF-8, unless strings are UTF-16 and names of files are inputs.
    char *terminated = malloc(path.len + 1);
    FILE *opened = NULL;
    if (terminated != NULL) {
        for (size_t i = 0; i < path.len; i++) {
            terminated[i] = (char)path.ptr[i];
        }
        terminated[path.len] = '\0';
        opened = fopen(terminated, "rb");
    }
    free(terminated);
    free(path.ptr);
    return opened;
}

// Declarations of all sources lie side by side in one section, whose ends the linker knows.
#define LARDER_DECLARATION(word) \
    __attribute__((used, section("larder_tasks"))) static const larder_declaration larder_declaration_##word
#define LARDER_JOINED(prefix, interface, function) LARDER_JOINED_AS_THEY_ARE(prefix, interface, function)
#define LARDER_JOINED_AS_THEY_ARE(prefix, interface, function) prefix##_##interface##_##function

extern const larder_declaration __start_larder_tasks[] __attribute__((weak));
extern const larder_declaration __stop_larder_tasks[] __attribute__((weak));

static inline void larder_declare(const larder_declaration *said, exports_larder_task_manifest_task_t *task) {
    task->name = larder_string(said->task);
    for (size_t i = 0; i < task->name.len; i++) {
        if (task->name.ptr[i] == '_') {
            task->name.ptr[i] = '-';
        }
    }
    task->size.tag = (uint8_t)said->size;
    task->size.val.custom = said->custom;
    task->cache.is_some = said->pinned || said->version != NULL;
    if (said->version != NULL) {
        task->cache.val.version.tag = EXPORTS_LARDER_TASK_MANIFEST_VERSION_DECLARED;
        task->cache.val.version.val.declared = larder_string(said->version);
    } else {
        task->cache.val.version.tag = EXPORTS_LARDER_TASK_MANIFEST_VERSION_PINNED;
    }
    task->cache.val.scope = (uint8_t)said->scope;
    task->cache.val.cache_errors = said->cache_errors;
    task->timeout_seconds.is_some = said->timeout_seconds != 0;
    task->timeout_seconds.val = said->timeout_seconds;
    task->file_names = said->file_names;
}

// Weak, so that any number of sources may include this.
__attribute__((weak)) void exports_larder_task_manifest_tasks(exports_larder_task_manifest_list_task_t *tasks) {
    tasks->len = (size_t)(__stop_larder_tasks - __start_larder_tasks);
    tasks->ptr = calloc(tasks->len + 1, sizeof *tasks->ptr);
    if (tasks->ptr == NULL) {
        abort();
    }
    for (size_t i = 0; i < tasks->len; i++) {
        larder_declare(&__start_larder_tasks[i], &tasks->ptr[i]);
    }
}

#endif
