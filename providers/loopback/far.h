/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Far: who is at the other side of an end: the end of another call, a script, or nobody. It can be taken and given. */
#pragma once

#include "service/provider.h"

typedef struct End End;
typedef struct LoopLine LoopLine;
typedef struct Script Script;

typedef struct Far {
    End *end;
    Script *script;
} Far;

/* The far side of an end, which stays with it; and the same taken away. */
Far far_of(const End *end);
Far far_take(End *end);

/* Taken away to go on with somebody else: alone, whoever the end spoke through. */
Far far_hand_over(End *end);

/* Makes it the far side of an end that has none. */
void far_give(Far far, End *end);

/* Each becomes the other's far side. Two scripts need nobody who watches them: they are gone. */
void far_link(Far a, Far b);

bool far_is_nobody(Far far);
LoopLine *far_line(Far far); /* NULL: outside */
void far_party(Far far, PartyInfo *ret);

/* The call is over for it. */
void far_finish(Far far, DisconnectCause cause, const char *text);

/* It was sent on, by whom and where to. */
void far_tell_moved(Far far, CallReason reason, const PartyInfo *by, const PartyInfo *to);

/* It talks with its far side from now on: told as connected, unless it waited as such, and as what it is now. */
void far_enter_talk(Far far);
