/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which calls a person means by CALL: an id, the beginning of one, LINE, LINE/NUMBER, LINE/ID or LINE/conference. */
#include "interfaces/cli/select.h"
#include "interfaces/cli/words.h"

#include <string.h>

#define SHORT_ID_MIN 8
#define CONFERENCE_NAME "conference"

/* A number as dialled: without what people write to make it readable. */
static char *bare_number(const char *address) {
    GString *out = g_string_new(NULL);

    if (g_ascii_strncasecmp(address, "tel:", 4) == 0)
        address += 4;
    for (; *address; address++)
        if (!strchr(" -.()", *address))
            g_string_append_c(out, *address);
    return g_string_free(out, FALSE);
}

static bool same_number(const char *a, const char *b) {
    g_autofree char *left = bare_number(a), *right = bare_number(b);

    return *left && strcmp(left, right) == 0;
}

static bool fits_id(const Record *call, const char *what) {
    const char *id = record_text(call, "CallId");

    return *what && *id && g_str_has_prefix(id, what);
}

/* After a line's name, a few digits are a number: it must not mean another call, whose id happens to begin so. */
static bool may_be_id(const char *word) {
    return strspn(word, "0123456789") < strlen(word) || strlen(word) >= SHORT_ID_MIN;
}

static bool fits(const Record *call, const char *what) {
    const char *line = record_line_name(call), *slash = strchr(what, '/');
    size_t length = slash ? (size_t) (slash - what) : strlen(what);

    if (fits_id(call, what))
        return true;
    if (strlen(line) != length || strncmp(line, what, length) != 0)
        return false;
    if (slash && record_is_conference(call) && strcmp(slash + 1, CONFERENCE_NAME) == 0)
        return true;
    return !slash || same_number(record_text(call, "Address"), slash + 1) ||
           same_number(record_far_number(call), slash + 1) ||
           same_number(json_text(json_at(json_get(record_properties(call), "Connected"), 0)), slash + 1) ||
           (may_be_id(slash + 1) && fits_id(call, slash + 1));
}

GPtrArray *select_calls(const GPtrArray *calls, const char *what) {
    g_autoptr(GPtrArray) live = g_ptr_array_new(), over = g_ptr_array_new();

    for (unsigned i = 0; i < calls->len; i++) {
        Record *call = g_ptr_array_index(calls, i);
        if (!what || fits(call, what))
            g_ptr_array_add(state_is_over(record_text(call, "State")) ? over : live, call);
    }
    return g_ptr_array_ref(live->len > 0 || !what ? live : over);
}

GPtrArray *select_in_states(const GPtrArray *calls, const char *const *states) {
    g_autoptr(GPtrArray) chosen = g_ptr_array_new(), all = g_ptr_array_new();

    for (unsigned i = 0; i < calls->len; i++) {
        Record *call = g_ptr_array_index(calls, i);
        g_ptr_array_add(all, call);
        if (g_strv_contains(states, record_text(call, "State")))
            g_ptr_array_add(chosen, call);
    }
    return g_ptr_array_ref(chosen->len > 0 ? chosen : all);
}

Record *select_caller_end(const GPtrArray *calls) {
    Record *caller = g_ptr_array_index(calls, 0);
    const char *id = record_text(caller, "CallId");

    for (unsigned i = 0; i < calls->len; i++) {
        Record *call = g_ptr_array_index(calls, i);
        if (!*id || strcmp(record_text(call, "CallId"), id) != 0)
            return NULL;
        if (strcmp(record_text(call, "Direction"), "out") == 0)
            caller = call;
    }
    return caller;
}

