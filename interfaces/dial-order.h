/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a client says of a call that it wants made: one table of parameters for all methods that make one. */
#pragma once

#include "interfaces/peer.h"
#include "service/dial.h"

/* The methods differ in where the address is, and in whether there is a token. */
typedef enum DialOrderForm {
    DIAL_ORDER_CALL,            /* (s address, a{sv}), with "token" */
    DIAL_ORDER_CONSULTATION,    /* (s address, a{sv}) */
    DIAL_ORDER_LINE_CONFERENCE, /* (a{sv}), with "address" */
    _DIAL_ORDER_MAX,
} DialOrderForm;

/* Reads all arguments of the message; they are valid as long as it is. 0: read. Else what the handler is to return: it was
 * refused already. */
int dial_order_read(Peer *peer, sd_bus_message *m, DialOrderForm form, DialOrder *ret);
