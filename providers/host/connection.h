/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Connection: to the service, made again when it breaks. What is reported before the service has found its calls again waits until
 * then.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

typedef struct Connection Connection;

typedef enum ConnectionPhase {
    CONNECTION_OFF,      /* nobody is there */
    CONNECTION_GREETING, /* Hello is on its way */
    CONNECTION_WAITING,  /* the service begins: it looks for the calls that it had */
    CONNECTION_OPEN,
} ConnectionPhase;

typedef struct ConnectionEvents {
    /* Appends what Hello says. */
    int (*hello)(sd_bus_message *m, void *userdata);

    /* The service knows us, with its epoch. */
    void (*greeted)(uint64_t epoch, void *userdata);

    /* A method was called. 1: it is or will be answered. */
    int (*called)(sd_bus_message *m, void *userdata);

    /* What waited was sent. */
    void (*opened)(void *userdata);

    /* It broke: what was asked on it is answered to nobody. */
    void (*lost)(void *userdata);

    /* The service does not want us, with an exit status; or it did not come (back) for so long. */
    void (*given_up)(int status, void *userdata);

    /* Is there anything for which it is worth to wait long? */
    bool (*is_busy)(void *userdata);
} ConnectionEvents;

/* Begins to connect, in the loop. */
Connection *connection_new(const char *address, const ConnectionEvents *events, void *userdata);
Connection *connection_free(Connection *connection);

ConnectionPhase connection_phase(const Connection *connection);

/* The service has found its calls; from CONNECTION_WAITING only. */
void connection_open(Connection *connection);

/* A call of a method of org.callbus1.ProviderHost. -ENOTCONN: nobody is there. */
int connection_call_new(const Connection *connection, const char *member, sd_bus_message **ret);

/* Sends it without wanting an answer, or lets it wait. */
void connection_report(Connection *connection, sd_bus_message *m);

/* Sends it now, if the service is there. */
void connection_send(Connection *connection, sd_bus_message *m);

/* Likewise, wanting an answer; never called if the connection breaks. */
int connection_ask(Connection *connection, sd_bus_message *m, sd_bus_message_handler_t on_answer, void *userdata,
                   sd_bus_slot **ret);

/* Everything that waits to be written is, for good. */
void connection_flush(Connection *connection);
