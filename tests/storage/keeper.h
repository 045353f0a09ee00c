/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keeper: something that is written down as the service does it, by its journal into its database, and that can be counted
 * afterwards: three rows in each turn of a loop that is none.
 */
#pragma once

#include "service/journal.h"

typedef struct Keeper Keeper;

enum { KEEPER_ROWS = 3 };

/* Opens the folder's database. A negative errno, and the reason, to be freed, as database_open(). */
int keeper_new(const char *folder, Durability durability, Keeper **ret, char **ret_why);
Keeper *keeper_free(Keeper *keeper);

/* One turn more: its rows are of `size` bytes each. What journal_commit() says. */
int keeper_turn(Keeper *keeper, size_t size);

/* Commits what waits. */
int keeper_commit(Keeper *keeper);
int keeper_tidy(Keeper *keeper);

/* The turns that were begun, and those that were acknowledged. */
unsigned keeper_turns(const Keeper *keeper);
unsigned keeper_acknowledged(const Keeper *keeper);

/* Opens what is in the folder anew, and counts. What is wrong, or NULL; to be freed: the file was damaged, turns are there in part,
 * or of the acknowledged ones some are not. */
char *keeper_check(const char *folder, unsigned acknowledged);

/* Folders in memory, if there is such a place. The path is to be freed; the folder goes with all in it. */
char *keeper_folder(void);
void keeper_empty(const char *folder);
void keeper_remove(char *folder);
