/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Schema: the tables of the database. */
#pragma once

enum {
    SCHEMA_VERSION = 2,
    SCHEMA_APPLICATION_ID = 0x43616c62, /* "Calb" */
};

/* What leads from each version to the next; the first from an empty file to version 1. */
extern const char *const schema_steps[SCHEMA_VERSION];
