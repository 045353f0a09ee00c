/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hold: calls that wait, by themselves, for a consultation, or because another one was answered. */
#pragma once

#include "providers/loopback/end.h"

/* Holds a connected end, or one that is taken out of its conference, as one of the kinds of hold; its far end learns it. */
void hold_begin(End *end, CallEvent event);

/* Back from whatever hold. */
void hold_end(End *end);

/* The consultation that this end was held for is over: it is connected again, if it is still held. NULL: nothing. */
void hold_give_back(End *end);

/* The call is answered, or was picked up: what the answer mode says about the other connected ones of its line. */
void hold_for_answer(End *answered);
