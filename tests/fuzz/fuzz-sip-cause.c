/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes: any text in a Reason header, and as the words of a network. */
#include <glib.h>
#include <string.h>

#include "providers/sip/cause.h"
#include "providers/sip/reason.h"
#include "tests/fuzz/fuzz.h"

enum {
    WORDS_MAX = 2 * 128 * 4 + 64, /* bytes: what a person reads, of two phrases of 128 signs */
};

static void check_words(int status, const char *phrase, const char *reason) {
    g_autofree char *text = cause_text(status, phrase, reason);

    if (!text) {
        must(status == 0, "status %d has no words", status);
        return;
    }
    must(fuzz_is_message(text), "the words are '%s'", text);
    must(strlen(text) <= WORDS_MAX, "%zu bytes are long words", strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *text = fuzz_text(data, size);
    const char *rest = text;
    DisconnectCause cause = cause_from_reason(text);
    Reason one;

    must(cause >= CAUSE_NONE && cause < _CAUSE_MAX, "'%s' is cause %d", text, cause);
    while (reason_next(&rest, &one)) {
        must(one.cause >= 0 && one.cause <= 999, "cause %d", one.cause);
        must(memchr(one.text, '\0', sizeof(one.text)), "a text without an end");
        must(rest >= text && rest <= text + strlen(text), "it went too far");
    }
    check_words(0, NULL, text);
    check_words(486, text, NULL);
    check_words(503, text, text);
    return 0;
}
