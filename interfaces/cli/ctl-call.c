/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl calls, show. */
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/media.h"
#include "interfaces/cli/select.h"
#include "interfaces/cli/text.h"

#include <stdio.h>
#include <string.h>

static char *time_text(const Record *call) {
    uint64_t now = ctl_now(), talked = record_talk_time(call, now), since = record_number(call, "StateTimestamp");

    if (talked == 0 && now > since && !state_is_over(record_text(call, "State")))
        talked = now - since;
    return talked > 0 ? text_duration(talked) : g_strdup("");
}

static char *state_and_more(const Record *call) {
    const char *state = record_text(call, "State"), *cause = record_text(call, "DisconnectCause");
    const char *more = *cause && strcmp(cause, state) != 0 ? cause : state_detail_words(record_text(call, "StateDetail"));
    g_autofree char *with = record_other_far_end(call);

    if (*with && !state_has_cause(state))
        return g_strdup_printf("%s (with %s%s%s)", state, with, *more ? ", " : "", more);
    return *more ? g_strdup_printf("%s (%s)", state, more) : g_strdup(state);
}

static unsigned count_participants(const GPtrArray *calls, const Record *conference) {
    unsigned n = 0;

    for (unsigned i = 0; i < calls->len; i++)
        n += record_is_participant(g_ptr_array_index(calls, i), conference);
    return n;
}

/* On a terminal, participants hang below their conference. */
static char *first_cell(const Ctl *ctl, const GPtrArray *calls, unsigned i) {
    const Record *call = g_ptr_array_index(calls, i);
    const Record *next = i + 1 < calls->len ? g_ptr_array_index(calls, i + 1) : NULL;
    const char *conference = record_text(call, "Conference");
    bool last = !next || strcmp(record_text(next, "Conference"), conference) != 0;
    g_autofree char *id = select_short_id(calls, call);

    if (!ctl->look.terminal)
        return g_strdup(record_text(call, "CallId"));
    if (*conference && strcmp(conference, "/") != 0)
        return g_strconcat(look_branch(&ctl->look, last), *id ? id : "-", NULL);
    return g_strdup(ctl->full ? record_text(call, "CallId") : id);
}

static void add_call(const Ctl *ctl, Table *table, const GPtrArray *calls, unsigned i) {
    const Record *call = g_ptr_array_index(calls, i);
    g_autofree char *id = first_cell(ctl, calls, i), *time = time_text(call), *state = state_and_more(call);
    g_autofree char *of = g_strdup_printf("conference of %u", count_participants(calls, call));
    g_autofree char *from = record_party(call, PARTY_FROM), *to = record_party(call, PARTY_TO);
    bool conference = record_is_conference(call);

    table_add(table, id, STYLE_STRONG);
    table_add(table, record_line_name(call), STYLE_PLAIN);
    table_add(table, record_text(call, "Direction"), STYLE_PLAIN);
    table_add(table, conference ? "" : from, STYLE_PLAIN);
    table_add(table, conference ? of : to, STYLE_PLAIN);
    table_add(table, state, state_style(record_text(call, "State")));
    table_add(table, time, STYLE_PLAIN);
    table_add_number(table, record_number(call, "Owners"));
}

static bool is_shown(const Ctl *ctl, const Record *call) {
    const char *state = record_text(call, "State");

    if (ctl->states)
        return g_strv_contains((const char *const *) ctl->states, state);
    return ctl->all || !state_is_over(state);
}

/* By age, but participants follow their conference. */
static GPtrArray *in_order(const Ctl *ctl, const GPtrArray *calls) {
    GPtrArray *shown = g_ptr_array_new();

    for (unsigned i = 0; i < calls->len; i++) {
        Record *call = g_ptr_array_index(calls, i);
        const char *conference = record_text(call, "Conference");
        if (*conference && strcmp(conference, "/") != 0)
            continue;
        if (is_shown(ctl, call))
            g_ptr_array_add(shown, call);
        for (unsigned j = 0; j < calls->len; j++)
            if (is_shown(ctl, g_ptr_array_index(calls, j)) && record_is_participant(g_ptr_array_index(calls, j), call))
                g_ptr_array_add(shown, g_ptr_array_index(calls, j));
    }
    return shown;
}

static void print_names(const GPtrArray *all, const GPtrArray *calls) {
    for (unsigned i = 0; i < calls->len; i++) {
        g_autofree char *name = select_plain_name(all, g_ptr_array_index(calls, i)), *safe = text_safe(name);
        puts(safe);
    }
}

int ctl_calls(Ctl *ctl, char **arguments) {
    static const Column columns[] = {
        {"CALL"}, {"LINE"}, {"DIR"}, {"FROM", .elastic = true}, {"TO", .elastic = true},
        {"STATE", .elastic = true}, {"TIME"}, {"OWNERS", .right = true},
    };
    g_autoptr(Table) table = table_new(columns, G_N_ELEMENTS(columns));
    g_autoptr(GPtrArray) lines = NULL, calls = NULL, shown = NULL;
    int status = ctl_fetch(ctl, &lines, &calls);

    if (status != EXIT_DONE)
        return status;
    shown = in_order(ctl, calls);
    if (ctl->quiet) {
        print_names(calls, shown);
        return EXIT_DONE;
    }
    if (ctl->json != JSON_OFF) {
        ctl_print_records(ctl, shown);
        return EXIT_DONE;
    }
    for (unsigned i = 0; i < shown->len; i++)
        add_call(ctl, table, shown, i);
    ctl_print_table(ctl, table, "call", "calls");
    return EXIT_DONE;
}

static char *end_text(const Record *call) {
    const char *cause = record_text(call, "DisconnectCause"), *network = record_text(call, "ProviderCause");

    return *network ? g_strdup_printf("%s (%s)", cause, network) : g_strdup(cause);
}

