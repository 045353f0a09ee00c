/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* User: a uid and what its clients use up together. */
#pragma once

#include <stdint.h>

#include "service/refusal.h"
#include "service/types.h"

typedef struct User User;

/* The user with that uid, made when it is not there; give back with user_unref(). */
User *user_ref_by_uid(Manager *manager, uint32_t uid);
User *user_unref(User *user);

uint32_t user_uid(const User *user);

/* Requests of its clients that are pending; handles that they have, but those of emergency calls; how many clients there are. */
unsigned *user_requests(User *user);
unsigned *user_handles(User *user);
unsigned *user_clients(User *user);

/* Handles of emergency calls, which need no room; calls that it made and that are not idle. */
unsigned *user_emergencies(User *user);
unsigned *user_calls(User *user);

/* One more client of the user would be too many. */
Refusal *user_check_client(Manager *manager, uint32_t uid);
