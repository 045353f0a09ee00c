/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mutations: calls of methods as introspection tells them, with good arguments of which one is changed: numbers at their edges, long
 * text, control characters, paths of others and of nobody, other types, deep variants, arrays that are empty or huge.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>

typedef struct Method {
    char *interface, *name;
    GPtrArray *types;   /* of the arguments */
    GHashTable *errors; /* that its documentation names */
} Method;

/* All methods of our interfaces that the object at the path shows; with the errors that dbus/INTERFACE.xml in that folder names. */
GPtrArray *methods_read(sd_bus *bus, const char *path, const char *folder);
void methods_free(GPtrArray *methods);

/* Paths that arguments may name: a good one, and others. */
typedef struct MutationPaths {
    const char *good;
    const char *const *bad; /* NULL-terminated */
} MutationPaths;

/* Appends arguments of which one is changed, or none. False: they can't be put into a message. */
bool mutate_arguments(sd_bus_message *m, const Method *method, const MutationPaths *paths);

/* May the method give that error? */
bool method_may_fail_with(const Method *method, const char *error);
