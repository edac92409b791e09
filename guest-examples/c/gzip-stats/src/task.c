// The task: a file in, what was measured out.

#include <errno.h>

#include "gzip_stats.h"

#define LARDER_EXPORTS exports_examples_gzip_stats
#include "larder.h"
#include "measure.h"

typedef exports_examples_gzip_stats_archive_stats_t stats_t;
typedef exports_examples_gzip_stats_archive_problem_t problem_t;

static problem_t problem_of(outcome_t outcome, const measure_t *measured, const char *why) {
    switch (outcome) {
    case NOT_GZIP:
        return (problem_t){.tag = EXPORTS_EXAMPLES_GZIP_STATS_ARCHIVE_PROBLEM_NOT_GZIP};
    case TRUNCATED:
        return (problem_t){.tag = EXPORTS_EXAMPLES_GZIP_STATS_ARCHIVE_PROBLEM_TRUNCATED};
    case DAMAGED:
        return (problem_t){
            .tag = EXPORTS_EXAMPLES_GZIP_STATS_ARCHIVE_PROBLEM_DAMAGED,
            .val.damaged = {.at = measured->packed, .what = larder_string(why)},
        };
    default:
        return (problem_t){
            .tag = EXPORTS_EXAMPLES_GZIP_STATS_ARCHIVE_PROBLEM_UNREADABLE,
            .val.unreadable = larder_string(strerror(errno)),
        };
    }
}

LARDER_CACHED(archive, measure, "1", .cache_errors = true)
bool exports_examples_gzip_stats_archive_measure(
    larder_task_files_own_file_t packed, stats_t *stats, problem_t *problem
) {
    measure_t measured = {0};
    const char *why = "";
    FILE *file = larder_open(packed);
    outcome_t outcome = file == NULL ? UNREADABLE : measure(file, &measured, &why);
    if (outcome != MEASURED) {
        *problem = problem_of(outcome, &measured, why);
    } else {
        *stats = (stats_t){
            .members = measured.members,
            .packed = measured.packed,
            .unpacked = measured.unpacked,
            .ratio = (double)measured.unpacked / (double)measured.packed,
            .lines = measured.lines,
            .crc32 = measured.crc32,
        };
    }
    if (file != NULL) {
        fclose(file);
    }
    larder_task_files_file_drop_own(packed);
    return outcome == MEASURED;
}
