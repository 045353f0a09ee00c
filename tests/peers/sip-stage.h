/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipStage: the service with the SIP provider, in one process and without a bus, for tests of lines against real peers. */
#pragma once

#include <check.h>
#include <glib.h>

#include "service/line.h"
#include "service/manager.h"
#include "service/provider.h"

/* Nothing takes longer, on a machine that does much else. */
#define SIP_STAGE_PATIENCE_S 60

void sip_stage_begin(void);

/* Stops the provider, as the service does at its end, and takes all apart. */
void sip_stage_end(void);

Manager *sip_stage_manager(void);

/* Adds a line, without sound; keys and values of [Sip], NULL-terminated. */
Line *sip_stage_add_line(const char *name, ...) __attribute__((sentinel));
void sip_stage_remove_line(Line *line);

/* One turn of the loop; false once the time that began with sip_stage_wait() is over. */
void sip_stage_wait(unsigned seconds);
bool sip_stage_turn(void);

#define AWAIT_WITHIN(seconds, condition)                                                      \
    do {                                                                                      \
        sip_stage_wait(seconds);                                                              \
        while (!(condition) && sip_stage_turn())                                              \
            ;                                                                                 \
        ck_assert_msg(condition, "waited in vain for: " #condition);                          \
    } while (0)

#define AWAIT(condition) AWAIT_WITHIN(SIP_STAGE_PATIENCE_S, condition)

/* Turns the loop for so long. */
void sip_stage_pass(unsigned ms);
