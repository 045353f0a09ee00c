/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Report: one line for each event that is watched, for a person or as JSON. */
#include "interfaces/cli/report.h"
#include "interfaces/cli/media.h"
#include "interfaces/cli/rule.h"
#include "interfaces/cli/text.h"

#include <stdio.h>
#include <string.h>

#define GAP "  "
#define ID_WIDTH 8
#define WHO_WIDTH_MIN 16
#define WORDS_WIDTH 22

struct Report {
    Ctl *ctl;
    size_t line_width; /* grow with what was shown, and never shrink */
    size_t who_width;
    char *date; /* of the last line: a new day is announced */
};

typedef struct Event {
    uint64_t when;
    const char *line;
    const char *id;
    const char *who;
    const char *words;
    const char *rest;
    Style style;
} Event;

Report *report_new(Ctl *ctl) {
    Report *report = g_new0(Report, 1);

    report->ctl = ctl;
    report->line_width = strlen("loop0");
    report->who_width = WHO_WIDTH_MIN;
    return report;
}

Report *report_free(Report *report) {
    g_free(report->date);
    g_free(report);
    return NULL;
}

void report_know_line(Report *report, const Record *line) {
    report->line_width = MAX(report->line_width, strlen(record_name(line)));
}

static void announce_day(Report *report, uint64_t when) {
    g_autofree char *date = text_date(when);

    if (report->date && strcmp(report->date, date) != 0 && !report->ctl->no_legend)
        printf("-- %s --\n", date);
    g_free(report->date);
    report->date = TAKE_PTR(date);
}

/* Appends what still fits into the line of the terminal. */
static void append(GString *out, const Look *look, size_t *left, const char *text, Style style) {
    g_autofree char *shown = text_shorten(text, *left, look_ellipsis(look));

    *left -= MIN(text_width(shown), *left);
    g_string_append_printf(out, "%s%s%s", style_on(look, style), shown, style_off(look, style));
}

static void print_event(Report *report, const Event *event) {
    const Look *look = &report->ctl->look;
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *clock = text_clock(event->when), *line = text_pad(event->line, report->line_width);
    g_autofree char *id = text_pad(event->id, ID_WIDTH), *who = text_pad(event->who, report->who_width);
    g_autofree char *rest = text_safe(event->rest), *words = text_pad(event->words, *rest ? WORDS_WIDTH : 0);
    size_t left = look->width == WIDTH_UNLIMITED ? SIZE_MAX : look->width;

    announce_day(report, event->when);
    append(out, look, &left, clock, STYLE_DIM);
    append(out, look, &left, GAP, STYLE_PLAIN);
    append(out, look, &left, line, STYLE_PLAIN);
    append(out, look, &left, GAP, STYLE_PLAIN);
    append(out, look, &left, id, STYLE_DIM);
    append(out, look, &left, GAP, STYLE_PLAIN);
    append(out, look, &left, who, STYLE_STRONG);
    append(out, look, &left, GAP, STYLE_PLAIN);
    append(out, look, &left, words, event->style);
    if (*rest)
        append(out, look, &left, GAP, STYLE_PLAIN);
    append(out, look, &left, rest, STYLE_PLAIN);
    puts(out->str);
    fflush(stdout);
}

/* One object per line; what is known of the thing that it is about stands beside the event's own members. */
static void print_object(const char *event, Json *members, const Record *about) {
    g_autoptr(Json) object = json_new_object();

    json_set(object, "Event", json_new_text(event));
    if (members)
        json_merge(object, members);
    if (about)
        json_merge(object, record_properties(about));
    ctl_print_json(object, JSON_SHORT);
    fflush(stdout);
}

static void print_call(Report *report, const Record *call, uint64_t when, const char *words, Style style,
                       const char *rest) {
    g_autofree char *who = ctl_who_to_whom(report->ctl, call), *short_id = NULL;
    const char *id = record_text(call, "CallId");
    Event event = {when, record_line_name(call), id, who, words, rest, style};

    if (!report->ctl->full)
        event.id = short_id = g_strndup(id, ID_WIDTH);
    report->who_width = MAX(report->who_width, text_width(who));
    print_event(report, &event);
}

