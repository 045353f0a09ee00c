/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options: a{sv} arguments, read by a table of the keys that there are. */
#include "interfaces/options.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

static size_t find_option(const Option *options, size_t n_options, const char *name) {
    for (size_t i = 0; i < n_options; i++)
        if (strcmp(options[i].name, name) == 0)
            return i;
    return n_options;
}

static char *unknown(const Option *options, size_t n_options, const char *name) {
    g_autoptr(GString) known = g_string_new(NULL);

    for (size_t i = 0; i < n_options; i++)
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", options[i].name);
    return g_strdup_printf("Unknown option '%s': known are %s", name, n_options > 0 ? known->str : "none");
}

static int read_value(sd_bus_message *m, const Option *option, void *result) {
    void *place = (char *) result + option->offset;

    if (strcmp(option->type, "ay") == 0) {
        Bytes *bytes = place;
        const void *data = NULL;
        int r = sd_bus_message_read_array(m, 'y', &data, &bytes->size);

        bytes->data = data;
        return r;
    }
    return sd_bus_message_read_basic(m, option->type[0], place);
}

/* `seen` is the set of options that came before. */
static int read_entry(sd_bus_message *m, const Option *options, size_t n_options, uint32_t *seen, void *result,
                      char **ret_why) {
    const Option *option;
    const char *name = NULL, *contents = NULL;
    size_t i;
    int r;

    r = sd_bus_message_read_basic(m, 's', &name);
    if (r < 0)
        return r;
    i = find_option(options, n_options, name);
    if (i == n_options) {
        *ret_why = unknown(options, n_options, name);
        return -EINVAL;
    }
    option = &options[i];
    if (*seen & UINT32_C(1) << i) {
        *ret_why = g_strdup_printf("Option '%s' is there twice: give it once", name);
        return -EINVAL;
    }
    *seen |= UINT32_C(1) << i;
    r = sd_bus_message_peek_type(m, NULL, &contents);
    if (r < 0)
        return r;
    if (strcmp(contents, option->type) != 0) {
        *ret_why = g_strdup_printf("Option '%s' has type '%s': it must be '%s'", name, contents, option->type);
        return -EINVAL;
    }
    r = sd_bus_message_enter_container(m, 'v', contents);
    if (r >= 0)
        r = read_value(m, option, result);
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

int options_read(sd_bus_message *m, const Option *options, size_t n_options, void *result, char **ret_why) {
    uint32_t seen = 0;
    int r;

    g_assert(n_options <= 32);
    r = sd_bus_message_enter_container(m, 'a', "{sv}");
    while (r >= 0) {
        r = sd_bus_message_enter_container(m, 'e', "sv");
        if (r <= 0)
            break;
        r = read_entry(m, options, n_options, &seen, result, ret_why);
        if (r >= 0)
            r = sd_bus_message_exit_container(m);
    }
    if (r >= 0)
        r = sd_bus_message_exit_container(m);
    if (r < 0 && !*ret_why)
        *ret_why = g_strdup("The options could not be read: they must be a{sv}");
    return r < 0 ? -EINVAL : 0;
}
