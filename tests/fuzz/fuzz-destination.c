/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Destinations: what an address means on the loopback network. */
#include <glib.h>
#include <string.h>

#include "providers/loopback/destination.h"
#include "providers/loopback/digits.h"
#include "tests/fuzz/fuzz.h"

#define DAY_MS (24 * 60 * 60 * 1000)

static void check_duration(const char *text) {
    uint32_t ms = 0;

    if (duration_parse(text, &ms) < 0)
        return;
    must(ms <= DAY_MS, "'%s' is %u ms", text, ms);
    must(g_ascii_isdigit(*text), "'%s' is a duration", text);
}

static void check_script(const Destination *destination, const char *address) {
    must(destination->script < SCRIPT_CALLER, "'%s' is no script that can be dialled", address);
    must(destination->ring_ms <= DAY_MS, "'%s' rings for %u ms", address, destination->ring_ms);
    must(destination->talk_ms <= DAY_MS || destination->talk_ms == DESTINATION_FOR_EVER, "'%s' talks long", address);
    must(destination->free_ms <= DAY_MS || destination->free_ms == DESTINATION_FOR_EVER, "'%s' is busy long", address);
    must(strlen(destination->send) < sizeof(destination->send), "'%s' sends too much", address);
    for (const char *c = destination->send; *c; c++)
        must(digit_heard_as(*c) || *c == ',', "'%s' sends '%c'", address, *c);
}

/* A number means itself: who is told it can dial it. */
static void check_number(const Destination *destination, const char *address) {
    Destination again;
    const char *hint = NULL;

    must(*destination->name && !strpbrk(destination->name, " -?"), "'%s' is number '%s'", address, destination->name);
    if (strpbrk(destination->name, ":;@"))
        return;
    must(destination_parse(destination->name, &again, &hint) == 0, "'%s' is '%s', which can't be dialled", address,
         destination->name);
    must(strcmp(again.name, destination->name) == 0 || again.script != SCRIPT_NONE, "'%s' is '%s', and that is '%s'", address,
         destination->name, again.name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *address = fuzz_text(data, size);
    Destination destination;
    const char *hint = NULL;

    check_duration(address);
    if (destination_parse(address, &destination, &hint) < 0) {
        must(fuzz_is_message(hint), "no word of what is wrong with '%s'", address);
        return 0;
    }
    must(strlen(destination.name) <= ADDRESS_MAX, "the name is too long");
    if (destination.script == SCRIPT_NONE)
        check_number(&destination, address);
    else
        check_script(&destination, address);
    return 0;
}
