/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Providers that are processes of their own, for tests that kill them. */
#pragma once

#include "tests/bus/util-bus.h"

/* For BusOptions.environ: where their programs are (CALLBUS_TEST_PROVIDERS), and no folder but that of the test for their socket. */
const char *const *provider_environ(void);

/* The process that runs now; 0: none does. And one that runs, other than that of before (0: any). */
pid_t provider_pid(const char *name);
pid_t await_provider(const char *name, pid_t before);

/* Sends it a signal. */
void provider_signal(const char *name, int signal);

/* The socket at which the service waits for them. */
char *provider_socket(void);

/* Connects to it: a descriptor, or a negative errno. And waits until the service hangs up. */
int provider_knock(void);
bool provider_has_hung_up(int fd);

/* Whoever is at the other end of that connection hears not a word, whatever it says. */
bool provider_is_turned_away(int fd);

/* That the line's State is so. */
void await_line_state(Client *client, const char *line, const char *state);

/* That none runs any more. */
void await_provider_gone(const char *name);
