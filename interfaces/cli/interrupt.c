/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupt: Ctrl-C and what else ends a command that stays. */
#include "interfaces/cli/interrupt.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>

int interrupt_catch(sd_event *event, sd_event_signal_handler_t handler, void *userdata) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t blocked;
    int r = 0;

    sigemptyset(&blocked);
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
        sigaddset(&blocked, signals[i]);
    if (sigprocmask(SIG_BLOCK, &blocked, NULL) < 0)
        return -errno;
    for (size_t i = 0; i < G_N_ELEMENTS(signals) && r >= 0; i++)
        r = sd_event_add_signal(event, NULL, signals[i], handler, userdata);
    return r;
}
