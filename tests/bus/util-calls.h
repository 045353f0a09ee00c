/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests that make calls or bring them together, as a script: connect, consult, complete, confer, park, pick up.
 *
 * Each fails the test if it is refused, and returns when the handles that it gives are announced. Lines are named as
 * in client_open(). To see a refusal, use expect_error().
 */
#pragma once

#include "tests/bus/util-bus.h"

/* Dials, and waits until the far end has answered: a scripted one, or one that another client answers before. */
const char *client_connect(Client *client, const char *line, const char *address);

/* A call between two lines, connected: alice dials the address of the line that bob has open as owner, bob answers. */
typedef struct Talk {
    const char *caller, *callee; /* alice's handle and bob's */
} Talk;

Talk talk_begin(Client *alice, const char *line, Client *bob, const char *address);

/* ---- Transfer ---- */

void client_blind_transfer(Client *client, const char *call, const char *address);
/* The consultation; an empty address gives one that waits for digits. */
const char *client_setup_transfer(Client *client, const char *call, const char *address);
void client_complete_transfer(Client *client, const char *call, const char *consultation);
/* The conference. */
const char *client_complete_as_conference(Client *client, const char *call, const char *consultation);

/* ---- Conference ---- */

typedef struct Conference {
    const char *path, *consultation;
} Conference;

Conference client_setup_conference(Client *client, const char *call, const char *address);
Conference client_line_setup_conference(Client *client, const char *line, const char *address);
/* Another consultation. */
const char *client_prepare_add(Client *client, const char *conference, const char *address);
void client_add(Client *client, const char *conference, const char *call);
void client_remove(Client *client, const char *call);
/* The conference first; NULL-terminated. */
const char *const *client_conference_calls(Client *client, const char *path);
/* Two scripted far ends in one conference, each connected at once. */
typedef struct Party {
    const char *conference, *first, *second;
} Party;

Party party_begin(Client *client, const char *line, const char *first, const char *second);

/* ---- Park, pick up, complete, forward ---- */

const char *client_park(Client *client, const char *call, const char *address); /* the place */
const char *client_unpark(Client *client, const char *line, const char *address);
const char *client_pickup(Client *client, const char *line, const char *address, const char *group);
const char *client_complete_call(Client *client, const char *call, const char *mode); /* the completion id */

/* As in "a(sssu)": count, then condition, filter, destination, rings of each. */
#define client_forward(client, line, ...) \
    client_call((client), CALLBUS_LINE_PATH "/" line, "Forward", "a(sssu)", __VA_ARGS__)

/* ---- Digits ---- */

void client_dial_digits(Client *client, const char *call, const char *digits);
void client_gather(Client *client, const char *call, unsigned max, const char *terminators, unsigned first_ms,
                   unsigned inter_ms);
/* The next end of a gathering: "digits reason", such as "12# term-digit". */
const char *await_gathered(Client *client, const char *call);
/* The next end of digits, or of a tone: "done" or "cancel". */
const char *await_digits_sent(Client *client, const char *call);
const char *await_tone_sent(Client *client, const char *call);
