/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Party: one party of a call. */
#include "service/party.h"

#include <string.h>

#include "service/foreign-text.h"

struct Party {
    unsigned refs;
    Presentation presentation : 8;
    unsigned name_at : 16; /* in the text below, behind the number */
    char text[];      /* number, NUL, name, NUL */
};

/* Whoever withholds his number gives no name either, whatever a network says. */
static bool is_withheld(const PartyInfo *info) {
    return info->presentation == PRESENTATION_WITHHELD;
}

Party *party_new(const PartyInfo *info) {
    g_autofree char *number = NULL, *name = NULL;
    size_t number_size, name_size;
    Party *party;

    if (!info)
        return NULL;
    number = foreign_text(is_withheld(info) ? NULL : info->number, TEXT_MAX);
    name = foreign_text(is_withheld(info) ? NULL : info->name, TEXT_MAX);
    number_size = strlen(number) + 1;
    name_size = strlen(name) + 1;

    party = g_malloc(sizeof(Party) + number_size + name_size);
    party->refs = 1;
    party->presentation = presentation_to_string(info->presentation) ? info->presentation : PRESENTATION_UNKNOWN;
    party->name_at = number_size;
    memcpy(party->text, number, number_size);
    memcpy(party->text + number_size, name, name_size);
    return party;
}

Party *party_ref(Party *party) {
    party->refs++;
    return party;
}

Party *party_unref(Party *party) {
    if (party && --party->refs == 0)
        g_free(party);
    return NULL;
}

PartyInfo party_info(const Party *party) {
    if (!party)
        return (PartyInfo) { .number = "", .name = "", .presentation = PRESENTATION_UNAVAILABLE };
    return (PartyInfo) {
        .number = party->text,
        .name = party->text + party->name_at,
        .presentation = party->presentation,
    };
}

bool party_equal(const Party *a, const Party *b) {
    PartyInfo x = party_info(a), y = party_info(b);

    return x.presentation == y.presentation && strcmp(x.number, y.number) == 0 && strcmp(x.name, y.name) == 0;
}
