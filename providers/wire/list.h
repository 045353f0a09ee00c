/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parties and lists in messages, both ways. */
#pragma once

#include <systemd/sd-bus.h>

#include "providers/wire/keep.h"
#include "service/provider.h"

/* s: NULL is "", what is no UTF-8 is made valid. */
int wire_append_text(sd_bus_message *m, const char *text);

/* (sss): number, name, presentation. NULL is three times "". -EINVAL with what was wrong in *ret_why. */
int wire_read_party(sd_bus_message *m, WireKeep *keep, const PartyInfo **ret, char **ret_why);
int wire_append_party(sd_bus_message *m, const PartyInfo *party);

/* as: NULL-terminated. To a message NULL is none. */
int wire_read_texts(sd_bus_message *m, WireKeep *keep, const char *const **ret);
int wire_append_texts(sd_bus_message *m, const char *const *texts);

/* a{ss}: keys and values by turns, NULL-terminated. To a message NULL is none. */
int wire_read_pairs(sd_bus_message *m, WireKeep *keep, const char *const **ret);
int wire_append_pairs(sd_bus_message *m, const char *const *pairs);

/* a(sssu): condition, filter, destination, rings. -EINVAL with what was wrong in *ret_why. */
int wire_read_rules(sd_bus_message *m, WireKeep *keep, const ForwardRule **ret, size_t *ret_n, char **ret_why);
int wire_append_rules(sd_bus_message *m, const ForwardRule *rules, size_t n_rules);
