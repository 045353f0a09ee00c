/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings: callbusd.conf, and after a line "==" one lines.d/ file each; and the lines of text as a line that is added by keys and values. */
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/settings.h"
#include "tests/fuzz/fuzz.h"

enum { FILES_MAX = 3 };

/* What the table allows, or not given: those of money stay so, as that depends on the line. */
static void check_limits(const void *limits, LimitScope scope) {
    for (size_t i = 0; i < G_N_ELEMENTS(limit_table); i++) {
        const LimitInfo *limit = &limit_table[i];
        unsigned value;

        if (limit->scope != scope)
            continue;
        value = *(const unsigned *) ((const char *) limits + limit->offset);
        must(value == LIMIT_DEFAULT || (value >= limit->min && value <= limit->max), "%s is %u", limit->key, value);
    }
}

static void check_line(const LineSetting *line) {
    size_t length = line->name ? strlen(line->name) : 0;

    must(length > 0 && length <= LINE_NAME_MAX, "the name has %zu bytes", length);
    for (const char *c = line->name; *c; c++)
        must(g_ascii_isalnum(*c) || *c == '_', "the name is '%s'", line->name);
    must(line->label && line->file && line->provider, "text is missing");
    must(line->addresses && (line->addresses[0] || strcmp(line->provider, "loopback") != 0), "there is no address");
    must(line->own && g_strv_length(line->own) % 2 == 0, "the provider's own is not in pairs");
    must(line->media_modes != 0 && (line->media_modes & ~MEDIA_ALL) == 0, "the media modes are %x", line->media_modes);
    must(line->max_active_calls <= 100000 && line->max_held_calls <= 100000 && line->max_conference_parties <= 100000,
         "a limit is out of range");
    check_limits(&line->toll, LIMIT_LINE);
    must((int) line->answer_mode >= 0 && line->answer_mode < _ANSWER_MODE_MAX, "the answer mode is %d", line->answer_mode);
    must(!(line->without & (OPERATION_BIT(OPERATION_DIAL) | OPERATION_BIT(OPERATION_DROP))), "a line that can't dial or drop");
}

static void check_settings(Settings *settings) {
    check_limits(&settings->limits, LIMIT_SERVICE);
    limits_fill(&settings->limits, /* system= */ true);
    check_limits(&settings->limits, LIMIT_SERVICE);
    must(settings->limits.request_timeout_s >= 1 && settings->limits.request_timeout_s <= 600, "the time of a request");
    for (unsigned i = 0; i < settings->lines->len; i++) {
        const LineSetting *line = g_ptr_array_index(settings->lines, i);

        check_line(line);
        for (unsigned j = 0; j < i; j++)
            must(strcmp(line->name, ((LineSetting *) g_ptr_array_index(settings->lines, j))->name) != 0, "two lines are '%s'",
                 line->name);
    }
}

/* What the log shows of it: control characters are no more than question marks there. */
static bool is_message(const char *why) {
    return why && *why && g_utf8_validate(why, -1, NULL) && !strchr(why, '\n') && g_str_has_prefix(why, fuzz_folder());
}

/* Loads, and tells how it went: a message, or how many lines there are. To be freed. */
static char *load(void) {
    _cleanup_(settings_freep) Settings *settings = NULL;
    g_autofree char *why = NULL;
    int r = settings_load(fuzz_folder(), /* required= */ true, &settings, &why);

    if (r < 0) {
        must(!settings && is_message(why), "it says '%s'", why);
        return g_steal_pointer(&why);
    }
    must(!why && settings, "it is good, and says '%s'", why);
    check_settings(settings);
    return g_strdup_printf("%u lines", settings->lines->len);
}

/* Returns where the next file begins. */
static const uint8_t *write_part(const char *name, const uint8_t *data, const uint8_t *end, bool comment) {
    const uint8_t *stop = memmem(data, end - data, "\n==\n", 4);
    g_autoptr(GString) text = g_string_new_len((const char *) data, (stop ? stop + 1 : end) - data);

    if (comment)
        g_string_append(text, "\n\n# a comment changes nothing\n");
    g_free(fuzz_write(name, text->str, text->len));
    return stop ? stop + 4 : NULL;
}

static void write_parts(const uint8_t *data, size_t size, bool comment) {
    static const char *const names[FILES_MAX + 1] = { "callbusd.conf", "lines.d/0.conf", "lines.d/1.conf", "lines.d/2.conf" };
    const uint8_t *at = data;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (at)
            at = write_part(names[i], at, data + size, comment);
        else {
            g_autofree char *path = g_build_filename(fuzz_folder(), names[i], NULL);

            unlink(path);
        }
}

/* What is added is kept in a file: that says the same, whatever is in the values. */
static void check_kept(const LineSetting *line, const char *text) {
    _cleanup_(settings_file_freep) SettingsFile *file = NULL;
    _cleanup_(line_setting_freep) LineSetting *again = NULL;
    g_autofree char *path = fuzz_write("lines.d/added.conf", text, strlen(text)), *why = NULL;

    must(line_setting_read(path, &file, &again, &why) >= 0, "what is kept is refused: %s", why);
    check_line(again);
    must(strcmp(line->name, again->name) == 0 && strcmp(line->label, again->label) == 0 && strcmp(line->provider, again->provider) == 0 &&
             g_strv_equal((const char *const *) line->addresses, (const char *const *) again->addresses) &&
             g_strv_equal((const char *const *) line->own, (const char *const *) again->own),
         "what is kept is another line");
    unlink(path);
}

/* The name, the provider, then keys and values by turns. */
static void add(const uint8_t *data, size_t size) {
    g_autofree char *text = g_utf8_make_valid((const char *) data, (gssize) size), *kept = NULL, *why = NULL;
    g_auto(GStrv) words = g_strsplit(text, "\n", 64);
    _cleanup_(line_setting_freep) LineSetting *line = NULL;
    unsigned n = g_strv_length(words);

    if (n < 2 || n % 2 != 0)
        return;
    if (line_setting_make(words[0], words[1], (const char *const *) words + 2, &line, &kept, &why) < 0) {
        must(!line && why && *why && g_utf8_validate(why, -1, NULL), "it says '%s'", why);
        return;
    }
    must(line->added && line->own, "a line that was not added");
    check_kept(line, kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *lines = g_build_filename(fuzz_folder(), "lines.d", NULL), *first = NULL, *second = NULL;

    mkdir(lines, 0700);
    write_parts(data, size, /* comment= */ false);
    first = load();
    write_parts(data, size, /* comment= */ true);
    second = load();
    must(strcmp(first, second) == 0, "'%s' with a comment is '%s'", first, second);
    add(data, size);
    return 0;
}
