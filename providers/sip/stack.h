/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SipStack: a SIP user agent on one local address, and SipDialog: one registration, subscription or call on it. All of sofia-sip's
 * NUA is behind this header; what it parsed (sip_t) is handed on, and read by sofia-sip's header functions.
 *
 * The stack has a thread of its own. Every function returns at once; what came of it is told to the observers, always from the main
 * loop, never inside a function of this header. An observer may free the dialog that it hears of. After sip_dialog_free() nothing
 * is heard of a dialog.
 *
 * Challenges (401, 407) are answered by the stack with the dialog's credentials, and reach the observer only if there are none for that
 * realm or if they were refused. ACK and PRACK are sent by themselves.
 */
#pragma once

#include <glib.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <stdbool.h>
#include <stdint.h>

#include "service/cleanup.h"

typedef struct SipPool SipPool;
typedef struct SipStack SipStack;
typedef struct SipDialog SipDialog;

typedef enum SipEventKind {
    SIP_EVENT_REQUEST,  /* The peer asks. status 100: it waits for an answer, which all but an INVITE get before the observer returns;
                           else the stack has answered so, or it is an ACK. */
    SIP_EVENT_RESPONSE, /* The peer answers, or (sip is NULL) the stack for it: 408, 503. Below 200 others follow. */
    SIP_EVENT_ANSWERED, /* Our 2xx to an INVITE is on its way. */
    SIP_EVENT_READY,    /* The call's last INVITE of either side is over and acknowledged. */
    SIP_EVENT_MOVED,    /* The dialog is where sip_dialog_move() wanted it. */
    SIP_EVENT_OVER,     /* The call has no dialog any more, and never will again. Told once. */
    SIP_EVENT_ERROR,    /* The stack could not do what it was asked, or the peer does not play by the rules. */
} SipEventKind;

/* Valid during the observer only. */
typedef struct SipEvent {
    SipEventKind kind;
    sip_method_t method;     /* of REQUEST and RESPONSE; sip_method_unknown for others than SIP's usual ones */
    int status;
    const char *phrase;      /* never NULL */
    const sip_t *sip;        /* the message itself; may be NULL */
} SipEvent;

typedef void (*SipObserver)(SipDialog *dialog, const SipEvent *event, void *userdata);

/* A request outside of all dialogs. 0: it is taken (sip_dialog_take()), or was answered; else the stack answers with that status, and
 * the dialog is void. */
typedef int (*SipArrival)(SipStack *stack, SipDialog *dialog, const SipEvent *event, void *userdata);

/* ---- Stacks ---- */

/* Where one listens. Valid during the call only. */
typedef struct SipListen {
    const char *address; /* numeric, "::1" without brackets; NULL: all of IPv4; "::" all of IPv6 */
    uint16_t port;       /* 0: any */
    bool tls;            /* besides UDP and TCP on that port: on the next one, or any */
    const char *tls_dir; /* folder with cafile.pem and agent.pem; may be NULL */
} SipListen;

SipPool *sip_pool_new(SipArrival arrival, void *userdata);

/* Ends what is left of all dialogs, and returns when nothing is to be sent any more, or after some seconds. */
SipPool *sip_pool_free(SipPool *pool);
DEFINE_CLEANUP(SipPool *, sip_pool_free)

/* The stack that listens so, a new one if there is none: to be given back. NULL: the address can't be used, the errno tells why. */
SipStack *sip_pool_get(SipPool *pool, const SipListen *listen);
SipStack *sip_stack_unref(SipStack *stack);

const char *sip_stack_address(const SipStack *stack); /* as asked for; NULL: all */
uint16_t sip_stack_port(const SipStack *stack);       /* of UDP and TCP */

