// What a value is on one side of the border, it is on the other: each is taken apart here and put together again.

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "conformance.h"
#include "memory.h"
#include "scalars.h"

#define LARDER_EXPORTS exports_larder_conformance
#include "larder.h"

typedef conformance_string_t string_t;
typedef conformance_list_string_t strings_t;
typedef exports_larder_conformance_values_shape_t shape_t;

// A string, scalar value by scalar value.
static string_t rebuilt(const string_t *text) {
    string_t made = NEW_LIST(string_t, text->len);
    size_t length = 0;
    for (size_t at = 0; at < text->len;) {
        length += put_scalar(made.ptr + length, next_scalar(text, &at));
    }
    made.len = length;
    return made;
}

LARDER_CACHED(values, negate, "1")
bool exports_larder_conformance_values_negate(bool a) {
    return !a;
}

LARDER_CACHED(values, integers, "1")
void exports_larder_conformance_values_integers(
    uint8_t a, int8_t b, uint16_t c, int16_t d, uint32_t e, int32_t f,
    exports_larder_conformance_values_numbers_t *numbers
) {
    *numbers = (exports_larder_conformance_values_numbers_t){.a = a, .b = b, .c = c, .d = d, .e = e, .f = f};
}

LARDER_CACHED(values, wide, "1")
void exports_larder_conformance_values_wide(uint64_t a, int64_t b, conformance_tuple2_u64_s64_t *both) {
    *both = (conformance_tuple2_u64_s64_t){a, b};
}

LARDER_CACHED(values, add, "1")
uint64_t exports_larder_conformance_values_add(uint64_t a, uint64_t b) {
    return a + b;
}

LARDER_CACHED(values, floats, "1")
void exports_larder_conformance_values_floats(float a, double b, conformance_tuple2_f32_f64_t *both) {
    *both = (conformance_tuple2_f32_f64_t){a, b};
}

LARDER_CACHED(values, character, "1")
void exports_larder_conformance_values_character(uint32_t c, conformance_tuple2_char32_u32_t *both) {
    *both = (conformance_tuple2_char32_u32_t){c, c};
}

LARDER_CACHED(values, text, "1")
void exports_larder_conformance_values_text(string_t *text, exports_larder_conformance_values_text_facts_t *facts) {
    *facts = (exports_larder_conformance_values_text_facts_t){.text = rebuilt(text)};
    facts->reversed = NEW_LIST(string_t, text->len);
    unit_t *end = facts->reversed.ptr + text->len;
    for (size_t at = 0; at < text->len;) {
        uint32_t scalar = next_scalar(text, &at);
        facts->scalar_values++;
        uint8_t bytes[MAX_UNITS];
        facts->utf8_bytes += put_utf8(bytes, scalar);
        unit_t units[MAX_UNITS];
        size_t length = put_scalar(units, scalar);
        end -= length;
        memcpy(end, units, length * sizeof *units);
    }
}

static int compare(const void *one, const void *other) {
    const string_t *a = one, *b = other;
    size_t in_a = 0, in_b = 0;
    while (in_a < a->len && in_b < b->len) {
        uint32_t of_a = next_scalar(a, &in_a), of_b = next_scalar(b, &in_b);
        if (of_a != of_b) {
            return of_a < of_b ? -1 : 1;
        }
    }
    return (in_a < a->len) - (in_b < b->len);
}

LARDER_CACHED(values, sort, "1")
void exports_larder_conformance_values_sort(strings_t *texts, strings_t *sorted) {
    *sorted = NEW_LIST(strings_t, texts->len);
    for (size_t i = 0; i < texts->len; i++) {
        sorted->ptr[i] = rebuilt(&texts->ptr[i]);
    }
    qsort(sorted->ptr, sorted->len, sizeof *sorted->ptr, compare);
}

LARDER_CACHED(values, options, "1")
void exports_larder_conformance_values_options(
    uint32_t *a, conformance_option_string_t *b, conformance_tuple2_option_u32_option_option_string_t *both
) {
    *both = (conformance_tuple2_option_u32_option_option_string_t){0};
    if (a != NULL) {
        both->f0 = (conformance_option_u32_t){.is_some = true, .val = *a};
    }
    if (b != NULL) {
        both->f1.is_some = true;
        if (b->is_some) {
            both->f1.val = (conformance_option_string_t){.is_some = true, .val = rebuilt(&b->val)};
        }
    }
}

LARDER_CACHED(values, results, "1")
void exports_larder_conformance_values_results(
    exports_larder_conformance_values_result_option_u8_string_t *a,
    exports_larder_conformance_values_result_void_list_u16_t *b,
    exports_larder_conformance_values_tuple2_result_option_u8_string_result_void_list_u16_t *both
) {
    memset(both, 0, sizeof *both);
    both->f0.is_err = a->is_err;
    if (a->is_err) {
        both->f0.val.err = rebuilt(&a->val.err);
    } else if (a->val.ok.is_some) {
        both->f0.val.ok = (conformance_option_u8_t){.is_some = true, .val = a->val.ok.val};
    }
    both->f1.is_err = b->is_err;
    if (b->is_err) {
        const conformance_list_u16_t *given = &b->val.err;
        conformance_list_u16_t made = NEW_LIST(conformance_list_u16_t, given->len);
        for (size_t i = 0; i < given->len; i++) {
            made.ptr[i] = given->ptr[i];
        }
        both->f1.val.err = made;
    }
}