void report_begin(Report *report, unsigned n_lines) {
    g_autoptr(Json) members = json_new_object();

    if (report->ctl->json != JSON_OFF) {
        json_set(members, "Lines", json_new_number(n_lines));
        print_object("watching", members, NULL);
    }
    if (report->ctl->json != JSON_OFF || report->ctl->no_legend)
        return;
    printf("Watching %u line%s; Ctrl-C ends.\n", n_lines, n_lines == 1 ? "" : "s");
    fflush(stdout);
}

void report_call(Report *report, const Record *call, bool was_there) {
    const char *state = record_text(call, "State");
    uint64_t since = record_number(call, "StateTimestamp");
    g_autofree char *clock = text_clock(since), *rest = NULL;

    if (report->ctl->json != JSON_OFF) {
        print_object(was_there ? "present" : "new", NULL, call);
        return;
    }
    rest = was_there ? g_strconcat("since ", clock, NULL) : ctl_remark(call);
    if (!was_there && !*rest) {
        g_free(rest);
        rest = ctl_reason(call);
    }
    print_call(report, call, was_there ? ctl_now() : since, state_words(state), state_style(state), rest);
}

static bool differs(const Record *call, const Json *before, const char *property) {
    const Json *old = json_get(before, property), *now = json_get(record_properties(call), property);

    return strcmp(json_text(old), json_text(now)) != 0 || json_number(old) != json_number(now) ||
           json_flag(old) != json_flag(now);
}

static void report_owners(Report *report, const Record *call) {
    g_autofree char *apps = record_joined(call, "OwnerApps");
    uint64_t owners = record_number(call, "Owners");
    g_autofree char *words = owners == 0 ? g_strdup("has no owner now")
                                         : g_strdup_printf("has %" G_GUINT64_FORMAT " owner%s now", owners,
                                                           owners == 1 ? "" : "s");

    print_call(report, call, ctl_now(), words, STYLE_DIM, apps);
}

static bool party_differs(const Record *call, const Json *before, const char *property) {
    const Json *old = json_get(before, property), *now = json_get(record_properties(call), property);

    return strcmp(json_text(json_at(old, 0)), json_text(json_at(now, 0))) != 0;
}

/* Whom the far end gave the call to, or who took it there. */
static void report_party(Report *report, const Record *call) {
    g_autofree char *who = record_named_party(call, "Connected"), *reason = ctl_reason(call);

    if (*who)
        print_call(report, call, ctl_now(), "talks to", STYLE_PLAIN, who);
    else
        print_call(report, call, ctl_now(), "talks to nobody known", STYLE_PLAIN, reason);
}

/* Of a call that is over nothing is heard. */
static void report_media(Report *report, const Record *call, const Json *before) {
    g_autofree char *heard_on = media_heard_on(call);

    if (record_number(call, "EndedTimestamp") > 0)
        return;
    if (differs(call, before, "Encrypted"))
        print_call(report, call, ctl_now(), record_flag(call, "Encrypted") ? "encrypted" : "no longer encrypted", STYLE_PLAIN, "");
    if (differs(call, before, "AudioDevice") || differs(call, before, "Volume"))
        print_call(report, call, ctl_now(), "heard", STYLE_PLAIN, *heard_on ? heard_on : "as usual");
}

void report_change(Report *report, const Record *call, const Json *before) {
    const char *state = record_text(call, "State");
    bool was_disconnected = strcmp(json_text(json_get(before, "State")), "disconnected") == 0;

    if (report->ctl->json != JSON_OFF) {
        print_object("change", NULL, call);
        return;
    }
    if (differs(call, before, "CallId"))
        print_call(report, call, ctl_now(), "is now call", STYLE_PLAIN, record_text(call, "CallId"));
    if (differs(call, before, "State") || differs(call, before, "StateDetail")) {
        /* the end of what was disconnected is no news but that it is cleared away */
        g_autofree char *rest = was_disconnected ? g_strdup("") : ctl_remark(call);
        uint64_t when = differs(call, before, "State") ? record_number(call, "StateTimestamp") : ctl_now();
        print_call(report, call, when, state_words(state), state_style(state), rest);
    }
    if (party_differs(call, before, "Connected") && strcmp(json_text(json_get(before, "State")), state) == 0 &&
        !state_has_cause(state))
        report_party(report, call);
    if (differs(call, before, "Muted"))
        print_call(report, call, ctl_now(), record_flag(call, "Muted") ? "muted" : "no longer muted", STYLE_PLAIN,
                   "");
    report_media(report, call, before);
    if (differs(call, before, "Owners") && !state_is_over(state))
        report_owners(report, call);
}

