/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl log: pages of entries, and an entry as a row. */
#include "interfaces/cli/ctl-log.h"
#include "interfaces/cli/decode.h"
#include "interfaces/cli/text.h"
#include "interfaces/cli/when.h"
#include "interfaces/names.h"
#include "service/types.h"

#include <string.h>

/* ---- The bus ---- */

int log_new_method(const Ctl *ctl, const char *member, sd_bus_message **ret) {
    int r = remote_new_method(ctl->remote, CALLBUS_PATH, CALLBUS_LOG_INTERFACE, member, ret);

    return r < 0 ? r : sd_bus_message_set_allow_interactive_authorization(*ret, true);
}

int log_call(const Ctl *ctl, sd_bus_message *message, sd_bus_error *ret_error, sd_bus_message **ret_reply) {
    return sd_bus_call(remote_bus(ctl->remote), message, UINT64_MAX, ret_error, ret_reply);
}

int log_read_page(const Ctl *ctl, const LogQuery *query, uint64_t cursor, uint64_t limit, Json **ret, uint64_t *ret_next) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
    int r = log_new_method(ctl, "Query", &message);

    if (r >= 0)
        r = log_append_filter(message, query);
    if (r >= 0)
        r = sd_bus_message_append(message, "tu", cursor, (uint32_t) limit);
    if (r >= 0)
        r = log_call(ctl, message, &error, &reply);
    if (r >= 0)
        r = decode_value(reply, ret);
    if (r >= 0)
        r = sd_bus_message_read(reply, "t", ret_next);
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "read the call log") : EXIT_DONE;
}

/* ---- A row ---- */

const Column log_columns[LOG_CELLS] = {
    {"TIME"}, {""}, {"WHO", .elastic = true}, {"LINE", .elastic = true}, {"OUTCOME", .elastic = true}, {"DURATION", .right = true},
    {"ID"},
};

static const char *text_of(const Json *entry, const char *key) {
    return json_text(json_get(entry, key));
}

static const struct {
    const char *words;
    Style style;
} outcomes[_OUTCOME_MAX] = {
    [OUTCOME_ANSWERED] = {"answered", STYLE_GOOD},
    [OUTCOME_MISSED] = {"missed", STYLE_BAD},
    [OUTCOME_REJECTED] = {"rejected", STYLE_PLAIN},
    [OUTCOME_BUSY] = {"busy", STYLE_NOTICE},
    [OUTCOME_NO_ANSWER] = {"no answer", STYLE_NOTICE},
    [OUTCOME_CANCELLED] = {"cancelled", STYLE_DIM},
    [OUTCOME_FAILED] = {"failed", STYLE_NOTICE},
    [OUTCOME_FORWARDED] = {"forwarded", STYLE_PLAIN},
    [OUTCOME_ANSWERED_ELSEWHERE] = {"answered elsewhere", STYLE_PLAIN},
    [OUTCOME_BLOCKED] = {"blocked", STYLE_DIM},
};

/* The cause says more only where something went wrong, or ended otherwise than by the people. */
static char *outcome_words(const Json *entry, CallOutcome outcome) {
    const char *cause = text_of(entry, "cause");
    bool tells = outcome == OUTCOME_FAILED || strcmp(cause, "service-restarted") == 0 || strcmp(cause, "provider-failed") == 0;
    const char *words = (int) outcome < 0 ? text_of(entry, "outcome") : outcomes[outcome].words;

    return tells ? g_strdup_printf("%s (%s)", words, cause) : g_strdup(words);
}

static char *who(const Json *entry) {
    const char *number = text_of(entry, "number"), *name = text_of(entry, "name");

    if (*number && *name && !strstr(name, number))
        return g_strdup_printf("%s (%s)", number, name);
    if (*number || *name)
        return g_strdup(*number ? number : name);
    return g_strdup(strcmp(text_of(entry, "presentation"), "withheld") == 0 ? "withheld" : "unknown");
}

static const char *arrow(const Look *look, const char *direction) {
    if (strcmp(direction, "in") == 0)
        return look->utf8 ? "←" : "<-";
    return look_arrow(look);
}

/* Scripts want a date that does not depend on the day. */
static char *time_words(const Ctl *ctl, uint64_t usec, uint64_t now) {
    g_autofree char *date = text_date(usec), *clock = text_clock(usec);

    return ctl->look.terminal ? when_words(usec, now) : g_strdup_printf("%s %s", date, clock);
}

void log_cells(const Ctl *ctl, const Json *entry, uint64_t now, LogCell cells[static LOG_CELLS]) {
    CallOutcome outcome = call_outcome_from_string(text_of(entry, "outcome"));
    Style missed = outcome == OUTCOME_MISSED ? STYLE_BAD : STYLE_PLAIN;
    uint64_t duration = json_number(json_get(entry, "duration"));

    cells[0] = (LogCell) {time_words(ctl, json_number(json_get(entry, "started")), now), STYLE_PLAIN};
    cells[1] = (LogCell) {g_strdup(arrow(&ctl->look, text_of(entry, "direction"))), missed};
    cells[2] = (LogCell) {who(entry), missed};
    cells[3] = (LogCell) {g_strdup(text_of(entry, "line")), STYLE_PLAIN};
    cells[4] = (LogCell) {outcome_words(entry, outcome), (int) outcome < 0 ? STYLE_PLAIN : outcomes[outcome].style};
    cells[5] = (LogCell) {duration > 0 ? text_duration(duration) : g_strdup(""), STYLE_PLAIN};
    cells[6] = (LogCell) {g_strdup_printf("%" G_GUINT64_FORMAT, json_number(json_get(entry, "id"))), STYLE_DIM};
}

void log_cells_clear(LogCell cells[static LOG_CELLS]) {
    for (unsigned i = 0; i < LOG_CELLS; i++)
        g_free(cells[i].text);
}
