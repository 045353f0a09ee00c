/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scenes: who is there when a scenario begins. */
#pragma once

#include "tests/conformance/world.h"

/* Alice is on the first line and owns what she dials; Bob and Carol own what comes in on the second and the third line. */
extern Person *alice, *bob, *carol;

/* Alice's call to Bob, connected: her end and his. */
extern Seen *ours, *theirs;

void scene_nobody(void);
void scene_people(void);
void scene_talk(void);

/* Puts a line into a state; and asks for that. */
Answer *ask_line_state(unsigned line, LineState state);
void put_line(unsigned line, LineState state);

/* A call comes in from outside. */
Answer *ask_incoming(unsigned line, const char *from);

/* A person's call to another line is connected too: Alice's end first. */
void talk_to(Person *person, unsigned line, Seen **ret_ours, Seen **ret_theirs);

/* Alice consults with the third line about `call`: the consultation, and Carol's end, not answered. */
Seen *consult_carol(Seen *call, Seen **ret_there);

/* Alice's call is in a conference now, for which she consults with Carol: the conference, the consultation, Carol's end,
 * not answered. */
Seen *confer_with_carol(Seen *call, Seen **ret_consultation, Seen **ret_there);

/* The same, and Carol has answered and was added. */
Seen *confer(Seen **ret_second, Seen **ret_there);

/* Drops all calls of all, and waits until the provider has forgotten everything. */
void clear_all(void);

/* Waits until the end hears that line's end, or no longer; nothing if the network can't tell. */
void expect_hearing(const Seen *seen, unsigned line, bool hears);

/* Waits until the call has that Call ID; then it is related to that one (NULL: whichever). Nothing without Call IDs. */
void expect_same_call_id(const Seen *seen, const char *call_id, const char *related_call_id);

/* Each has an answer; NULL is none. */
void await_all(Answer *const *answers, size_t n);
