// Tasks on the lines of a text file: each reads, or writes, once by C's own files and once piece by piece.
//
// What is handed to the host as a string or a list is freed by the bindings when the host has it, so it is always
// allocated; a file that was given is dropped here, and one that is returned is not.

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tasks.h"

#define LARDER_EXPORTS exports_examples_c_files
#include "larder.h"

typedef larder_task_files_own_file_t file_t;
typedef larder_task_files_own_writer_t writer_t;
typedef exports_examples_c_files_lines_totals_t totals_t;
typedef tasks_string_t string_t;

// One piece of a file. It is too large for the stack, and a task has no threads.
static uint8_t piece[64 * 1024];

// Makes what the C library says of its last failure the error of a task.
static bool failed(string_t *error) {
    return larder_fail(error, strerror(errno));
}

// Makes an error of the host's the error of a task.
static bool refused(string_t *error, larder_task_files_error_t why) {
    return larder_fail(error, larder_why(why));
}

// What is in a file from `offset` on, to be freed; nothing at its end.
static tasks_list_u8_t read_piece(file_t file, uint64_t offset) {
    tasks_list_u8_t bytes;
    larder_task_files_method_file_read(larder_task_files_borrow_file(file), offset, sizeof piece, &bytes);
    return bytes;
}

// Adds a piece of a text, which may begin and end within a word.
static void add(totals_t *totals, bool *in_a_word, const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        bool is_of_a_word = !isspace(bytes[i]);
        totals->words += is_of_a_word && !*in_a_word;
        totals->lines += bytes[i] == '\n';
        *in_a_word = is_of_a_word;
    }
    totals->bytes += length;
}

static void to_upper_case(uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (uint8_t)toupper(bytes[i]);
    }
}

static bool count(FILE *text, totals_t *totals) {
    bool in_a_word = false;
    size_t length;
    while ((length = fread(piece, 1, sizeof piece, text)) > 0) {
        add(totals, &in_a_word, piece, length);
    }
    return !ferror(text);
}

LARDER_CACHED(lines, count, "1")
bool exports_examples_c_files_lines_count(file_t text, totals_t *totals, string_t *error) {
    *totals = (totals_t){0};
    FILE *opened = larder_open(text);
    bool done = (opened != NULL && count(opened, totals)) || failed(error);
    if (opened != NULL) {
        fclose(opened);
    }
    larder_task_files_file_drop_own(text);
    return done;
}

LARDER_CACHED(lines, count_stream, "1")
bool exports_examples_c_files_lines_count_stream(file_t text, totals_t *totals, string_t *error) {
    (void)error;
    *totals = (totals_t){0};
    bool in_a_word = false;
    tasks_list_u8_t bytes;
    while ((bytes = read_piece(text, totals->bytes)).len > 0) {
        add(totals, &in_a_word, bytes.ptr, bytes.len);
        tasks_list_u8_free(&bytes);
    }
    larder_task_files_file_drop_own(text);
    return true;
}

static bool write_upper(FILE *text, FILE *written) {
    size_t length;
    while ((length = fread(piece, 1, sizeof piece, text)) > 0) {
        to_upper_case(piece, length);
        if (fwrite(piece, 1, length, written) < length) {
            return false;
        }
    }
    return !ferror(text);
}

LARDER_CACHED(lines, upper, "1")
bool exports_examples_c_files_lines_upper(file_t text, file_t *upper, string_t *error) {
    FILE *opened = larder_open(text);
    FILE *written = opened == NULL ? NULL : fopen("/upper.txt", "wb");
    bool done = (written != NULL && write_upper(opened, written) && fflush(written) == 0) || failed(error);
    if (written != NULL) {
        fclose(written);
    }
    if (opened != NULL) {
        fclose(opened);
    }
    larder_task_files_file_drop_own(text);
    if (!done) {
        return false;
    }
    string_t path;
    tasks_string_set(&path, "/upper.txt");
    larder_task_files_error_t why;
    return larder_task_files_static_file_from_path(&path, upper, &why) || refused(error, why);
}

LARDER_CACHED(lines, upper_stream, "1")
bool exports_examples_c_files_lines_upper_stream(file_t text, file_t *upper, string_t *error) {
    string_t name;
    tasks_string_set(&name, "upper.txt");
    writer_t writer;
    larder_task_files_error_t why;
    bool created = larder_task_files_static_writer_create(&name, &writer, &why);
    bool done = created;
    uint64_t offset = 0;
    tasks_list_u8_t bytes;
    while (done && (bytes = read_piece(text, offset)).len > 0) {
        offset += bytes.len;
        to_upper_case(bytes.ptr, bytes.len);
        done = larder_task_files_method_writer_write(larder_task_files_borrow_writer(writer), &bytes, &why);
        tasks_list_u8_free(&bytes);
    }
    larder_task_files_file_drop_own(text);
    if (done) {
        // Finishing takes the writer.
        done = larder_task_files_static_writer_finish(writer, upper, &why);
    } else if (created) {
        larder_task_files_writer_drop_own(writer);
    }
    return done || refused(error, why);
}
