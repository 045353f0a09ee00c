/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a provider process tells by itself, and what that means to the service. */
#include "providers/remote/reports.h"

#include <errno.h>
#include <string.h>

#include "bus/variant.h"
#include "providers/remote/asked.h"
#include "providers/wire/names.h"
#include "providers/wire/words.h"

enum {
    POSTPONED_MAX = 4096,
    POSTPONED_BYTES_MAX = 4 * 1024 * 1024,
    STATS_MAX = 4096, /* bytes */
};

/* One report: what came, and what it is about. */
typedef struct Report {
    Remote *remote;
    sd_bus_message *message;
    WireKeep *keep;
    RemoteLine *line; /* of a report about a line */
    Call *call;       /* of one about a call */
    RemoteCall *self;
    char *why;        /* it makes no sense */
} Report;

/* 0, or a negative errno: whoever says such a thing does not keep to the contract. */
typedef int (*Take)(Report *report);

static int wrong(Report *report, const char *what, const char *value) {
    report->why = g_strdup_printf("%s '%s' is none", what, value);
    return -EINVAL;
}

static int read_word(Report *report, const char *what, int (*from_string)(const char *), int *ret) {
    const char *word = NULL;
    int r = sd_bus_message_read_basic(report->message, 's', &word);

    if (r < 0)
        return r;
    *ret = from_string(word);
    return *ret < 0 ? wrong(report, what, word) : 0;
}

#define DEFINE_WORD(noun)                                     \
    static int noun##_value(const char *word) {               \
        return (int) noun##_from_string(word);                \
    }

DEFINE_WORD(line_state)
DEFINE_WORD(wire_event)
DEFINE_WORD(disconnect_cause)
DEFINE_WORD(wire_party_role)
DEFINE_WORD(call_origin)
DEFINE_WORD(call_reason)
DEFINE_WORD(digits_outcome)

/* "" is none. */
static int detail_value(const char *word) {
    return *word ? (int) state_detail_from_string(word) : STATE_DETAIL_NONE;
}

/* As long as text may be, at the end of a character. */
static char *cut(const char *text) {
    return g_utf8_make_valid(text, (gssize) strnlen(text, TEXT_MAX));
}

/* ---- Lines ---- */

static int take_line_added(Report *report) {
    const char *name = NULL;
    LineInfo info;
    int r = sd_bus_message_read_basic(report->message, 's', &name);

    if (r >= 0)
        r = wire_read_line_info(report->message, report->keep, &info, &report->why);
    if (r < 0)
        return r;
    r = remote_line_told(report->remote, name, &info);
    if (r < 0)
        remote_ignore(report->remote, "LineAdded", g_strerror(-r));
    return 0;
}

static int take_line_state(Report *report) {
    g_autofree char *text = NULL;
    const char *reason = NULL;
    int state = 0, r = read_word(report, "state", line_state_value, &state);

    if (r >= 0)
        r = sd_bus_message_read_basic(report->message, 's', &reason);
    if (r < 0)
        return r;
    text = cut(reason);
    if (state == LINE_REMOVED)
        remote_line_gone(report->line, text);
    else
        provider_report_line_state(report->line->line, (LineState) state, text);
    return 0;
}

static int take_ring(Report *report) {
    const char *mode = NULL;
    uint32_t count = 0;
    int r = sd_bus_message_read(report->message, "su", &mode, &count);

    if (r >= 0)
        provider_report_ring(report->line->line, mode, count);
    return r;
}

static int take_forwarding(Report *report) {
    const ForwardRule *rules = NULL;
    size_t n = 0;
    int r = wire_read_rules(report->message, report->keep, &rules, &n, &report->why);

    if (r >= 0)
        provider_report_forwarding(report->line->line, rules, n);
    return r;
}

static int take_messages_waiting(Report *report) {
    uint32_t count = 0;
    int r = sd_bus_message_read_basic(report->message, 'u', &count);

    if (r >= 0)
        provider_report_messages_waiting(report->line->line, count);
    return r;
}

