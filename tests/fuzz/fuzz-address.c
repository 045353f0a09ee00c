/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses: what may be dialled, what is a service code, what an emergency number. */
#include <string.h>

#include "service/address.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/line.h"

/* By another way than the service's: decodes what is hidden by percent-encoding, once, or is wide or small, and looks at every
 * byte. */
static bool is_service_code(const char *address) {
    static const char *const signs[][2] = {
        { "%2A", "*" }, { "%2a", "*" }, { "%23", "#" }, { "＊", "*" }, { "﹡", "*" }, { "＃", "#" }, { "﹟", "#" },
    };
    g_autoptr(GString) plain = g_string_new(address);

    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
        g_string_replace(plain, signs[i][0], signs[i][1], 0);
    return strpbrk(plain->str, "*#") != NULL;
}

static void check_refusal(Refusal *refusal, const char *address) {
    if (!refusal)
        return;
    must(fuzz_is_message(refusal_text(refusal)), "'%s' is refused with '%s'", address, refusal_text(refusal));
    refusal_free(refusal);
}

/* What is written plainly has no separators, and is the same when it is written with them. */
static void check_plain(const char *address) {
    g_autofree char *plain = address_plain(address), *spaced = g_strconcat("tel:", address, ";x=(1)", NULL);
    g_autofree char *again = address_plain(spaced);

    must(!strpbrk(plain, " -.();"), "'%s' is plainly '%s'", address, plain);
    if (g_ascii_strncasecmp(address, "tel:", 4) != 0)
        must(strcmp(plain, again) == 0, "'%s' is plainly '%s', and as a URI '%s'", address, plain, again);
}

/* An emergency number is one however it is written. */
static void check_emergency(Line *line, const char *address) {
    g_autofree char *spaced = g_strconcat(" ", address, "-", NULL);

    if (line_is_emergency_number(line, address) && g_ascii_strncasecmp(address, "tel:", 4) != 0)
        must(strchr(address, ';') || line_is_emergency_number(line, spaced), "'%s' is an emergency number, '%s' is none",
             address, spaced);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Line *line = fuzz_line();
    g_autofree char *address = fuzz_text(data, size);
    Refusal *refusal = address_check(line, address), *form = address_check_form(address),
            *code = address_check_service_code(address);
    bool good = !refusal;

    must(!code == !is_service_code(address), "'%s' is%s a service code", address, code ? "" : " not");
    must(!good || (!code && !form), "'%s' can be dialled", address);
    must(!code || refusal_code(refusal) == REFUSAL_NOT_SUPPORTED, "'%s' is refused for another reason", address);
    must(!form || code || refusal_code(refusal) == REFUSAL_INVALID_ADDRESS, "'%s' is refused for another reason", address);
    must(!good || strlen(address) <= ADDRESS_MAX, "too long");
    check_refusal(refusal, address);
    check_refusal(form, address);
    check_refusal(code, address);
    check_plain(address);
    check_emergency(line, address);
    return 0;
}
