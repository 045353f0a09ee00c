/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* WireTaker: values for messages between the service and a provider, out of the bytes of a trial. */
#pragma once

#include "tests/fuzz/taker.h"

/* Numbers of calls that are worth a try. The oldest is forgotten when there are too many. */
void wire_taker_note_number(uint64_t number);
void wire_taker_forget_numbers(void);

/* A word that is understood somewhere, or any text. Good until the next one but a few. */
const char *wire_take_text(Taker *taker);

/* Appends a value of each type in the signature, dictionaries with keys that there are, most of them with the type that is theirs. */
int wire_take_values(Taker *taker, sd_bus_message *m, const char *signature);
