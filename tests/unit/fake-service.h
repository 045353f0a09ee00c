/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service's end of the connection, played by a test: it listens, says what it likes, and reads what it is told, in order. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

/* Listens at an address of its own. */
void service_begin(void);
void service_end(void);
const char *service_address(void);

/* Waits until somebody connects; hangs up. */
void service_accept(void);
void service_hang_up(void);

/* It is nowhere to be found; and is there again, at the same address. */
void service_leave(void);
void service_come_back(void);

/* The provider's clock goes ahead by so much. */
void service_let_pass(unsigned s);

/* The next message that comes must be a call of that method. Valid until the next word to the service. */
sd_bus_message *service_expect(const char *member);

/* Nothing comes for a while. */
void service_expect_nothing(void);

/* Answers what was expected last. */
void service_answer(const char *types, ...);
void service_answer_error(const char *name, const char *text);

/* Asks; the answer comes later. */
sd_bus_message *service_question(const char *member);
void service_ask(sd_bus_message *question);

/* The next message that comes must be the answer to the question: done, or an error of that name with that text (NULL: any). */
sd_bus_message *service_expect_done(void);
void service_expect_error(const char *name, const char *text);

/* Lets the loop run until the condition is true. */
void service_wait(bool (*condition)(void));
