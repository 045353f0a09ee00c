/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mutations: calls of methods with good arguments of which one is changed. */
#include "tests/bus/util-mutate.h"

#include <check.h>
#include <string.h>

#include "interfaces/names.h"
#include "service/cleanup.h"
#include "tests/model/random.h"

enum { DEPTH = 50, HUGE = 20000 };

#define NONE UINT_MAX

/* ---- Introspection, and what the documents say ---- */

typedef struct Reading {
    GPtrArray *methods;
    char *interface;
    Method *method; /* that is open */
} Reading;

static const char *value_of(const char *name, const char **names, const char **values) {
    for (; *names; names++, values++)
        if (strcmp(*names, name) == 0)
            return *values;
    return "";
}

static void on_begin(GMarkupParseContext *context, const char *element, const char **names, const char **values, void *userdata,
                     GError **error) {
    Reading *reading = userdata;

    if (strcmp(element, "interface") == 0) {
        g_free(reading->interface);
        reading->interface = g_strdup(value_of("name", names, values));
    } else if (strcmp(element, "method") == 0 && g_str_has_prefix(reading->interface, "org.callbus1.")) {
        reading->method = g_new(Method, 1);
        *reading->method = (Method) { g_strdup(reading->interface), g_strdup(value_of("name", names, values)),
                                      g_ptr_array_new_with_free_func(g_free), NULL };
        g_ptr_array_add(reading->methods, reading->method);
    } else if (strcmp(element, "arg") == 0 && reading->method && strcmp(value_of("direction", names, values), "in") == 0)
        g_ptr_array_add(reading->method->types, g_strdup(value_of("type", names, values)));
}

static void on_end(GMarkupParseContext *context, const char *element, void *userdata, GError **error) {
    if (strcmp(element, "method") == 0)
        ((Reading *) userdata)->method = NULL;
}

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The names of errors in the comment before the method, and before others to which it refers ("as those of Dial()"). */
static void read_errors(const char *document, const char *method, GHashTable *errors) {
    g_autofree char *begin = g_strdup_printf("<method name=\"%s\"", method);
    const char *end = strstr(document, begin), *from, *at;

    ck_assert_msg(end, "%s is in no document", method);
    from = g_strrstr_len(document, end - document, "<!--");
    ck_assert_ptr_nonnull(from);
    for (at = from; (at = strstr(at, ".Error.")) && at < end;) {
        at += strlen(".Error.");
        g_hash_table_add(errors, g_strndup(at, strspn(at, letters)));
    }
    at = g_strstr_len(from, end - from, "as those of ");
    if (at) {
        g_autofree char *other = g_strndup(at + strlen("as those of "), strspn(at + strlen("as those of "), letters));

        read_errors(document, other, errors);
    }
}

static void document_methods(GPtrArray *methods, const char *folder) {
    for (unsigned i = 0; i < methods->len; i++) {
        Method *method = g_ptr_array_index(methods, i);
        g_autofree char *name = g_strconcat(method->interface, ".xml", NULL), *path = g_build_filename(folder, name, NULL);
        g_autofree char *text = NULL;

        ck_assert_msg(g_file_get_contents(path, &text, NULL, NULL), "%s can't be read", path);
        method->errors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        read_errors(text, method->name, method->errors);
    }
}

GPtrArray *methods_read(sd_bus *bus, const char *path, const char *folder) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    static const GMarkupParser parser = { .start_element = on_begin, .end_element = on_end };
    Reading reading = { .methods = g_ptr_array_new() };
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, &reading, NULL);
    const char *xml = NULL;

    ck_assert_int_ge(sd_bus_call_method(bus, CALLBUS_NAME, path, DBUS_INTROSPECTABLE_INTERFACE, "Introspect", NULL, &reply, ""), 0);
    ck_assert_int_gt(sd_bus_message_read(reply, "s", &xml), 0);
    ck_assert(g_markup_parse_context_parse(context, xml, -1, NULL));
    g_markup_parse_context_free(context);
    g_free(reading.interface);
    document_methods(reading.methods, folder);
    ck_assert_uint_gt(reading.methods->len, 0);
    return reading.methods;
}