void report_sound(Report *report, const Record *call, const char *event, const char *words, const char *text) {
    g_autoptr(Json) members = json_new_object();

    if (report->ctl->json == JSON_OFF) {
        print_call(report, call, ctl_now(), words, STYLE_PLAIN, text);
        return;
    }
    json_set(members, "Text", json_new_text(text));
    print_object(event, members, call);
}

void report_loss(Report *report, const Record *call) {
    if (report->ctl->json != JSON_OFF)
        print_object("lost", NULL, call);
    else
        print_call(report, call, ctl_now(), "out of sight", STYLE_BAD, "its line or its handle was taken away");
}

static void print_line(Report *report, const Record *line, const char *words, const char *rest, Style style) {
    Event shown = {
        .when = ctl_now(), .line = record_name(line), .id = "", .who = "", .words = words, .rest = rest, .style = style,
    };

    print_event(report, &shown);
}

void report_line(Report *report, const Record *line, const char *event, const char *words) {
    Style style = strcmp(record_text(line, "State"), "in-service") == 0 ? STYLE_GOOD : STYLE_BAD;

    if (report->ctl->json != JSON_OFF)
        print_object(event, NULL, line);
    else
        print_line(report, line, words ?: record_text(line, "State"), record_text(line, "StateReason"), style);
}

void report_line_change(Report *report, const Record *line, const Json *before) {
    g_autofree char *rules = ctl_rules(report->ctl, line);
    uint64_t messages = record_number(line, "MessagesWaiting");
    g_autofree char *count = g_strdup_printf("%" G_GUINT64_FORMAT, messages);
    g_autofree char *old_rules = rules_text(json_get(before, "Forwarding"), look_arrow(&report->ctl->look));

    if (report->ctl->json != JSON_OFF) {
        print_object("line", NULL, line);
        return;
    }
    if (differs(line, before, "State") || differs(line, before, "StateReason"))
        report_line(report, line, "line", NULL);
    if (strcmp(rules, old_rules) != 0)
        print_line(report, line, *rules ? "forwards its calls" : "forwards no call now", rules, STYLE_NOTICE);
    if (differs(line, before, "MessagesWaiting"))
        print_line(report, line, messages > 0 ? "messages waiting" : "no message waits now", messages > 0 ? count : "",
                   STYLE_NOTICE);
}

/* Every ring would be a line: a person has read that the call comes in, a program may want them all. */
void report_ring(Report *report, const Record *line, const char *mode, uint32_t count) {
    g_autoptr(Json) members = json_new_object();

    if (report->ctl->json == JSON_OFF)
        return;
    json_set(members, "Name", json_new_text(record_name(line)));
    json_set(members, "Mode", json_new_text(mode));
    json_set(members, "Count", json_new_number(count));
    print_object("rang", members, NULL);
}

void report_missed(Report *report, uint64_t count) {
    g_autoptr(Json) members = json_new_object();
    g_autofree char *words = g_strdup_printf("missed %" G_GUINT64_FORMAT " event%s; reading again", count,
                                             count == 1 ? "" : "s");

    if (report->ctl->json == JSON_OFF) {
        report_service(report, words, true);
        return;
    }
    json_set(members, "Count", json_new_number(count));
    print_object("missed", members, NULL);
}

void report_service(Report *report, const char *words, bool running) {
    g_autoptr(Json) members = json_new_object();
    g_autofree char *clock = text_clock(ctl_now());
    const Look *look = &report->ctl->look;

    if (report->ctl->json != JSON_OFF) {
        json_set(members, "Running", json_new_flag(running));
        print_object("service", members, NULL);
        return;
    }
    printf("%s%s%s  %s%s%s\n", style_on(look, STYLE_DIM), clock, style_off(look, STYLE_DIM),
           style_on(look, STYLE_NOTICE), words, style_off(look, STYLE_NOTICE));
    fflush(stdout);
}
