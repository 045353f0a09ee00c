/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the service tells whoever shows it to clients: one observer, called in the order of events. */
#pragma once

#include "service/types.h"

/* The properties of the Manager that change. */
typedef enum ManagerProperty {
    MANAGER_PROPERTY_IN_CALL = 1 << 0,
    MANAGER_PROPERTY_RINGING = 1 << 1,
} ManagerProperty;

typedef struct User User;

/* What somebody wants to be called; text may be NULL. */
typedef struct CallWish {
    const char *address;
    MediaMode media_mode;
    const char *called_party, *comment;
    const User *user; /* whose application is to do it; NULL: anybody's */
} CallWish;

/* All functions are set. None may call back into the rules; reading is fine. */
typedef struct Observer {
    /* A handle is to be shown to its client, with all properties. */
    void (*handle_added)(Handle *handle, void *userdata);
    /* These properties (CALL_PROPERTY_BIT) have new values for its client; Sequence is counted and among them. */
    void (*handle_changed)(Handle *handle, uint64_t properties, void *userdata);
    /* The handle with that epoch and number is void for its client; the handle itself is already gone. */
    void (*handle_removed)(Client *client, uint64_t epoch, uint64_t number, void *userdata);
    /* A digit was heard; `usec` is real time. */
    void (*digit_received)(Handle *handle, char digit, uint64_t usec, void *userdata);
    /* The client's generation of digits is over. */
    void (*digits_sent)(Handle *handle, DigitsOutcome outcome, void *userdata);
    /* The same of its tone. */
    void (*tone_sent)(Handle *handle, DigitsOutcome outcome, void *userdata);
    /* The digits that its client asked for are gathered, or will not be. */
    void (*digits_gathered)(Handle *handle, const char *digits, GatherReason reason, void *userdata);
    /* Somebody wants an address to be called, and the client is the one to do it. */
    void (*call_requested)(Client *client, const CallWish *wish, void *userdata);
    /* So many handles were withheld from a client that has too many. */
    void (*events_lost)(Client *client, uint64_t count, void *userdata);
    /* The provider took the client's open of the line away. */
    void (*line_closed)(Client *client, Line *line, const char *reason, void *userdata);
    /* The line's bell, for a client that has it open. */
    void (*line_rang)(Client *client, Line *line, const char *mode, unsigned count, void *userdata);
    void (*line_added)(Line *line, void *userdata);
    /* A set of LINE_PROPERTY_* has new values; for all, and for one client. */
    void (*line_changed)(Line *line, unsigned properties, void *userdata);
    void (*line_changed_for)(Client *client, Line *line, unsigned properties, void *userdata);
    void (*line_removed)(Line *line, void *userdata);
    /* A set of MANAGER_PROPERTY_* has new values. */
    void (*manager_changed)(unsigned properties, void *userdata);
} Observer;