void methods_free(GPtrArray *methods) {
    for (unsigned i = 0; i < methods->len; i++) {
        Method *method = g_ptr_array_index(methods, i);

        g_free(method->interface);
        g_free(method->name);
        g_ptr_array_unref(method->types);
        g_hash_table_unref(method->errors);
        g_free(method);
    }
    g_ptr_array_unref(methods);
}

/* What every method may say, as the documents say of all of them. */
bool method_may_fail_with(const Method *method, const char *error) {
    static const char *const always[] = { "UnknownObject", "InvalidArgs", "LimitsExceeded", "ProviderFailed", "Timeout", "InvalidState" };
    const char *name = strstr(error, ".Error.");

    if (!name)
        return false;
    name += strlen(".Error.");
    for (size_t i = 0; i < G_N_ELEMENTS(always); i++)
        if (strcmp(always[i], name) == 0)
            return true;
    return g_hash_table_contains(method->errors, name);
}

/* ---- Good values ---- */

/* Of text, by the method: the first argument, and the second. */
static const struct {
    const char *method, *first, *second;
} good[] = {
    { "Open", "owner", NULL }, { "SetPrivilege", "owner", NULL }, { "SetOnOwnerLost", "keep", NULL },
    { "SetMediaMode", "interactive-voice", NULL }, { "Handoff", "media:interactive-voice", NULL }, { "SendTone", "beep", NULL },
    { "SendDigits", "123", NULL }, { "DialDigits", "12;", NULL }, { "CompleteCall", "callback", NULL },
    { "CompleteTransfer", "transfer", "transfer" }, { "GatherDigits", "#", NULL }, { "Park", "", NULL },
    { "GetAppPriority", "video", NULL }, { "SetAppPriority", "video", NULL }, { "Pickup", "", "loop" },
    { "AddLine", "fuzz", "loopback" }, { "RemoveLine", "fuzz", NULL }, { "SetAudioDevice", "headset", NULL },
};

static const char *good_text(const Method *method, unsigned which) {
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
        if (strcmp(good[i].method, method->name) == 0)
            return which > 0 && good[i].second ? good[i].second : good[i].first;
    return "answer?ring=0";
}

static int append_good(sd_bus_message *m, const Method *method, unsigned which, const char *type, const MutationPaths *paths) {
    switch (type[0]) {
    case 's':
        return sd_bus_message_append(m, "s", good_text(method, which));
    case 'o':
        return sd_bus_message_append(m, "o", paths->good);
    case 'b':
        return sd_bus_message_append(m, "b", 1);
    case 'u':
        return sd_bus_message_append(m, "u", 5);
    case 't':
        return sd_bus_message_append(m, "t", UINT64_C(5));
    case 'a':
        return sd_bus_message_append(m, type, 0);
    }
    return -EINVAL;
}

/* ---- Bad ones ---- */

static int append_long_text(sd_bus_message *m) {
    static const unsigned sizes[] = { 255, 256, 257, 1023, 1024, 1025, 4096, 65536 };
    g_autofree char *text = g_strnfill(sizes[below(G_N_ELEMENTS(sizes))], chance(50) ? '1' : 'x');

    return sd_bus_message_append(m, "s", text);
}

static int append_text(sd_bus_message *m) {
    static const char *const texts[] = {
        "", " ", "\n", "\x01\x02\x1b[31m", "%n%s%s%n", "../../etc/passwd", "org.callbus1", ":1.1", "\xc2\x80", "\xe2\x80\xae" "abc",
        "1\t2", "*21#", "tel:", "sip:@", "tel:%2a21", "answer?ring=", "answer?ring=99999999999999999999", "100", "999", "911;x=",
        "-1", "0x10", "18446744073709551616", "NULL", "owner ", "Owner", "\xf4\x8f\xbf\xbf",
    };

    return chance(20) ? append_long_text(m) : sd_bus_message_append(m, "s", texts[below(G_N_ELEMENTS(texts))]);
}

static int append_number(sd_bus_message *m, char type) {
    static const uint64_t numbers[] = { 0, 1, 2, 20, 60, 61, 255, 256, 1024, 1025, 600000, 600001, INT32_MAX, (uint64_t) INT32_MAX + 1,
                                        UINT32_MAX, INT64_MAX, UINT64_MAX };
    uint64_t number = numbers[below(G_N_ELEMENTS(numbers))];

    return sd_bus_message_append_basic(m, type, &number);
}