static char *since_text(uint64_t when) {
    g_autofree char *date = text_date_time(when), *ago = NULL;
    uint64_t now = ctl_now();

    if (when == 0)
        return g_strdup("");
    ago = text_duration(now > when ? now - when : 0);
    return g_strdup_printf("%s; %s ago", date, ago);
}

static char *owners_text(const Record *call) {
    g_autofree char *apps = record_joined(call, "OwnerApps");
    uint64_t owners = record_number(call, "Owners");

    return g_strdup_printf("%" G_GUINT64_FORMAT "%s%s%s", owners, *apps ? " (" : "", apps, *apps ? ")" : "");
}

static char *audio_text(const Record *call) {
    return g_strconcat(record_text(call, "MediaMode"), record_flag(call, "Muted") ? ", muted" : "",
                       record_flag(call, "Encrypted") ? ", encrypted" : "",
                       record_flag(call, "Emergency") ? ", emergency call" : "", NULL);
}

static char *state_text(const Record *call) {
    const char *state = record_text(call, "State"), *detail = record_text(call, "StateDetail");

    return *detail ? g_strdup_printf("%s (%s)", state, detail) : g_strdup(state);
}

/* The parties beside the two that a call begins with. */
static void add_parties(Sheet *sheet, const Record *call) {
    g_autofree char *other = record_other_far_end(call), *sent_to = record_named_party(call, "Redirection");
    g_autofree char *reason = ctl_reason(call);

    sheet_add(sheet, "Talks to", other, STYLE_PLAIN);
    sheet_add(sheet, "Came by", reason, STYLE_PLAIN);
    sheet_add(sheet, "Sent to", sent_to, STYLE_PLAIN);
}

static void add_media(Sheet *sheet, const Record *call) {
    g_autofree char *audio = audio_text(call), *heard = media_heard_on(call), *codec = media_codec(call);
    g_autofree char *quality = media_quality(call), *levels = media_levels(call), *ids = media_network_ids(call);

    sheet_add(sheet, "Media", audio, STYLE_PLAIN);
    sheet_add(sheet, "Heard on", heard, STYLE_PLAIN);
    sheet_add(sheet, "Codec", codec, STYLE_PLAIN);
    sheet_add(sheet, "Quality", quality, STYLE_PLAIN);
    sheet_add(sheet, "Level", levels, STYLE_PLAIN);
    sheet_add(sheet, "Network IDs", ids, STYLE_DIM);
}

static char *conference_text(const GPtrArray *all, const Record *call) {
    for (unsigned i = 0; i < all->len; i++) {
        const Record *other = g_ptr_array_index(all, i);
        if (record_is_participant(call, other))
            return ctl_call_name(other);
    }
    return NULL;
}

static void print_call(const Ctl *ctl, const GPtrArray *all, const Record *call) {
    g_autoptr(Sheet) sheet = sheet_new();
    g_autofree char *conference = conference_text(all, call), *participants = ctl_participants(all, call);
    g_autofree char *who = ctl_who_to_whom(ctl, call), *end = end_text(call), *state = state_text(call);
    g_autofree char *created = since_text(record_number(call, "CreatedTimestamp"));
    g_autofree char *connected = since_text(record_number(call, "ConnectedTimestamp"));
    g_autofree char *ended = since_text(record_number(call, "EndedTimestamp"));
    g_autofree char *owners = owners_text(call);
    uint64_t talked = record_talk_time(call, ctl_now());
    g_autofree char *duration = talked > 0 ? text_duration(talked) : NULL;

    sheet_add(sheet, "Call", record_text(call, "CallId"), STYLE_STRONG);
    sheet_add(sheet, "Related", record_text(call, "RelatedCallId"), STYLE_PLAIN);
    sheet_add(sheet, "Line", record_line_name(call), STYLE_PLAIN);
    sheet_add(sheet, "Direction", record_text(call, "Direction"), STYLE_PLAIN);
    sheet_add(sheet, "Who", who, STYLE_PLAIN);
    add_parties(sheet, call);
    sheet_add(sheet, "For", record_text(call, "CalledParty"), STYLE_PLAIN);
    sheet_add(sheet, "Comment", record_text(call, "Comment"), STYLE_PLAIN);
    sheet_add(sheet, "State", state, state_style(record_text(call, "State")));
    sheet_add(sheet, "Cause", end, STYLE_PLAIN);
    sheet_add(sheet, "Conference", conference, STYLE_PLAIN);
    sheet_add(sheet, "Participants", participants, STYLE_PLAIN);
    sheet_add(sheet, "Began", created, STYLE_PLAIN);
    sheet_add(sheet, "Connected", connected, STYLE_PLAIN);
    sheet_add(sheet, "Ended", ended, STYLE_PLAIN);
    sheet_add(sheet, "Talked", duration, STYLE_PLAIN);
    add_media(sheet, call);
    sheet_add(sheet, "Owners", owners, STYLE_PLAIN);
    sheet_add_number(sheet, "Monitors", record_number(call, "Monitors"));
    ctl_print_sheet(ctl, sheet);
}

int ctl_show(Ctl *ctl, char **arguments) {
    g_autoptr(GPtrArray) all = NULL, calls = NULL;
    int status = ctl_find_calls(ctl, arguments[0], &all, &calls);

    if (status != EXIT_DONE)
        return status;
    if (ctl->json != JSON_OFF) {
        ctl_print_records(ctl, calls);
        return EXIT_DONE;
    }
    for (unsigned i = 0; i < calls->len; i++) {
        if (i > 0)
            putchar('\n');
        print_call(ctl, all, g_ptr_array_index(calls, i));
    }
    return EXIT_DONE;
}
