/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options: callbusd's command line, and the folders that follow from it. */
#pragma once

#include <stdbool.h>

typedef struct Options {
    bool system, debug, introspect;
    bool config_given;
    char *config, *state; /* folders */
} Options;

/* 1: go on. 0: all was said (--help, --version). -EINVAL: wrong usage, and said so on stderr. */
int options_parse(int argc, char **argv, Options *ret);
void options_clear(Options *options);