LARDER_CACHED(values, area, "1")
bool exports_larder_conformance_values_area(shape_t *shape, double *area) {
    switch (shape->tag) {
    case EXPORTS_LARDER_CONFORMANCE_VALUES_SHAPE_CIRCLE:
        *area = M_PI * shape->val.circle * shape->val.circle;
        return true;
    case EXPORTS_LARDER_CONFORMANCE_VALUES_SHAPE_RECTANGLE: {
        const exports_larder_conformance_values_point_t one = shape->val.rectangle.f0, other = shape->val.rectangle.f1;
        *area = fabs((other.x - one.x) * (other.y - one.y));
        return true;
    }
    default:
        return false;
    }
}

static shape_t rebuilt_shape(const shape_t *shape) {
    shape_t made = {.tag = shape->tag};
    switch (shape->tag) {
    case EXPORTS_LARDER_CONFORMANCE_VALUES_SHAPE_CIRCLE:
        made.val.circle = shape->val.circle;
        break;
    case EXPORTS_LARDER_CONFORMANCE_VALUES_SHAPE_RECTANGLE:
        made.val.rectangle.f0 = shape->val.rectangle.f0;
        made.val.rectangle.f1 = shape->val.rectangle.f1;
        break;
    case EXPORTS_LARDER_CONFORMANCE_VALUES_SHAPE_NAMED:
        made.val.named = rebuilt(&shape->val.named);
        break;
    default:
        break;
    }
    return made;
}

LARDER_CACHED(values, shapes, "1")
void exports_larder_conformance_values_shapes(
    exports_larder_conformance_values_list_shape_t *shapes, exports_larder_conformance_values_list_shape_t *made
) {
    *made = NEW_LIST(exports_larder_conformance_values_list_shape_t, shapes->len);
    for (size_t i = 0; i < shapes->len; i++) {
        made->ptr[i] = rebuilt_shape(&shapes->ptr[i]);
    }
}

LARDER_CACHED(values, next, "1")
exports_larder_conformance_values_day_t
exports_larder_conformance_values_next(exports_larder_conformance_values_day_t day) {
    return day == EXPORTS_LARDER_CONFORMANCE_VALUES_DAY_SUNDAY ? EXPORTS_LARDER_CONFORMANCE_VALUES_DAY_MONDAY : day + 1;
}

LARDER_CACHED(values, complement, "1")
exports_larder_conformance_values_rights_t
exports_larder_conformance_values_complement(exports_larder_conformance_values_rights_t rights) {
    const unsigned all = (EXPORTS_LARDER_CONFORMANCE_VALUES_RIGHTS_PASS_ON << 1) - 1;
    return (exports_larder_conformance_values_rights_t)(all & ~(unsigned)rights);
}

LARDER_CACHED(values, transpose, "1")
bool exports_larder_conformance_values_transpose(
    conformance_list_list_s32_t *rows, conformance_list_list_s32_t *columns, string_t *error
) {
    size_t width = rows->len > 0 ? rows->ptr[0].len : 0;
    for (size_t row = 0; row < rows->len; row++) {
        if (rows->ptr[row].len != width) {
            char words[80];
            snprintf(words, sizeof words, "row %zu has %zu of %zu", row, rows->ptr[row].len, width);
            return larder_fail(error, words);
        }
    }
    *columns = NEW_LIST(conformance_list_list_s32_t, width);
    for (size_t column = 0; column < width; column++) {
        columns->ptr[column] = NEW_LIST(conformance_list_s32_t, rows->len);
        for (size_t row = 0; row < rows->len; row++) {
            columns->ptr[column].ptr[row] = rows->ptr[row].ptr[column];
        }
    }
    return true;
}

LARDER_CACHED(values, nested, "1")
void exports_larder_conformance_values_nested(
    conformance_tuple2_u8_tuple2_string_option_bool_t *a, conformance_list_tuple2_char32_list_string_t *b,
    conformance_tuple2_tuple2_u8_tuple2_string_option_bool_list_tuple2_char32_list_string_t *both
) {
    memset(both, 0, sizeof *both);
    both->f0.f0 = a->f0;
    both->f0.f1.f0 = rebuilt(&a->f1.f0);
    if (a->f1.f1.is_some) {
        both->f0.f1.f1 = (conformance_option_bool_t){.is_some = true, .val = a->f1.f1.val};
    }
    both->f1 = NEW_LIST(conformance_list_tuple2_char32_list_string_t, b->len);
    for (size_t i = 0; i < b->len; i++) {
        both->f1.ptr[i].f0 = b->ptr[i].f0;
        strings_t texts = NEW_LIST(strings_t, b->ptr[i].f1.len);
        for (size_t j = 0; j < texts.len; j++) {
            texts.ptr[j] = rebuilt(&b->ptr[i].f1.ptr[j]);
        }
        both->f1.ptr[i].f1 = texts;
    }
}

LARDER_CACHED(values, sum, "1")
uint32_t exports_larder_conformance_values_sum(conformance_list_u8_t *bytes) {
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes->len; i++) {
        sum += bytes->ptr[i];
    }
    return sum;
}

LARDER_CACHED(values, count, "1")
void exports_larder_conformance_values_count(uint32_t length, conformance_list_u32_t *numbers) {
    *numbers = NEW_LIST(conformance_list_u32_t, length);
    for (uint32_t i = 0; i < length; i++) {
        numbers->ptr[i] = i;
    }
}

LARDER_CACHED(values, repeat, "1")
void exports_larder_conformance_values_repeat(string_t *text, uint32_t times, string_t *repeated) {
    *repeated = NEW_LIST(string_t, text->len * times);
    for (uint32_t i = 0; i < times; i++) {
        memcpy(repeated->ptr + i * text->len, text->ptr, text->len * sizeof *text->ptr);
    }
}
