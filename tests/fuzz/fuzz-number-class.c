/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Classes of numbers: what is costly is so however it is written, and nothing is an emergency but an emergency. */
#include <string.h>

#include "service/line-policy.h"
#include "service/manager.h"
#include "service/number-class.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/line.h"

static Line *guarded_line(void) {
    Line *line = fuzz_line();
    LinePolicy *policy;

    if (manager_line_policy(line_manager(line), line_name(line)))
        return line;
    policy = line_policy_new(line_name(line));
    policy->country_code = g_strdup("49");
    policy->costly_prefixes = g_strsplit("0900;+49137;118", ";", -1);
    manager_set_line_policy(line_manager(line), policy);
    return line;
}

/* The digits of a text in which nothing is hidden; NULL if it is not such a one. */
static char *plain_digits(const char *address) {
    GString *digits;

    if (address[strspn(address, "0123456789+ -.()/")])
        return NULL;
    digits = g_string_new(NULL);
    for (; *address; address++)
        if (g_ascii_isdigit(*address) || *address == '+')
            g_string_append_c(digits, *address);
    return g_string_free(digits, FALSE);
}

/* By the words of the manual. */
static void check_by_the_book(Line *line, const char *address) {
    static const char book[] = "^(?:(?:\\+|00)(?!49)\\d|(?:\\+|00)490*(?:900|137|118)|0900|0137|118)";
    g_autofree char *digits = plain_digits(address);
    NumberClass class = line_number_class(line, address);

    if (!digits || strrchr(digits, '+') > digits)
        return;
    must((class == NUMBER_EMERGENCY) == (strcmp(digits, "112") == 0 || strcmp(digits, "911") == 0), "'%s' is %s", address,
         number_class_to_string(class));
    must(class != NUMBER_ORDINARY || !g_regex_match_simple(book, digits, 0, 0), "'%s' is ordinary", address);
}

/* Every byte hidden by percent-encoding; a separator behind each. */
static void check_disguises(Line *line, const char *address) {
    g_autoptr(GString) hidden = g_string_new(NULL), spaced = g_string_new(NULL);

    if (strchr(address, '%') || line_number_class(line, address) != NUMBER_COSTLY)
        return;
    for (const char *c = address; *c; c++) {
        g_string_append_printf(hidden, "%%%02X", (unsigned char) *c);
        g_string_append_printf(spaced, "%c%s", *c, g_ascii_isdigit(*c) ? "-" : "");
    }
    must(line_number_class(line, hidden->str) == NUMBER_COSTLY, "'%s' is costly, '%s' is not", address, hidden->str);
    must(line_number_class(line, spaced->str) == NUMBER_COSTLY, "'%s' is costly, '%s' is not", address, spaced->str);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Line *line = guarded_line();
    g_autofree char *address = fuzz_text(data, size);

    must(number_class_to_string(line_number_class(line, address)) != NULL, "'%s' has no class", address);
    must(!line_is_emergency_number(line, address) || line_number_class(line, address) == NUMBER_EMERGENCY, "'%s' is refused", address);
    check_by_the_book(line, address);
    check_disguises(line, address);
    number_is_prefix(address);
    number_is_country_code(address);
    return 0;
}
