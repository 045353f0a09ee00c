/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registrar: what the tests of lines at Kamailio share: the service, a password file, and what a line says of itself. */
#pragma once

#include "tests/peers/kamailio/kamailio.h"
#include "tests/peers/sip-stage.h"

/* "Within seconds": generous for a busy machine with sanitizers, and far from the 32 of the stack. */
#define SOON_S 20

extern Kamailio *kamailio;
extern char *registrar;     /* "127.1.2.3:5060" */
extern char *password_file; /* has the right one */

void registrar_begin(const KamailioOptions *options);
void registrar_end(void);

/* A line of that user, by UDP. */
Line *registrar_add_user(const char *user);

bool is_in_service(const Line *line);

/* Is it out of service, with these words? Waits for it. */
bool says(const Line *line, const char *words);
void await_reason(const Line *line, const char *words);
