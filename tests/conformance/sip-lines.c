/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipLines: a table of lines, and the settings that the way gives them. */
#include "tests/conformance/sip-lines.h"

#include <string.h>

#include "tests/conformance/sip-way.h"

#define ADDRESSES(number) ((const char *const[]) { number, NULL })
#define LINE(line, number) .name = line, .label = "Test", .addresses = ADDRESSES(number), .without = SIP_MISSING, \
                           .media_modes = MEDIA_BIT(MEDIA_INTERACTIVE_VOICE)

enum { SETTINGS_MAX = 24 };

static const LineInfo infos[SIP_LINES] = {
    { LINE("sip0", "100"), .call_id = true },
    { LINE("sip1", "101"), .call_id = true },
    { LINE("sip2", "102"), .call_id = true },
    { LINE("plain0", "200") },
    { LINE("small0", "300"), .call_id = true, .max_active_calls = 1 },
    { LINE("drop0", "310"), .call_id = true, .answer_mode = ANSWER_MODE_DROP },
    { LINE("hold0", "320"), .call_id = true, .answer_mode = ANSWER_MODE_HOLD },
};

static LineConfig lines[SIP_LINES];
static const char *settings[SIP_LINES][SETTINGS_MAX];
const char *sip_more_settings[SETTINGS_MAX], *sip_bad_settings[SETTINGS_MAX];

/* What all have, and what the way gives. */
static void set_up(const GPtrArray *way, const char *number, const char *transport, const char **ret) {
    const char *const usual[] = { "User", number, "Transport", transport, "Encryption", ENCRYPTED ? "required" : "none",
                                  "AudioInput", "tone:440", "AudioOutput", "none", "RingDevice", "none" };
    size_t n = G_N_ELEMENTS(usual);

    g_assert(n + way->len < SETTINGS_MAX);
    memcpy(ret, usual, sizeof(usual));
    for (guint i = 0; i < way->len; i++)
        ret[n++] = way->pdata[i];
    ret[n] = NULL;
}

const LineConfig *sip_lines_begin(void) {
    g_autoptr(GPtrArray) way = g_ptr_array_new();

    sip_way_begin(way);
    for (size_t i = 0; i < SIP_LINES; i++) {
        set_up(way, infos[i].addresses[0], TRANSPORT, settings[i]);
        lines[i] = (LineConfig) { .info = infos[i], .settings = settings[i], .source = "the test" };
    }
    set_up(way, "330", TRANSPORT, sip_more_settings);
    set_up(way, "330", "udpp", sip_bad_settings);
    return lines;
}

void sip_lines_end(void) {
    sip_way_end();
}
