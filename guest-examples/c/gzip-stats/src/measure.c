#include "measure.h"

#include <stdbool.h>
#include <string.h>

#include "zlib.h"

// The largest window that deflate has, and 16 to have gzip's header and sums taken care of.
#define GZIP_WINDOW_BITS (15 + 16)

static unsigned char packed[64 * 1024];
static unsigned char unpacked[256 * 1024];

// Whether there is packed data to go on with: what is left, or the next piece of the file.
static bool refill(z_stream *stream, FILE *file, measure_t *measured) {
    if (stream->avail_in == 0) {
        stream->next_in = packed;
        stream->avail_in = (uInt)fread(packed, 1, sizeof packed, file);
        measured->packed += stream->avail_in;
    }
    return stream->avail_in > 0;
}

static void count(measure_t *measured, size_t length) {
    measured->unpacked += length;
    measured->crc32 = (uint32_t)crc32(measured->crc32, unpacked, (uInt)length);
    const unsigned char *end = unpacked + length;
    for (const unsigned char *at = unpacked; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++) {
        measured->lines++;
    }
}

// Unpacks one of the packed files in the file. What zlib answers; `Z_BUF_ERROR` at a premature end.
static int unpack_member(z_stream *stream, FILE *file, measure_t *measured) {
    int status = Z_OK;
    while (status == Z_OK) {
        if (!refill(stream, file, measured)) {
            return Z_BUF_ERROR;
        }
        stream->next_out = unpacked;
        stream->avail_out = sizeof unpacked;
        status = inflate(stream, Z_NO_FLUSH);
        count(measured, sizeof unpacked - stream->avail_out);
    }
    return status;
}

// What comes after a packed file may be zeros, to fill up a block of a tape.
static void skip_padding(z_stream *stream, FILE *file, measure_t *measured) {
    while (refill(stream, file, measured) && *stream->next_in == 0) {
        stream->next_in++;
        stream->avail_in--;
    }
}

static bool begins_as_gzip(z_stream *stream, FILE *file, measure_t *measured) {
    // The first piece is more than two bytes long if the file is.
    return refill(stream, file, measured) && stream->next_in[0] == 0x1f
        && (stream->avail_in < 2 || stream->next_in[1] == 0x8b);
}

static outcome_t unpack_all(z_stream *stream, FILE *file, measure_t *measured, const char **why) {
    if (!begins_as_gzip(stream, file, measured)) {
        return ferror(file) ? UNREADABLE : NOT_GZIP;
    }
    while (refill(stream, file, measured)) {
        int status = unpack_member(stream, file, measured);
        if (status != Z_STREAM_END) {
            *why = stream->msg != NULL ? stream->msg : zError(status);
            measured->packed -= stream->avail_in;
            return ferror(file) ? UNREADABLE : status == Z_BUF_ERROR ? TRUNCATED : DAMAGED;
        }
        measured->members++;
        inflateReset(stream);
        skip_padding(stream, file, measured);
    }
    return ferror(file) ? UNREADABLE : MEASURED;
}

outcome_t measure(FILE *file, measure_t *measured, const char **why) {
    *measured = (measure_t){0};
    z_stream stream = {0};
    if (inflateInit2(&stream, GZIP_WINDOW_BITS) != Z_OK) {
        *why = "there is no memory for it";
        return DAMAGED;
    }
    outcome_t outcome = unpack_all(&stream, file, measured, why);
    inflateEnd(&stream);
    return outcome;
}
