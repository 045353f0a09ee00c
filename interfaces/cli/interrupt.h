/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupt: Ctrl-C and what else ends a command that stays. */
#pragma once

#include <systemd/sd-event.h>

/* They come to the loop from now on: to the handler, or, where that is NULL, as its end. 0 or a negative errno. */
int interrupt_catch(sd_event *event, sd_event_signal_handler_t handler, void *userdata);
