/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which entries of the call log a client asks for. */
#include "interfaces/call-log-filter.h"

#include "interfaces/options.h"
#include "interfaces/reply.h"

enum { NOT_SAID = -1 };

typedef struct Keys {
    uint64_t since, until;
    const char *line, *number, *direction, *outcome, *call_id, *media_mode;
    int all;
} Keys;

static const Option keys[] = {
    { "since", "t", offsetof(Keys, since) },
    { "until", "t", offsetof(Keys, until) },
    { "line", "s", offsetof(Keys, line) },
    { "number", "s", offsetof(Keys, number) },
    { "direction", "s", offsetof(Keys, direction) },
    { "outcome", "s", offsetof(Keys, outcome) },
    { "call-id", "s", offsetof(Keys, call_id) },
    { "media-mode", "s", offsetof(Keys, media_mode) },
    { "all", "b", offsetof(Keys, all) },
};

static bool is_empty(const Keys *read) {
    return read->since == 0 && read->until == 0 && !read->line && !read->number && !read->direction && !read->outcome &&
           !read->call_id && !read->media_mode && read->all == NOT_SAID;
}

/* Is a word there that is none of them? */
static bool is_unknown(const char *word, int value) {
    return word && value < 0;
}

int call_log_filter_read(Peer *peer, sd_bus_message *m, CallLogFilter *ret) {
    Keys read = { .all = NOT_SAID };
    g_autofree char *why = NULL;
    LogFilter filter;

    if (options_read(m, keys, G_N_ELEMENTS(keys), &read, &why) < 0)
        return reply_invalid(peer, m, "%s", why);
    filter = (LogFilter) {
        .since = read.since,
        .until = read.until,
        .line = read.line,
        .number = read.number,
        .call_id = read.call_id,
        .direction = call_direction_from_string(read.direction),
        .outcome = call_outcome_from_string(read.outcome),
        .media_mode = media_mode_from_string(read.media_mode),
    };
    if (is_unknown(read.direction, (int) filter.direction))
        return reply_invalid(peer, m, "Unknown direction '%s': use \"in\", \"out\" or \"none\"", read.direction);
    if (is_unknown(read.outcome, (int) filter.outcome))
        return reply_invalid(peer, m, "Unknown outcome '%s': use answered, missed, rejected, busy, no-answer, cancelled, failed, "
                             "forwarded, answered-elsewhere or blocked", read.outcome);
    if (is_unknown(read.media_mode, (int) filter.media_mode))
        return reply_invalid(peer, m, "Unknown media mode '%s': see the MediaModes of a line", read.media_mode);
    *ret = (CallLogFilter) { .filter = filter, .is_empty = is_empty(&read), .everything = read.all > 0 };
    return 0;
}
