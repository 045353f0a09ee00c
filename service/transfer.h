/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transfer: a call is handed to somebody else, with a word before it or without. */
#pragma once

#include "service/dial.h"
#include "service/handle.h"

Refusal *handle_blind_transfer(Handle *handle, const char *address, Done done);

/* done() gets the handle of the consultation. An order with address "" waits for digits. */
Refusal *handle_setup_transfer(Handle *handle, const DialOrder *order, Done done);

/* done() gets the handle of the conference if the mode makes one, else none. */
Refusal *handle_complete_transfer(Handle *handle, Handle *consultation, TransferMode mode, Done done);
