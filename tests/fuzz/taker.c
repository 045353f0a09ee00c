/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taker: decisions and values out of the bytes of a trial. */
#include "tests/fuzz/taker.h"

#include <glib.h>
#include <string.h>

enum { DEPTH_MAX = 40 };

/* What some argument somewhere understands. */
static const char *const words[] = {
    "", "owner", "monitor", "none", "owner+monitor", "drop", "keep", "busy", "declined", "transfer", "conference", "camp-on",
    "callback", "intrude", "message", "interactive-voice", "video", "tdd", "unknown", "ringback", "beep", "billing", "uncond",
    "busy-specific", "no-answ", "busy-na-external", "media:interactive-voice", "media:video", ":1.1", ":1.2", ":1.4",
    "org.example.Owned", "org.example.Nobody", "100", "101", "102", "200", "500", "112", "911", "tel:1-1-2", "701", "702", "loop",
    "answer?ring=0", "answer?ring=1s&talk=2s", "echo?ring=0", "hangup?talk=0", "digits?ring=0&send=1234#", "busy?free=1s",
    "no-answer?ring=3", "reject", "congestion", "bad", "*21#", "0", "12345", "123;", "1,2!3A*#", "#", "*",
    "app-id", "offer", "on-owner-lost", "media-mode", "called-party", "comment", "hide-caller-id", "no-answer-timeout",
    "user-user-info", "call-data", "token", "reason", "duration-ms", "gap-ms", "State", "Features", "Sequence", "AppData",
    "org.callbus1.Call", "org.callbus1.Line", "org.callbus1.Manager", "sip-call-id", "completion-id", "since", "until", "line", "number", "direction", "outcome", "in", "out", "missed", "call-id", "all", "x y z", "\xc3\xbc",
};

/* The types of options first: what is well formed is told apart by the key. */
static const char *const signatures[] = {
    "s", "b", "u", "ay", "v", "t", "x", "d", "y", "n", "q", "i", "o", "g", "as", "ao", "a{sv}", "a{ss}", "(sss)", "a(sssu)", "av",
    "aav", "(v)", "a{yv}", "aay", "a(ss)",
};

uint8_t take_byte(Taker *taker) {
    if (taker->left == 0)
        return 0;
    taker->left--;
    return *taker->at++;
}

unsigned take_below(Taker *taker, unsigned n) {
    return take_byte(taker) % n;
}

static uint64_t take_number(Taker *taker) {
    static const uint64_t edges[] = { 0, 1, 2, 20, 60, 100, 255, 256, 1000, 4096, 65535, 65536, 600000, 600001, INT32_MAX,
                                      UINT32_MAX, INT64_MAX, UINT64_MAX };
    unsigned which = take_byte(taker);
    uint64_t n = 0;

    if (which < 200)
        return edges[which % G_N_ELEMENTS(edges)];
    for (int i = 0; i < 8; i++)
        n = n << 8 | take_byte(taker);
    return n;
}

const char *take_text(Taker *taker) {
    static char *text = NULL;
    unsigned which = take_byte(taker), n;

    if (which < 220)
        return words[which % G_N_ELEMENTS(words)];
    g_free(text);
    n = which == 255 ? 300 + take_byte(taker) * 30u : take_byte(taker) % 64u;
    if (which >= 250)
        text = g_strnfill(n, 'a' + (char) take_below(taker, 26));
    else {
        g_autofree char *raw = g_strndup((const char *) taker->at, MIN(n, taker->left));

        taker->at += MIN(n, taker->left);
        taker->left -= MIN(n, taker->left);
        text = g_utf8_make_valid(raw, -1);
    }
    return text;
}

const char *take_signature(Taker *taker) {
    return signatures[take_below(taker, G_N_ELEMENTS(signatures))];
}

static int take_basic(Taker *taker, sd_bus_message *m, char type) {
    uint64_t number;
    double fraction;
    int truth;

    switch (type) {
    case 's':
        return sd_bus_message_append_basic(m, 's', take_text(taker));
    case 'o':
        return sd_bus_message_append_basic(m, 'o', taker->path ? taker->path(taker) : "/");
    case 'g':
        return sd_bus_message_append_basic(m, 'g', take_signature(taker));
    case 'b':
        truth = take_byte(taker) & 1;
        return sd_bus_message_append_basic(m, 'b', &truth);
    case 'd':
        fraction = take_byte(taker) & 1 ? 0.0 / (take_byte(taker) & 1 ? 1.0 : 0.0) : 1e300;
        return sd_bus_message_append_basic(m, 'd', &fraction);
    }
    number = take_number(taker);
    return sd_bus_message_append_basic(m, type, &number);
}

static int take_one(Taker *taker, sd_bus_message *m, const char **signature);

/* The end of the bracket that begins here. */
static const char *closing(const char *open) {
    int depth = 0;

    for (;; open++) {
        depth += *open == '(' || *open == '{';
        depth -= *open == ')' || *open == '}';
        if (depth == 0)
            return open;
    }
}

static const char *skip_type(const char *signature) {
    while (*signature == 'a')
        signature++;
    return (*signature == '(' || *signature == '{' ? closing(signature) : signature) + 1;
}

static int take_array(Taker *taker, sd_bus_message *m, const char *contents) {
    unsigned many = take_byte(taker), n = many < 250 ? many % 5 : many * 8;
    int r = sd_bus_message_open_container(m, 'a', contents);

    for (unsigned i = 0; r >= 0 && i < n && (i < 5 || strcmp(contents, "y") == 0 || taker->depth < 2); i++) {
        const char *signature = contents;

        r = take_one(taker, m, &signature);
    }
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int take_inside(Taker *taker, sd_bus_message *m, char type, const char *contents) {
    int r = sd_bus_message_open_container(m, type, contents);

    if (r >= 0)
        r = take_values(taker, m, contents);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int take_one(Taker *taker, sd_bus_message *m, const char **signature) {
    const char *begin = *signature, *end = skip_type(begin);
    g_autofree char *contents = *begin == 'a' ? g_strndup(begin + 1, end - begin - 1) : g_strndup(begin + 1, end - begin - 2 + (end - begin < 2));
    int r;

    *signature = end;
    if (taker->depth > DEPTH_MAX)
        return -E2BIG;
    taker->depth++;
    switch (*begin) {
    case 'a':
        r = take_array(taker, m, contents);
        break;
    case '(':
        r = take_inside(taker, m, 'r', contents);
        break;
    case '{':
        r = take_inside(taker, m, 'e', contents);
        break;
    case 'v':
        r = take_inside(taker, m, 'v', taker->depth > DEPTH_MAX - 2 ? "s" : take_signature(taker));
        break;
    default:
        r = take_basic(taker, m, *begin);
    }
    taker->depth--;
    return r;
}

int take_values(Taker *taker, sd_bus_message *m, const char *signature) {
    int r = 0;

    while (r >= 0 && *signature)
        r = take_one(taker, m, &signature);
    return r;
}
