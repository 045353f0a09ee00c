/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl redial: calls again whom the call log tells of: who was called last, who was missed, or who is in an entry. */
#include "interfaces/cli/ctl-log.h"
#include "interfaces/cli/stay.h"

#include <string.h>

static void take_entry(const Json *entry, void *userdata) {
    *(Json **) userdata = json_ref((Json *) entry);
}

/* The newest one that fits; *ret is NULL where there is none. */
static int find_newest(const Ctl *ctl, Json **ret) {
    LogQuery query = {
        .line = ctl->log.line,
        .outcome = ctl->log.missed ? "missed" : NULL,
        .direction = ctl->log.missed ? NULL : "out",
        .limit = 1,
    };
    bool more;

    return log_for_each(ctl, &query, take_entry, ret, &more);
}

/* The same of the one with that id. */
static int find_by_id(const Ctl *ctl, const char *text, Json **ret) {
    const LogQuery query = {0};
    g_autoptr(Json) entries = NULL;
    uint64_t id, next;
    int status;

    if (!g_ascii_string_to_unsigned(text, 10, 1, INT64_MAX, &id, NULL))
        return ctl_misuse("'%s' is no id of an entry; 'callbusctl log --full' shows them", text);
    status = log_read_page(ctl, &query, id + 1, 1, &entries, &next);
    if (status == EXIT_DONE && json_size(entries) > 0 && json_number(json_get(json_at(entries, 0), "id")) == id)
        *ret = json_ref((Json *) json_at(entries, 0));
    return status;
}

static int fail_to_find(const Ctl *ctl, const char *id) {
    const char *what = ctl->log.missed ? "no call was missed" : "no call was dialled";

    if (id)
        return ctl_fail("the call log has no entry %s; 'callbusctl log --full' shows the ids", id);
    if (ctl->log.line)
        return ctl_fail("%s on line %s; 'callbusctl log' lists all", what, ctl->log.line);
    return ctl_fail("%s; 'callbusctl log' lists all", what);
}

int ctl_redial(Ctl *ctl, char **arguments) {
    g_autoptr(Json) entry = NULL;
    const char *number;
    int status;

    if (arguments[0] && (ctl->log.missed || ctl->log.line))
        return ctl_misuse("'redial' wants either an id, or --missed and --line");
    status = arguments[0] ? find_by_id(ctl, arguments[0], &entry) : find_newest(ctl, &entry);
    if (status != EXIT_DONE)
        return status;
    if (!entry)
        return fail_to_find(ctl, arguments[0]);
    number = json_text(json_get(entry, "number"));
    if (!*number)
        return ctl_fail("nobody knows the number of that call: it was not told");
    return ctl_dial_on(ctl, json_text(json_get(entry, "line")), number);
}