/* ---- Calls that come in ---- */

static bool take_call(RemoteLine *line, const IncomingInfo *info) {
    RemoteCall *self;
    Call *call;

    if (g_hash_table_size(line->remote->calls) >= WIRE_CALLS_MAX || remote_find_call(line->remote, info->number))
        return false;
    call = provider_report_incoming(line->line, info);
    if (!call)
        return false;
    self = remote_call_new(line, call, info->number);
    self->begun = true;
    call_set_provider_data(call, self);
    return true;
}

bool remote_take_incoming(RemoteLine *line, const IncomingInfo *info) {
    return line->line && info->number / CALL_NUMBER_OF_PROVIDER == 1 && take_call(line, info);
}

static int take_incoming(Report *report) {
    RemoteLine *line;
    const char *name = NULL;
    IncomingInfo info;
    uint64_t number = 0;
    int taken, r = sd_bus_message_read(report->message, "st", &name, &number);

    if (r >= 0)
        r = wire_read_incoming(report->message, report->keep, &info, &report->why);
    if (r < 0)
        return r;
    if (number / CALL_NUMBER_OF_PROVIDER != 1) {
        report->why = g_strdup("A call comes in with a number without bit 62");
        return -EINVAL;
    }
    info.number = number;
    line = g_hash_table_lookup(report->remote->lines, name);
    taken = line && remote_take_incoming(line, &info);
    return sd_bus_reply_method_return(report->message, "b", taken);
}

/* ---- Calls ---- */

static int take_event(Report *report) {
    int event = 0, detail = 0, r = read_word(report, "event", wire_event_value, &event);

    if (r >= 0)
        r = read_word(report, "detail", detail_value, &detail);
    if (r >= 0)
        provider_report_event(report->call, (CallEvent) event, (StateDetail) detail);
    return r;
}

static int take_joined(Report *report) {
    RemoteCall *conference;
    uint64_t number = 0;
    int r = sd_bus_message_read_basic(report->message, 't', &number);

    if (r < 0)
        return r;
    conference = remote_find_call(report->remote, number);
    if (conference && conference->begun)
        provider_report_joined(report->call, conference->call);
    else
        remote_ignore(report->remote, "Joined", "there is no such conference");
    return 0;
}

static int take_ended(Report *report) {
    const char *words = NULL;
    int cause = 0, r = read_word(report, "cause", disconnect_cause_value, &cause);

    if (r >= 0)
        r = sd_bus_message_read_basic(report->message, 's', &words);
    if (r < 0)
        return r;
    remote_call_free(report->self);
    provider_report_ended(report->call, (DisconnectCause) cause, words);
    return 0;
}

static int take_call_id(Report *report) {
    const char *id = NULL, *related = NULL;
    int r = sd_bus_message_read(report->message, "ss", &id, &related);

    if (r >= 0)
        provider_report_call_id(report->call, id, related);
    return r;
}

static int take_party(Report *report) {
    const PartyInfo *party = NULL;
    int role = 0, r = read_word(report, "role", wire_party_role_value, &role);

    if (r >= 0)
        r = wire_read_party(report->message, report->keep, &party, &report->why);
    if (r >= 0)
        provider_report_party(report->call, (PartyRole) role, party);
    return r;
}

static int take_reason(Report *report) {
    int origin = 0, reason = 0, r = read_word(report, "origin", call_origin_value, &origin);

    if (r >= 0)
        r = read_word(report, "reason", call_reason_value, &reason);
    if (r >= 0)
        provider_report_reason(report->call, (CallOrigin) origin, (CallReason) reason);
    return r;
}

static int take_user_user_info(Report *report) {
    const uint8_t *data = NULL;
    size_t size = 0;
    int r = wire_read_bytes(report->message, &data, &size);

    if (r >= 0)
        provider_report_user_user_info(report->call, data, size);
    return r;
}

