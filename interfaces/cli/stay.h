/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stay: an owner who remains on the line with one call, until it has ended. */
#pragma once

#include "interfaces/cli/ctl.h"

typedef struct Stay Stay;

/* From now on no signal of the service is missed, and Ctrl-C is kept for stay_run(). */
int stay_new(Ctl *ctl, Stay **ret);
Stay *stay_free(Stay *stay);
DEFINE_CLEANUP(Stay *, stay_free)

/* The call that it is about; the record, if there is one already, is taken. */
void stay_set_call(Stay *stay, const char *path, Record *call);

/* Prints each state, and returns the exit status that says how the call ended. */
int stay_run(Stay *stay);

/* What the commands that stay share. Before the first signal that matters can come; complains by itself. */
int ctl_prepare_stay(Ctl *ctl, const char *what, Stay **ret);
/* A new call on the line, whose sole owner we are. */
int ctl_place(Ctl *ctl, const char *line_path, const char *address, char **ret_path, sd_bus_error *ret_error);
/* The whole: checks the options, dials, and stays or leaves. */
int ctl_dial_on(Ctl *ctl, const char *line, const char *address);
/* The same, on the first line in service that takes the address. */
int ctl_dial_anywhere(Ctl *ctl, const char *address);
/* Stays with it, or leaves it to go on with --detach. */
int ctl_attend(Ctl *ctl, Stay *stay, const char *path);
