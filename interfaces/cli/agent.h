/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Agent: pkttyagent, which asks for a password on our terminal when a right needs one, as for systemctl. */
#pragma once

#include "service/cleanup.h"

typedef struct Agent Agent;

/* Starts it and waits until polkit knows it. NULL: nobody could be asked by it, or nobody needs to be. */
Agent *agent_start(void);
Agent *agent_stop(Agent *agent);
DEFINE_CLEANUP(Agent *, agent_stop)
