/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recipients: clients that take the wishes of others for calls (assisted dialling). */
#pragma once

#include "service/observer.h"
#include "service/refusal.h"

void client_register_recipient(Client *client, bool enable);

/* The best recipient is told: the first in the priority list of the media mode, else the first that registered. */
Refusal *manager_request_call(Manager *manager, const CallWish *wish);