Record *select_conference(const GPtrArray *calls) {
    Record *conference = NULL;

    for (unsigned i = 0; i < calls->len && !conference; i++)
        if (record_is_conference(g_ptr_array_index(calls, i)))
            conference = g_ptr_array_index(calls, i);
    for (unsigned i = 0; i < calls->len && conference; i++) {
        const Record *call = g_ptr_array_index(calls, i);
        const char *id = record_text(call, "CallId");
        bool same_id = *id && strcmp(id, record_text(conference, "CallId")) == 0;
        if (call != conference && (record_is_conference(call) || (!same_id && !record_is_participant(call, conference))))
            return NULL;
    }
    return conference;
}

GPtrArray *select_on_line(const GPtrArray *calls, const char *line) {
    GPtrArray *chosen = g_ptr_array_new();

    for (unsigned i = 0; i < calls->len; i++)
        if (strcmp(record_text(g_ptr_array_index(calls, i), "Line"), line) == 0)
            g_ptr_array_add(chosen, g_ptr_array_index(calls, i));
    return chosen;
}

bool select_is_plain_call(const GPtrArray *calls, const char *word) {
    g_autoptr(GPtrArray) meant = select_calls(calls, word);

    /* "102" is a number to dial, even where an id begins so */
    return meant->len > 0 && (strchr(word, '/') || strlen(word) >= SHORT_ID_MIN ||
                              strcmp(record_line_name(g_ptr_array_index(meant, 0)), word) == 0);
}

static bool is_pending(const Record *call) {
    return g_str_has_prefix(record_text(call, "State"), "on-hold-pending-");
}

static bool may_be_consultation(const Record *call) {
    static const char *const states[] = {"dial-tone", "dialing", "proceeding", "ringback", "busy", "special-info",
                                         "connected", "on-hold", NULL};

    return !record_is_conference(call) && g_strv_contains(states, record_text(call, "State"));
}

static bool are_related(const Record *consultation, const Record *pending) {
    const char *id = record_text(pending, "CallId");

    return !*id || strcmp(record_text(consultation, "RelatedCallId"), id) == 0;
}

Record *select_partner(const GPtrArray *calls, const Record *call) {
    Record *partner = NULL;

    for (unsigned i = 0; i < calls->len; i++) {
        Record *other = g_ptr_array_index(calls, i);
        bool fits_call = is_pending(call) ? may_be_consultation(other) && are_related(other, call)
                                          : may_be_consultation(call) && is_pending(other) && are_related(call, other);
        if (other == call || !fits_call || strcmp(record_text(other, "Line"), record_text(call, "Line")) != 0)
            continue;
        if (partner)
            return NULL;
        partner = other;
    }
    return partner;
}

static size_t common_length(const char *a, const char *b) {
    size_t n = 0;

    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

char *select_short_id(const GPtrArray *calls, const Record *call) {
    const char *id = record_text(call, "CallId");
    size_t needed = SHORT_ID_MIN;

    for (unsigned i = 0; i < calls->len; i++) {
        const char *other = record_text(g_ptr_array_index(calls, i), "CallId");
        if (strcmp(other, id) != 0)
            needed = MAX(needed, common_length(id, other) + 1);
    }
    return g_strndup(id, needed);
}

static bool is_plain(const GPtrArray *calls, const Record *call, const char *name) {
    g_autoptr(GPtrArray) meant = select_calls(calls, name);

    return meant->len == 1 && g_ptr_array_index(meant, 0) == call;
}

char *select_plain_name(const GPtrArray *calls, const Record *call) {
    g_autofree char *id = select_short_id(calls, call);
    g_autofree char *by_number = record_is_conference(call)
        ? g_strconcat(record_line_name(call), "/", CONFERENCE_NAME, NULL)
        : g_strdup_printf("%s/%s", record_line_name(call), record_text(call, "Address"));
    g_autofree char *by_id = g_strdup_printf("%s/%s", record_line_name(call), id);

    if (is_plain(calls, call, id))
        return g_steal_pointer(&id);
    if (!*id || is_plain(calls, call, by_number))
        return g_steal_pointer(&by_number);
    return g_steal_pointer(&by_id);
}
