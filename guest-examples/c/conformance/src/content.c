// Files in and out: at a path by the files of C, and piece by piece.

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conformance.h"
#include "scalars.h"

#define LARDER_EXPORTS exports_larder_conformance
#include "larder.h"

typedef larder_task_files_own_file_t file_t;
typedef larder_task_files_own_writer_t writer_t;
typedef exports_larder_conformance_content_totals_t totals_t;
typedef conformance_string_t string_t;

static uint8_t piece[64 * 1024];

static void add(totals_t *totals, const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        totals->lines += bytes[i] == '\n';
    }
    totals->bytes += length;
}

LARDER_CACHED(content, by_path, "1")
bool exports_larder_conformance_content_by_path(file_t input, totals_t *totals, string_t *error) {
    *totals = (totals_t){0};
    FILE *opened = larder_open(input);
    if (opened == NULL) {
        return larder_fail(error, strerror(errno));
    }
    size_t length;
    while ((length = fread(piece, 1, sizeof piece, opened)) > 0) {
        add(totals, piece, length);
    }
    bool failed = ferror(opened) != 0;
    fclose(opened);
    larder_task_files_file_drop_own(input);
    return !failed || larder_fail(error, strerror(errno));
}

LARDER_CACHED(content, by_stream, "1")
bool exports_larder_conformance_content_by_stream(file_t input, totals_t *totals, string_t *error) {
    (void)error;
    *totals = (totals_t){0};
    conformance_list_u8_t bytes;
    do {
        larder_task_files_method_file_read(larder_task_files_borrow_file(input), totals->bytes, sizeof piece, &bytes);
        add(totals, bytes.ptr, bytes.len);
        conformance_list_u8_free(&bytes);
    } while (bytes.len > 0);
    larder_task_files_file_drop_own(input);
    return true;
}

// Hands over a text in UTF-8, a piece at a time.
static bool write_text(writer_t writer, const string_t *text, larder_task_files_error_t *why) {
    size_t at = 0;
    do {
        conformance_list_u8_t bytes = {.ptr = piece, .len = 0};
        while (at < text->len && bytes.len + MAX_UNITS <= sizeof piece) {
            bytes.len += put_utf8(piece + bytes.len, next_scalar(text, &at));
        }
        if (!larder_task_files_method_writer_write(larder_task_files_borrow_writer(writer), &bytes, why)) {
            return false;
        }
    } while (at < text->len);
    return true;
}

LARDER_CACHED(content, write, "1")
bool exports_larder_conformance_content_write(string_t *name, string_t *text, file_t *written, string_t *error) {
    writer_t writer;
    larder_task_files_error_t why;
    if (!larder_task_files_static_writer_create(name, &writer, &why)) {
        return larder_fail(error, larder_why(why));
    }
    if (!write_text(writer, text, &why)) {
        larder_task_files_writer_drop_own(writer);
        return larder_fail(error, larder_why(why));
    }
    // Finishing takes the writer.
    return larder_task_files_static_writer_finish(writer, written, &why) || larder_fail(error, larder_why(why));
}
