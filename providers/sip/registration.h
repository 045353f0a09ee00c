/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Registration: keeps a line known to its registrar: asks, refreshes, tries again after a failure, later each time, and leaves at the end.
 * What is wrong is told in words, within seconds.
 */
#pragma once

#include "providers/sip/line.h"
#include "providers/sip/trouble.h"

typedef struct Registration Registration;

/* TROUBLE_NONE: the line is registered. Else the text is for a person; told again when it is another one. */
typedef void (*RegistrationTold)(Trouble trouble, const char *text, void *userdata);

Registration *registration_new(SipLine *line, RegistrationTold told, void *userdata);

/* Without a word to the registrar. */
Registration *registration_free(Registration *registration);

/* Begins; or begins anew, at once, because something is different: the network, the time. */
void registration_wake(Registration *registration);

/* The registrar is to forget us; calls back when it has, or does not answer for a while. Not inside of this call. */
void registration_leave(Registration *registration, void (*left)(void *userdata), void *userdata);

/* One that is granted for so long is refreshed after so many seconds. Pure. */
unsigned registration_refresh_s(unsigned granted_s);

/* Where requests of the line go first: a URI, or NULL before anything was found. */
const char *registration_next_hop(const Registration *registration);