static int take_network_id(Report *report) {
    const char *kind = NULL, *id = NULL;
    int r = sd_bus_message_read(report->message, "ss", &kind, &id);

    if (r >= 0)
        provider_report_network_id(report->call, kind, id);
    return r;
}

static int take_encrypted(Report *report) {
    int encrypted = 0, r = sd_bus_message_read_basic(report->message, 'b', &encrypted);

    if (r >= 0)
        provider_report_encrypted(report->call, encrypted);
    return r;
}

static int take_audio(Report *report) {
    g_autofree char *name = NULL;
    const char *device = NULL;
    uint32_t volume = 0;
    int r = sd_bus_message_read(report->message, "su", &device, &volume);

    if (r < 0)
        return r;
    name = cut(device);
    provider_report_audio(report->call, name, volume);
    return 0;
}

static int take_digit(Report *report) {
    const char *digit = NULL;
    int r = sd_bus_message_read_basic(report->message, 's', &digit);

    if (r >= 0 && strlen(digit) != 1)
        return wrong(report, "digit", digit);
    if (r >= 0)
        provider_report_digit(report->call, *digit);
    return r;
}

static int take_digits_sent(Report *report) {
    int outcome = 0, r = read_word(report, "outcome", digits_outcome_value, &outcome);

    if (r >= 0)
        provider_report_digits_sent(report->call, (DigitsOutcome) outcome);
    return r;
}

static int take_tone_sent(Report *report) {
    int outcome = 0, r = read_word(report, "outcome", digits_outcome_value, &outcome);

    if (r >= 0)
        provider_report_tone_sent(report->call, (DigitsOutcome) outcome);
    return r;
}

static int take_media_stats(Report *report) {
    GVariant *stats = NULL;
    int r = variant_read_dictionary(report->message, STATS_MAX, &stats);

    if (r < 0) {
        remote_ignore(report->remote, "MediaStats", g_strerror(-r));
        return 0;
    }
    if (report->self->stats)
        g_variant_unref(report->self->stats);
    report->self->stats = g_variant_ref_sink(stats);
    g_variant_get_data(stats); /* from many small pieces of memory to one */
    return 0;
}

/* ---- All of them ---- */

/* What its first argument is. */
typedef enum About {
    ABOUT_ALL,    /* read by the function */
    ABOUT_LINE,
    ABOUT_CALL,
    ABOUT_ARRIVAL, /* of a call: read by the function */
} About;

static const struct {
    const char *member, *types;
    About about;
    Take take;
} reports[] = {
    { "Event", "tss", ABOUT_CALL, take_event },
    { "Ended", "tss", ABOUT_CALL, take_ended },
    { "Party", "ts(sss)", ABOUT_CALL, take_party },
    { "Incoming", "sta{sv}", ABOUT_ARRIVAL, take_incoming },
    { "NetworkId", "tss", ABOUT_CALL, take_network_id },
    { "MediaStats", "ta{sv}", ABOUT_CALL, take_media_stats },
    { "Audio", "tsu", ABOUT_CALL, take_audio },
    { "Encrypted", "tb", ABOUT_CALL, take_encrypted },
    { "CallId", "tss", ABOUT_CALL, take_call_id },
    { "Reason", "tss", ABOUT_CALL, take_reason },
    { "Ring", "ssu", ABOUT_LINE, take_ring },
    { "Digit", "ts", ABOUT_CALL, take_digit },
    { "DigitsSent", "ts", ABOUT_CALL, take_digits_sent },
    { "ToneSent", "ts", ABOUT_CALL, take_tone_sent },
    { "UserUserInfo", "tay", ABOUT_CALL, take_user_user_info },
    { "Joined", "tt", ABOUT_CALL, take_joined },
    { "LineAdded", "sa{sv}", ABOUT_ALL, take_line_added },
    { "LineState", "sss", ABOUT_LINE, take_line_state },
    { "Forwarding", "sa(sssu)", ABOUT_LINE, take_forwarding },
    { "MessagesWaiting", "su", ABOUT_LINE, take_messages_waiting },
};

