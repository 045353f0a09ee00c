/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A provider in its process with the service played by the test (fake-service.h): the provider notes what it is asked, and the test
 * reports and completes.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "providers/host/manager.h"
#include "providers/host/provider.h"

typedef struct Stage {
    Manager manager;
    Provider *provider;
    Line *line;         /* the last one that was made or named */
    Call *call, *other; /* likewise; and a consultation */
    RequestId request;  /* the last one */
    GString *asked;     /* what was asked since it was looked at */
    int over;           /* the exit status, or -1 */
    bool refuse_to_begin, complete_inside;
} Stage;

extern Stage stage;

/* What begin() adds. */
extern const LineInfo stage_line;

void stage_set_up(void);
void stage_tear_down(void);

/* The provider was asked for just this since the last time. */
bool stage_was_asked(void);
void stage_expect_asked(const char *what);

/* It is to end; the connection is broken. */
bool stage_is_over(void);
bool stage_is_alone(void);

/* Connected; and with one line, started. */
void stage_say_hello(void);
void stage_ask_start(bool default_lines);
void stage_begin(void);

/* Questions of the service. */
void stage_ask_call(const char *member, uint64_t number);
void stage_ask_drop(uint64_t number);
void stage_ask_dial(uint64_t number, const char *address);
void stage_ask_add_line(const char *name, const char *user);

/* What they lead to: a call that is dialing; that is connected; one that comes in; a line. */
void stage_dial(uint64_t number);
void stage_connect_call(void);
Call *stage_come_in(void);
void stage_add_office(void);
