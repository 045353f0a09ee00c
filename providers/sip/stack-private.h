/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stack: what stack.c, dialog.c, renewal.c and event.c share. Only these four know NUA. */
#pragma once

#define NUA_MAGIC_T struct SipStack
#define NUA_HMAGIC_T struct SipDialog

#include <sofia-sip/nua.h>

#include "providers/sip/complaint.h"
#include "providers/sip/mirror.h"
#include "providers/sip/path.h"
#include "providers/sip/pressure.h"
#include "providers/sip/stack.h"

#define DIALOG_METHODS "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, INFO, REFER, NOTIFY, UPDATE"

typedef struct Renewal Renewal;

struct SipPool {
    su_root_t *root;
    GSource *source;
    GPtrArray *stacks;
    SipArrival arrival;
    void *userdata;
    Complaints complaints;
    Pressure pressure;
    guint guard_tick; /* looks after what strangers take */
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
    char **realms;           /* whose challenges are answered; NULL: all */
    char **answered_realms;  /* of the challenges that the request in hand met; NULL: none */
    char **accepted_realms;  /* of those whose last answer did */
    bool has_proxy;          /* one has asked, so that a 401 is from behind it */
    bool in_arrival;       /* nobody has taken it yet */
    bool was_over;         /* told */
    bool takes_update;     /* the peer: sessions are refreshed by it, without an offer */
    Path path;             /* of a call */
    char *next_hop;        /* where requests go as long as the path is not known */
    bool is_aimed;         /* it is known, and they go that way */
    unsigned waiting;      /* requests of ours that the peer has not answered: the next one waits for that */
    char *parting;         /* with the BYE that waits so */
    guint hurry;           /* until that is too long */
    Renewal *renewal;      /* NULL: it has the handle that it had, or all is as it should be with the new one */
    bool *gone;            /* set when it is freed while an observer runs */
};

/* Tells the observer. */
void dialog_deliver(SipDialog *dialog, const SipEvent *event);

SipDialog *dialog_new_for(SipStack *stack, nua_handle_t *handle);

/* What a message tells of the dialog's names. */
void dialog_learn(SipDialog *dialog, const sip_t *sip, bool from_peer);

/* Answers a challenge; false: the observer has to know. */
bool dialog_answer_challenge(SipDialog *dialog, int status, const sip_t *sip);
void dialog_forget_challenges(SipDialog *dialog);
void dialog_note_final(SipDialog *dialog, int status);

/* The first of them: NULL. */
const msg_auth_t *challenge_find(int status, const sip_t *sip);

/* ---- Another handle ---- */

typedef void (*Renewed)(SipDialog *dialog);

/* The dialog goes on in a new handle, of that stack: as soon as it can, `renewed` is called. Nothing else may be asked of it before.
 * False: all is as it was. */
bool dialog_renew(SipDialog *dialog, SipStack *stack, Renewed renewed);
Renewal *renewal_free(Renewal *renewal);

/* Something else is to be done then. */
void renewal_change(Renewal *renewal, Renewed renewed);

/* Was the event about that? */
bool dialog_on_renewal(SipDialog *dialog, const SipEvent *event);

/* From here on requests go by the dialog's own routes (RFC 3261, 12.2.1.1). */
void dialog_aim(SipDialog *dialog);

/* One that the peer has answered. */
void dialog_note_answer(SipDialog *dialog, sip_method_t method);