static int find_report(const char *member) {
    for (size_t i = 0; i < G_N_ELEMENTS(reports); i++)
        if (strcmp(reports[i].member, member) == 0)
            return (int) i;
    return -1;
}

/* What is not known (any more) may have crossed its end on the way. */
static int find_subject(Report *report, About about) {
    const char *name = NULL;
    uint64_t number = 0;
    int r;

    if (about == ABOUT_LINE) {
        r = sd_bus_message_read_basic(report->message, 's', &name);
        report->line = r < 0 ? NULL : g_hash_table_lookup(report->remote->lines, name);
        return r < 0 ? r : report->line && report->line->line;
    }
    if (about == ABOUT_CALL) {
        r = sd_bus_message_read_basic(report->message, 't', &number);
        report->self = r < 0 ? NULL : remote_find_call(report->remote, number);
        report->call = report->self ? report->self->call : NULL;
        return r < 0 ? r : report->self && report->self->begun;
    }
    return 1;
}

static int take(Remote *remote, sd_bus_message *m, size_t i, char **ret_why) {
    g_autoptr(GPtrArray) keep = wire_keep_new();
    Report report = { .remote = remote, .message = m, .keep = keep };
    int r = find_subject(&report, reports[i].about);

    if (r > 0)
        r = reports[i].take(&report);
    else if (r == 0)
        remote_ignore(remote, reports[i].member, "there is no such call or line");
    *ret_why = report.why;
    return r;
}

/* A method of a later time is no crime, a known one with other arguments is. */
static void hear(Remote *remote, sd_bus_message *m) {
    const char *member = sd_bus_message_get_member(m);
    int i = member ? find_report(member) : -1;
    g_autofree char *why = NULL;
    int r;

    if (i < 0) {
        if (member && strcmp(member, "Hello") == 0)
            remote_violated(remote, "it says Hello twice");
        else if (sd_bus_message_get_expect_reply(m) > 0)
            sd_bus_reply_method_errorf(m, WIRE_ERROR_UNKNOWN_METHOD, "There is no such method");
        return;
    }
    r = sd_bus_message_has_signature(m, reports[i].types) ? take(remote, m, (size_t) i, &why) : -EBADMSG;
    if (r < 0 && r != -ENOTCONN) {
        g_autofree char *text = g_strdup_printf("%s: %s", reports[i].member, why ?: g_strerror(-r));

        remote_violated(remote, text);
    }
}

/* While it is not settled what becomes of the calls of before, nothing is heard of calls. */
static bool waits(const Remote *remote, const sd_bus_message *m) {
    const char *member = sd_bus_message_get_member((sd_bus_message *) m);
    int i = member ? find_report(member) : -1;

    return remote->hello && i >= 0 && (reports[i].about == ABOUT_CALL || reports[i].about == ABOUT_ARRIVAL);
}

static bool has_too_much_postponed(const Remote *remote) {
    return remote->postponed.length >= POSTPONED_MAX || link_count(remote->link) - remote->count_at_hello > POSTPONED_BYTES_MAX;
}

int remote_hear(Remote *remote, sd_bus_message *m) {
    const char *interface = sd_bus_message_get_interface(m);
    uint8_t type = 0;

    if (sd_bus_message_get_type(m, &type) < 0 || type != SD_BUS_MESSAGE_METHOD_CALL)
        return 1;
    if (interface && strcmp(interface, WIRE_HOST_INTERFACE) != 0)
        return 0;
    if (!waits(remote, m))
        hear(remote, m);
    else if (has_too_much_postponed(remote))
        remote_violated(remote, "it tells too much before it is asked");
    else
        g_queue_push_tail(&remote->postponed, sd_bus_message_ref(m));
    return 1;
}

void remote_hear_postponed(Remote *remote) {
    sd_bus_message *m;

    while ((m = g_queue_pop_head(&remote->postponed))) {
        hear(remote, m);
        sd_bus_message_unref(m);
    }
}