/* Logs bad input, at a limited rate. */
void sip_stack_complain(SipStack *stack, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- Dialogs ---- */

/* Texts of headers, checked by the stack. Valid during the call only; NULL for what is not wanted. */
typedef struct SipDialogConfig {
    const char *from;         /* "\"Alice\" <sip:alice@example.org>" */
    const char *to;           /* likewise */
    const char *contact_user; /* tells the line: the user part of Contact, where requests arrive */
    const char *route;        /* where requests go first, and say so: "sip:proxy.example.org;lr" */
    const char *next_hop;     /* where they are sent, without a word of it in them: "sip:192.0.2.1;transport=tcp" */
    unsigned session_expires_s; /* RFC 4028, of a dialog that arrived; 0: as the peer wants it */
    const char *headers;      /* in every request and answer that is asked for: "Session-ID: ...\n" and so on */
} SipDialogConfig;

SipDialog *sip_dialog_new(SipStack *stack, const SipDialogConfig *config, SipObserver observer, void *userdata);

/* Ends it towards the peer, as far as it has begun, and forgets it. */
SipDialog *sip_dialog_free(SipDialog *dialog);

/* A dialog that arrived, or another observer for one; of the config the contact_user and the headers count. */
void sip_dialog_take(SipDialog *dialog, const SipDialogConfig *config, SipObserver observer, void *userdata);

/* From now on. */
void sip_dialog_set_headers(SipDialog *dialog, const char *headers);

/* What challenges are answered with, and whose. Valid during the call only. */
typedef struct SipCredentials {
    const char *user, *password;
    const char *const *realms; /* NULL: all, as for one's own registrar. Else none are answered of those who are behind a proxy that asked */
} SipCredentials;

void sip_dialog_set_credentials(SipDialog *dialog, const SipCredentials *credentials); /* NULL: none any more */

/* The realms that took them, of the last request that was asked for them: NULL. */
const char *const *sip_dialog_realms(const SipDialog *dialog);

/* A call's dialog goes on in another stack, from another address of ours; the peer is to be told of that by an INVITE after
 * SIP_EVENT_MOVED. Until then nothing but BYE may be sent. False: not this one, and all is as it was. */
bool sip_dialog_move(SipDialog *dialog, SipStack *stack);

SipStack *sip_dialog_stack(const SipDialog *dialog);

/* What identifies it, as far as known: NULL. */
const char *sip_dialog_call_id(const SipDialog *dialog);
const char *sip_dialog_local_tag(const SipDialog *dialog);
const char *sip_dialog_remote_tag(const SipDialog *dialog);

/* The user part of the URI that a request is for, where requests of a line arrive: NULL. */
const char *sip_event_user(const SipEvent *event);

/* Of a challenge, whose it is, to be freed: NULL. */
char *sip_event_realm(const SipEvent *event);

/* The value of the first Reason header, to be freed: NULL. */
char *sip_event_reason(const SipEvent *event);

/* The address that a request came from, whatever it says of it; IPv6 may have brackets: NULL. */
const char *sip_event_source(const SipEvent *event);

/* Where the peer's dialog is, by its Contact, to be freed: NULL. */
char *sip_event_contact(const SipEvent *event);

/* A header that SIP's parser does not know, by its name: NULL. */
const char *sip_event_header(const SipEvent *event, const char *name);

/* The body, if it is of that type (as "application/sdp"), to be freed: NULL. One in several parts is looked through. */
char *sip_event_body(const SipEvent *event, const char *type);

/* ---- What a dialog sends ---- */

typedef struct SipBody {
    const char *type; /* "application/sdp" */
    const char *text;
} SipBody;

void sip_dialog_register(SipDialog *dialog, const char *registrar, unsigned expires_s);
void sip_dialog_unregister(SipDialog *dialog, const char *registrar);

void sip_dialog_subscribe(SipDialog *dialog, const char *event, const char *accept, unsigned expires_s);
void sip_dialog_notify(SipDialog *dialog, const char *event, const char *state, const SipBody *body);

/* How a call goes out, or changes. NULL and 0 for what is not wanted. */
typedef struct SipInvite {
    const char *target;        /* another one than To */
    const char *sdp;           /* NULL: the peer is to make the offer */
    const char *headers;       /* of this request only */
    unsigned session_expires_s; /* RFC 4028 */
} SipInvite;

void sip_dialog_invite(SipDialog *dialog, const SipInvite *invite);
void sip_dialog_cancel(SipDialog *dialog, const char *headers);
void sip_dialog_bye(SipDialog *dialog, const char *headers);
void sip_dialog_ack(SipDialog *dialog, const SipBody *body);

/* To the INVITE that waits or, inside of the observer, to the request that it was told of. phrase NULL: the usual one. */
void sip_dialog_respond(SipDialog *dialog, int status, const char *phrase, const SipBody *body, const char *headers);

void sip_dialog_refer(SipDialog *dialog, const char *refer_to, const char *headers);
void sip_dialog_info(SipDialog *dialog, const SipBody *body, const char *headers);
void sip_dialog_options(SipDialog *dialog);
