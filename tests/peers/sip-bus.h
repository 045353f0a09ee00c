/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The whole way: a private bus, callbusd on it, the SIP provider in its process, clients of the bus, and peers beyond. The line "desk" has
 * no registrar: it calls and is called directly, at PEER_OURS, and says a tone of 1000 Hz.
 */
#pragma once

#include "tests/bus/util-bus.h"
#include "tests/peers/peer.h"
#include "tests/peers/sound.h"

#define DESK "desk"
#define DESK_HZ 1000
#define DESK_DB (-9.0) /* of its tone: a sine of half the height */

/* Fixtures of test cases: bus_case_with(suite, "...", sip_bus_setup), with peers_begin() done, too. They end with sip_bus_teardown(). */
void sip_bus_setup(void);
void sip_bus_setup_trusting(void);  /* "desk" goes wherever it is sent */
void sip_bus_setup_encrypted(void); /* "desk" demands SRTP */
void sip_bus_teardown(void);
TCase *sip_bus_case(Suite *suite, const char *name, void (*setup)(void));

/* For fixtures made by hand. First the folder of the peers is made, then peers are started that have to be there before the lines, then the
 * bus with these lines: name and further keys of [Sip] by turns, NULL-terminated. Its User= is its name, and
 * what it hears is recorded, if the keys do not tell; each has its tone. In the keys "@PASSWORD@" is a file that says "secret". */
void sip_bus_prepare(void);
void sip_bus_begin(const char *const *lines);
void sip_bus_begin_with(const char *const *lines, const BusOptions *options); /* config and lines of which are ours */
const char *sip_bus_folder(void);

/* "sip:desk@127.1.2.3:5060", to be freed, and as SIPp names it. */
char *desk_uri(void);
char *desk_target(void);

/* What the line has heard, over all of its calls the newest; NULL: nothing. */
Sound *line_heard(const char *line);

/* Waits in the turns of the bus; any condition of a peer. */
#define PASS(ms)                                                                \
    do {                                                                        \
        int64_t _end = g_get_monotonic_time() + (ms) * INT64_C(1000);           \
        while (g_get_monotonic_time() < _end)                                   \
            bus_pump(t, bus_deadline(), "time to pass", __FILE__, __LINE__);    \
    } while (0)

/* Until the client was told that the property has that text. */
void await_string(Client *client, const char *path, const char *property, const char *text);

/* Until the client was told so after that place in what it was told (0: ever). It may be past by then: the peer goes on by itself. The place. */
guint await_told(Client *client, guint from, const char *path, const char *property, const char *text);

/* Until the line is in service. */
void await_line(Client *client, const char *line);

/* A client that has opened the line as owner and monitor, and the call that comes in to it. */
Client *owner_of(const char *line);

/* Until the SIPp has ended well, while the bus goes on. */
void sip_bus_await_end(Peer *sipp);

/* The process of the provider, a child of the service. */
pid_t provider_pid(void);
