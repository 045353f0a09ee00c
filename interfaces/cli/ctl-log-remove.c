/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl log --remove, --clear: after having asked. */
#include "interfaces/cli/ctl-log.h"

#include <stdio.h>

/* Only a plain yes is one. */
static int confirm(const Ctl *ctl, const char *what) {
    char answer[8] = "";

    if (ctl->log.yes)
        return EXIT_DONE;
    if (!isatty(STDIN_FILENO))
        return ctl_misuse("nobody can be asked here whether to remove %s: say --yes", what);
    printf("Remove %s, for good? [y/N] ", what);
    fflush(stdout);
    if (!fgets(answer, sizeof(answer), stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
        return ctl_fail("nothing was removed");
    return EXIT_DONE;
}

static void tell(const Ctl *ctl, uint64_t removed) {
    g_autoptr(Json) object = json_new_object();

    json_set(object, "removed", json_new_number(removed));
    if (ctl->json != JSON_OFF)
        ctl_print_json(object, ctl->json);
    else if (!ctl->quiet)
        printf("%" G_GUINT64_FORMAT " %s removed.\n", removed, removed == 1 ? "entry" : "entries");
}

/* Adds what the reply says to *removed. */
static int send_request(const Ctl *ctl, sd_bus_message *message, uint64_t *removed) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    uint32_t count = 0;
    int r = log_call(ctl, message, &error, &reply);

    if (r >= 0)
        r = sd_bus_message_read(reply, "u", &count);
    *removed += count;
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "remove entries of the call log") : EXIT_DONE;
}

static int parse_ids(char **words, GArray *ids) {
    for (; *words; words++) {
        uint64_t id;

        if (!g_ascii_string_to_unsigned(*words, 10, 1, UINT64_MAX, &id, NULL))
            return ctl_misuse("'%s' is no id of an entry; 'callbusctl log --full' shows them", *words);
        g_array_append_val(ids, id);
    }
    return EXIT_DONE;
}

static int remove_some(const Ctl *ctl, const uint64_t *ids, size_t n, uint64_t *removed) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    int r = log_new_method(ctl, "Remove", &message);

    if (r >= 0)
        r = sd_bus_message_append_array(message, 't', ids, n * sizeof(uint64_t));
    return r < 0 ? ctl_fail("cannot remove entries: %s", g_strerror(-r)) : send_request(ctl, message, removed);
}

int log_remove(const Ctl *ctl, char **words) {
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_autofree char *what = NULL;
    uint64_t removed = 0;
    int status = parse_ids(words, ids);

    what = ids->len == 1 ? g_strdup("this entry") : g_strdup_printf("these %u entries", ids->len);
    if (status == EXIT_DONE)
        status = confirm(ctl, what);
    for (unsigned i = 0; status == EXIT_DONE && i < ids->len; i += LOG_PAGE)
        status = remove_some(ctl, &g_array_index(ids, uint64_t, i), MIN(ids->len - i, LOG_PAGE), &removed);
    if (status == EXIT_DONE && removed == 0)
        return ctl_fail("there is no such entry; 'callbusctl log --full' shows the ids");
    if (status == EXIT_DONE)
        tell(ctl, removed);
    return status;
}

int log_clear(const Ctl *ctl, const LogQuery *query) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    const char *what = query->narrow ? "the entries of the call log that fit" : "all entries of the call log";
    uint64_t removed = 0;
    int r, status = confirm(ctl, what);

    if (status != EXIT_DONE)
        return status;
    r = log_new_method(ctl, "RemoveMatching", &message);
    if (r >= 0)
        r = log_append_filter(message, query);
    if (r < 0)
        return ctl_fail("cannot remove entries: %s", g_strerror(-r));
    status = send_request(ctl, message, &removed);
    if (status == EXIT_DONE)
        tell(ctl, removed);
    return status;
}
