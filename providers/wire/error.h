/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusals as errors of D-Bus, both ways. */
#pragma once

#include <systemd/sd-bus.h>

#include "service/refusal.h"

/* What an error says; REFUSAL_PROVIDER_FAILED where its name is none of a refusal. */
Refusal *wire_refusal(const sd_bus_error *error);

/* Answers a call with a refusal. */
int wire_reply_refusal(sd_bus_message *request, const Refusal *refusal);
