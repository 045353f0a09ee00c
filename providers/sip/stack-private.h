/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stack: what stack.c, dialog.c and event.c share. Only these three know NUA. */
#pragma once

#define NUA_MAGIC_T struct SipStack
#define NUA_HMAGIC_T struct SipDialog

#include <sofia-sip/nua.h>

#include "providers/sip/complaint.h"
#include "providers/sip/stack.h"

struct SipPool {
    su_root_t *root;
    GSource *source;
    GPtrArray *stacks;
    SipArrival arrival;
    void *userdata;
    Complaints complaints;
    guint stop_source;
    bool stopping;
};

struct SipStack {
    unsigned refs;
    SipPool *pool;
    nua_t *nua;
    char *address, *tls_dir;
    bool tls;
    uint16_t asked_port, port;
    GHashTable *dialogs; /* the set of them */
    bool is_down;
};

struct SipDialog {
    SipStack *stack;
    nua_handle_t *handle;
    SipObserver observer;
    void *userdata;
    char *call_id, *local_tag, *remote_tag;
    char *user, *password;
    char *contact_user, *headers;
    char *answered_realms; /* "|REALM|...": of the challenges that the request in hand met */
    bool in_arrival;       /* nobody has taken it yet */
    bool was_over;         /* told */
    bool takes_update;     /* the peer: sessions are refreshed by it, without an offer */
    bool *gone;            /* set when it is freed while an observer runs */
};

SipDialog *dialog_new_for(SipStack *stack, nua_handle_t *handle);

/* What a message tells of the dialog's names. */
void dialog_learn(SipDialog *dialog, const sip_t *sip, bool from_peer);

/* Answers a challenge; false: the observer has to know. */
bool dialog_answer_challenge(SipDialog *dialog, int status, const sip_t *sip);
void dialog_forget_challenges(SipDialog *dialog);