static int append_path(sd_bus_message *m, const MutationPaths *paths) {
    unsigned n = g_strv_length((char **) paths->bad);

    return sd_bus_message_append(m, "o", paths->bad[below(n)]);
}

/* A variant in a variant, and so on. */
static int append_deep(sd_bus_message *m, unsigned depth) {
    int r = sd_bus_message_open_container(m, 'v', depth > 0 ? "v" : "s");

    if (r >= 0)
        r = depth > 0 ? append_deep(m, depth - 1) : sd_bus_message_append(m, "s", "x");
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_options(sd_bus_message *m) {
    static const char *const keys[] = {
        "", "nothing", "comment", "token", "reason", "media-mode", "called-party", "on-owner-lost", "hide-caller-id", "no-answer-timeout",
        "user-user-info", "call-data", "app-id", "offer", "duration-ms", "gap-ms", "since", "number", "all",
    };
    const char *key = keys[below(G_N_ELEMENTS(keys))];
    int r = sd_bus_message_open_container(m, 'a', "{sv}");

    for (unsigned n = chance(10) ? 1000 : 1; r >= 0 && n > 0; n--) {
        r = sd_bus_message_open_container(m, 'e', "sv");
        if (r >= 0)
            r = sd_bus_message_append(m, "s", key);
        if (r >= 0)
            switch (below(6)) {
            case 0: r = append_deep(m, DEPTH); break;
            case 1: r = sd_bus_message_append(m, "v", "u", UINT32_MAX); break;
            case 2: r = sd_bus_message_append(m, "v", "b", 1); break;
            case 3: r = sd_bus_message_append(m, "v", "ay", 3, 0, 1, 2); break;
            case 4: r = sd_bus_message_append(m, "v", "as", 0); break;
            default: r = sd_bus_message_append(m, "v", "s", chance(50) ? "keep" : "\n"); break;
            }
        if (r >= 0)
            r = sd_bus_message_close_container(m);
    }
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_array(sd_bus_message *m, const char *type, const MutationPaths *paths) {
    unsigned n = chance(30) ? HUGE : below(80);
    int r = sd_bus_message_open_container(m, 'a', type + 1);

    for (unsigned i = 0; r >= 0 && i < n; i++)
        switch (type[1]) {
        case 's': r = append_text(m); break;
        case 'o': r = append_path(m, paths); break;
        case '(': r = sd_bus_message_append(m, type + 1, chance(50) ? "busy" : "\n", "", "101", below(90)); break;
        default: r = append_number(m, type[1]); break;
        }
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_other_type(sd_bus_message *m) {
    static const char *const types[] = { "y", "q", "i", "x", "d", "g", "b", "u", "t" };
    const char *type = types[below(G_N_ELEMENTS(types))];

    if (chance(20))
        return append_deep(m, DEPTH);
    if (*type == 'g')
        return sd_bus_message_append(m, "g", "a{sv}");
    if (*type == 'b')
        return sd_bus_message_append(m, "b", 0);
    return append_number(m, *type);
}

static int append_bad(sd_bus_message *m, const char *type, const MutationPaths *paths) {
    int truth = below(2);

    if (chance(8))
        return append_other_type(m);
    if (strcmp(type, "a{sv}") == 0)
        return append_options(m);
    switch (type[0]) {
    case 's':
        return append_text(m);
    case 'o':
        return append_path(m, paths);
    case 'b':
        return sd_bus_message_append_basic(m, 'b', &truth);
    case 'a':
        return append_array(m, type, paths);
    }
    return append_number(m, type[0]);
}

bool mutate_arguments(sd_bus_message *m, const Method *method, const MutationPaths *paths) {
    unsigned n = method->types->len, changed = n > 0 && chance(85) ? below(n) : NONE;
    int r = 0;

    for (unsigned i = 0; r >= 0 && i < n; i++) {
        const char *type = g_ptr_array_index(method->types, i);

        r = i == changed ? append_bad(m, type, paths) : append_good(m, method, i, type, paths);
    }
    /* One too many. */
    if (r >= 0 && chance(3))
        r = append_other_type(m);
    return r >= 0;
}
