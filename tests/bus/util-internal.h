/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the harness share: a client, and what it knows of its handles. */
#pragma once

#include "service/cleanup.h"
#include "tests/bus/util-bus.h"

/* A handle as its client knows it from signals alone. */
typedef struct Shadow {
    char *path;
    GHashTable *values; /* property name -> text */
    GString *states;    /* all that were told, in order */
    uint64_t sequence;
    bool alive, owner_at_first;
    guint announced; /* its place in the record */
    bool awaited; /* await_handle() returned it */
} Shadow;

struct Client {
    Bus *bus;
    sd_bus *connection;
    guint number; /* for messages: client 1, 2, ... */
    char *name;
    char *path_prefix; /* of its handles */
    bool open, deaf;
    uint64_t last_request;
    GHashTable *pending;    /* request number -> Pending: not answered yet */
    GHashTable *answers;    /* request number -> Event */
    GPtrArray *events;      /* Event, in order of arrival */
    GHashTable *shadows;    /* path -> Shadow */
    GPtrArray *shadow_list; /* the same, in order of announcement */
    GHashTable *returned;   /* paths that an answer gave */
    bool awaits_resumed;    /* the service was started again: nothing of it comes to this client alone before that */
    bool stale;             /* it was told so, and what it knows has yet to be read anew */
    guint resumed;          /* how often it was told */
    uint64_t epoch;         /* and what the last time */
};

/* As ck_assert(), which tells the parent process each time that it is passed: too dear for every message. */
#define CHECK(condition)                                                               \
    do {                                                                               \
        if (!(condition))                                                              \
            ck_abort_msg("%s:%d: '%s' does not hold", __FILE__, __LINE__, #condition); \
    } while (0)

/* Fails the test with the client's name before the message. */
#define client_fail(client, format, ...) \
    ck_abort_msg("client %u (%s): " format, (client)->number, (client)->name, ##__VA_ARGS__)

/* What a client checks while it listens (util-shadow.c). Called in order of arrival. */
void shadow_on_signal(Client *client, const Event *event);
void shadow_on_answer(Client *client, const Event *event, const char *argument, guint sent);
Shadow *shadow_find(const Client *client, const char *path);
void shadow_free(void *data);
const char *shadow_text(const Client *client, const char *path, const char *property);
