/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Process: what programs of ours have in common that run until they are told to stop. */
#pragma once

/* SIGTERM and SIGINT lead to on_stop() in the loop, each time, and SIGPIPE to nothing. Before there is any thread. A negative errno:
 * that can't be had. */
int process_watch_signals(void (*on_stop)(void *userdata), void *userdata);

/* Tells the service manager again and again that the loop runs, if it wants to know. */
void process_start_watchdog(void);
