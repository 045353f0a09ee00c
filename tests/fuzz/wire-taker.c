/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* WireTaker: values for messages between the service and a provider. */
#include "tests/fuzz/wire-taker.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

enum { NUMBERS = 16, TEXTS = 8 };

static uint64_t numbers[NUMBERS] = { 1, 2, 3, 4 };
static unsigned n_numbers = 4;

static const char *const words[] = {
    "loop0", "loop1", "loop2", "mute0", "fuzz0", "fuzz1", "none", "", "100", "101", "102", "500", "answer?ring=0", "busy", "reject",
    "hangup?ring=0&talk=0", "digits?ring=0", "declined", "normal", "camp-on", "callback", "intrude", "message", "ringback", "beep",
    "1,2!3A", "701", "loop", "in-service", "out-of-service", "removed", "dial-tone", "dialing", "proceeding", "special-info",
    "accepted", "connected", "held", "held-for-transfer", "held-for-conference", "resumed", "left", "ended", "offered", "active",
    "active-held", "direct", "pickup", "internal", "external", "unavail", "allowed", "withheld", "unavailable", "unknown", "caller",
    "called", "redirecting", "redirection", "done", "cancel", "uncond", "busy-specific", "no-answ", "interactive-voice", "video",
    "offering", "on-hold", "conferenced", "on-hold-pending-conference", "on-hold-pending-transfer", "disconnected", "idle", "in",
    "out", "provider-failed", "no-answer", "sip-call-id", "session-id", "Dial", "Drop", "Hold", "Park", "Answer", "SetAudio", "Mute",
    "hold", "drop", "Addresses", "Label", "\xc3\xbc", "5d0c0d0e0f", "1-2-3",
};

static const struct {
    const char *key, *type;
} keys[] = {
    { "address", "s" }, { "media-mode", "s" }, { "hide-caller-id", "b" }, { "no-answer-timeout", "u" }, { "user-user-info", "ay" },
    { "event", "s" }, { "detail", "s" }, { "call-id", "s" }, { "related-call-id", "s" }, { "reason", "s" }, { "caller", "(sss)" },
    { "called", "(sss)" }, { "connected", "(sss)" }, { "redirecting", "(sss)" }, { "redirection", "(sss)" }, { "origin", "s" },
    { "device", "s" }, { "volume", "u" }, { "default-lines", "b" }, { "local", "b" }, { "line", "s" }, { "state", "s" },
    { "cause", "s" }, { "provider-cause", "s" }, { "direction", "s" }, { "network-ids", "a{ss}" }, { "conference", "t" },
    { "is-conference", "b" }, { "muted", "b" }, { "encrypted", "b" }, { "audio-device", "s" }, { "label", "s" },
    { "addresses", "as" }, { "media-modes", "as" }, { "call-id", "b" }, { "close-drop", "b" }, { "max-active-calls", "u" },
    { "max-held-calls", "u" }, { "max-conference-parties", "u" }, { "answer-mode", "s" }, { "without", "as" },
    { "pickup-group", "s" }, { "emergency-numbers", "as" },
};

void wire_taker_note_number(uint64_t number) {
    numbers[n_numbers++ % NUMBERS] = number;
}

void wire_taker_forget_numbers(void) {
    n_numbers = 4;
}

static uint64_t take_number(Taker *taker) {
    unsigned which = take_byte(taker);

    if (which < 230)
        return numbers[which % MIN(n_numbers, NUMBERS)];
    return which < 240 ? 0 : which < 250 ? which : UINT64_C(1) << (which % 5 + 59);
}

static const char *keep_text(char *text) {
    static char *texts[TEXTS];
    static unsigned at;

    at = (at + 1) % TEXTS;
    g_free(texts[at]);
    texts[at] = text;
    return text;
}

const char *wire_take_text(Taker *taker) {
    unsigned which = take_byte(taker);
    g_autofree char *raw = NULL;
    size_t size;

    if (which < 235)
        return words[which % G_N_ELEMENTS(words)];
    if (which == 255)
        return keep_text(g_strnfill(200 + take_byte(taker) * 8u, 'x'));
    size = take_byte(taker) % 32u;
    size = MIN(size, taker->left);
    raw = g_strndup((const char *) taker->at, size);
    taker->at += size;
    taker->left -= size;
    return keep_text(g_utf8_make_valid(raw, -1));
}

static int take_pair(Taker *taker, sd_bus_message *m) {
    unsigned which = take_byte(taker);
    bool right = which < 200;
    const char *type = right ? keys[which % G_N_ELEMENTS(keys)].type : which % 2 == 0 ? "as" : "(sss)";
    int r = sd_bus_message_append_basic(m, 's', which < 245 ? keys[which % G_N_ELEMENTS(keys)].key : wire_take_text(taker));

    if (r >= 0)
        r = sd_bus_message_open_container(m, 'v', type);
    if (r >= 0)
        r = wire_take_values(taker, m, type);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int take_basic(Taker *taker, sd_bus_message *m, char type) {
    uint64_t number;
    uint32_t small;
    int truth;

    switch (type) {
    case 's':
        return sd_bus_message_append_basic(m, 's', wire_take_text(taker));
    case 'b':
        truth = take_byte(taker) & 1;
        return sd_bus_message_append_basic(m, 'b', &truth);
    case 'u':
        small = take_byte(taker);
        small = small > 250 ? UINT32_MAX - small : small;
        return sd_bus_message_append_basic(m, 'u', &small);
    case 'y':
        number = take_byte(taker);
        return sd_bus_message_append_basic(m, 'y', &number);
    }
    number = take_number(taker);
    return sd_bus_message_append_basic(m, 't', &number);
}

/* The types of dictionaries and structs that there are hold no brackets but at their ends. */
static size_t type_size(const char *signature) {
    const char *at = signature;

    while (*at == 'a')
        at++;
    if (strncmp(at, "(ta{sv})", 8) == 0)
        return (size_t) (at - signature) + 8;
    if (*at == '(' || *at == '{')
        at = strpbrk(at, ")}");
    return (size_t) (at - signature) + 1;
}

static int take_inside(Taker *taker, sd_bus_message *m, char type, const char *contents) {
    int r = sd_bus_message_open_container(m, type, contents);

    if (r >= 0 && type == 'e' && strcmp(contents, "sv") == 0)
        r = take_pair(taker, m);
    else if (r >= 0)
        r = wire_take_values(taker, m, contents);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int take_array(Taker *taker, sd_bus_message *m, const char *contents) {
    unsigned many = take_byte(taker), n = *contents == 'y' ? many : many % 5;
    int r = sd_bus_message_open_container(m, 'a', contents);

    for (unsigned i = 0; r >= 0 && i < n; i++)
        r = wire_take_values(taker, m, contents);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int wire_take_values(Taker *taker, sd_bus_message *m, const char *signature) {
    int r = 0;

    while (r >= 0 && *signature) {
        size_t size = type_size(signature);
        g_autofree char *type = g_strndup(signature, size), *inside = g_strndup(type + 1, size > 2 ? size - 2 : 0);

        if (*type == 'a')
            r = take_array(taker, m, type + 1);
        else if (*type == '(' || *type == '{')
            r = take_inside(taker, m, *type == '(' ? 'r' : 'e', inside);
        else
            r = take_basic(taker, m, *type);
        signature += size;
    }
    return r;
}
