/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules by which a line sends calls elsewhere, as a(sssu): condition, filter, destination, rings. */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

#include "service/forward.h"

/* Reads them; their text is valid as long as the message. -EINVAL: a condition is unknown, with what was wrong in
 * *ret_why. Of more than FORWARD_RULES_MAX it gives one more, which is enough to be refused. */
int forward_rules_read(sd_bus_message *m, GArray **ret, char **ret_why); /* of ForwardRule */

int forward_rules_append(sd_bus_message *m, const ForwardRules *rules);

/* About their size on the wire. */
uint64_t forward_rules_size(const ForwardRules *rules);
