/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LineStore: the lines that are configured, and those that are added and removed while the service runs. These are kept in files as an
 * administrator would write them, in the folder of the state.
 */
#pragma once

#include "service/database.h"
#include "service/request.h"
#include "service/settings.h"

/* A provider that nobody needed until now: it is started. NULL: it can't be had, and why, to be freed. */
typedef Provider *(*LineStoreNeed)(const char *provider, char **ret_why, void *userdata);

typedef struct LineStoreOptions {
    const char *state; /* the folder; NULL: nothing is kept */
    Durability durability;
    bool users; /* there are several, so that it matters whose a line is */
    LineStoreNeed need;
    void *userdata;
} LineStoreOptions;

enum { LINE_STORE_MAX = 256 }; /* lines that are added at run time */

/* Reads the lines that were added before, into the settings, before there is any provider. What makes no sense is told, and left out. */
void line_store_load(Settings *settings, const char *state);

/* The settings outlive it. */
LineStore *line_store_new(Manager *manager, Settings *settings, const LineStoreOptions *options);

/* What was asked of providers must have been answered: after them. */
LineStore *line_store_free(LineStore *store);

/* Once the providers have started: makes the lines that these do not have yet, then calls `made`. A line that its provider refuses is
 * there all the same, out of service, with the reason. */
void line_store_start(LineStore *store, void (*made)(void *userdata), void *userdata);

/* Adds a line by keys and values by turns. Returns a refusal and nothing has happened, or NULL and done() is called exactly once. */
Refusal *line_store_add(LineStore *store, Client *client, const char *name, const char *provider, const char *const *settings, Done done);

/* Removes one that was added; likewise. */
Refusal *line_store_remove(LineStore *store, Client *client, const char *name, Done done);
