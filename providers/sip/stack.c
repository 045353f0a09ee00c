/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SipStack: NUA with what has proved itself: a thread of its own (a name that is looked up inside of it stalls nobody else), no STUN
 * server, SDP and redirections left to us.
 */
#include "providers/sip/stack-private.h"

#include <sofia-sip/nta.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/su_glib.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/tport_tag.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include "providers/sip/crowd.h"
#include "providers/sip/digest.h"
#include "service/log.h"

/* REFER is for dialogs only (DIALOG_METHODS): one that is refused leaves a subscription in NUA that was freed already. */
#define METHODS "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, INFO, NOTIFY, UPDATE"

/* Answered by the observers; PRACK and the rest by NUA. */
#define OBSERVED_METHODS "INFO, REFER, NOTIFY, UPDATE, OPTIONS"

/* How long the answer to a request is remembered (64 * T1): as RFC 3261 wants it, and when strangers send too many. Then a packet that
 * gets lost may be the end of a call; without it, it would be the end of all. */
#define REMEMBERED_MS 32000
#define REMEMBERED_BRIEFLY_MS 2000

/* More calls than this do not ring at one time on one address, and a message of SIP is not bigger. */
#define UNANSWERED_MAX 2048
#define MESSAGE_MAX (64 * 1024)

/* Some hundred messages, which are read in less time than their senders wait before they repeat them. */
#define UNREAD_MAX (512 * 1024)

/* A stack that can't take leave of its peers for so long goes without. */
#define STOP_TIMEOUT_S 5

/* ---- Events ---- */

void dialog_deliver(SipDialog *dialog, const SipEvent *event) {
    bool gone = false;

    if (!dialog->observer)
        return;
    dialog->gone = &gone;
    dialog->observer(dialog, event, dialog->userdata);
    if (!gone)
        dialog->gone = NULL;
}

/* A request of which nobody knew yet. */
static void arrive(SipStack *stack, nua_handle_t *handle, const SipEvent *event) {
    SipDialog *dialog = dialog_new_for(stack, handle);
    SipPool *pool = stack->pool;
    bool gone = false;
    int status = pool->stopping ? 503 : 404;

    dialog->in_arrival = true;
    dialog_learn(dialog, event->sip, /* from_peer= */ true);
    dialog->gone = &gone;
    if (!pool->stopping && pool->arrival)
        status = pool->arrival(stack, dialog, event, pool->userdata);
    if (gone)
        return;
    dialog->in_arrival = false;
    if (status > 0 && event->status < 200)
        sip_dialog_respond(dialog, status, NULL, NULL, NULL);
    dialog->gone = NULL;
    if (status != 0 || !dialog->observer)
        sip_dialog_free(dialog);
}

static void on_request(SipStack *stack, SipDialog *dialog, nua_handle_t *handle, const SipEvent *event) {
    if (!handle)
        return;
    if (!dialog)
        arrive(stack, handle, event);
    else {
        dialog_learn(dialog, event->sip, /* from_peer= */ true);
        dialog_deliver(dialog, event);
    }
}

static void on_response(SipDialog *dialog, SipEvent *event) {
    if (!dialog)
        return;
    /* The stack's own answer in place of one that did not come looks like a message. */
    if (event->sip && nta_sip_is_internal(event->sip))
        event->sip = NULL;
    if (dialog_on_renewal(dialog, event))
        return;
    dialog_learn(dialog, event->sip, /* from_peer= */ false);
    if ((event->status == 401 || event->status == 407) && dialog_answer_challenge(dialog, event->status, event->sip))
        return;
    if (event->status >= 200) {
        dialog_note_final(dialog, event->status);
        dialog_note_answer(dialog, event->method);
    }
    dialog_deliver(dialog, event);
}

static void on_state(SipDialog *dialog, SipEvent *event, tagi_t *tags) {
    int state = nua_callstate_init;

    tl_gets(tags, NUTAG_CALLSTATE_REF(state), TAG_END());
    if (!dialog)
        return;
    if (state == nua_callstate_completed) {
        event->kind = SIP_EVENT_ANSWERED;
        dialog_deliver(dialog, event);
    } else if (state == nua_callstate_ready) {
        event->kind = SIP_EVENT_READY;
        if (!dialog_on_renewal(dialog, event))
            dialog_deliver(dialog, event);
    } else if (state == nua_callstate_terminated && !dialog->was_over) {
        dialog->was_over = true;
        event->kind = SIP_EVENT_OVER;
        dialog_deliver(dialog, event);
    }
}

typedef struct MethodRow {
    nua_event_t event;
    SipEventKind kind;
    sip_method_t method;
} MethodRow;

static const MethodRow methods[] = {
    { nua_i_invite, SIP_EVENT_REQUEST, sip_method_invite },
    { nua_i_cancel, SIP_EVENT_REQUEST, sip_method_cancel },
    { nua_i_ack, SIP_EVENT_REQUEST, sip_method_ack },
    { nua_i_bye, SIP_EVENT_REQUEST, sip_method_bye },
    { nua_i_options, SIP_EVENT_REQUEST, sip_method_options },
    { nua_i_refer, SIP_EVENT_REQUEST, sip_method_refer },
    { nua_i_prack, SIP_EVENT_REQUEST, sip_method_prack },
    { nua_i_info, SIP_EVENT_REQUEST, sip_method_info },
    { nua_i_update, SIP_EVENT_REQUEST, sip_method_update },
    { nua_i_message, SIP_EVENT_REQUEST, sip_method_message },
    { nua_i_subscribe, SIP_EVENT_REQUEST, sip_method_subscribe },
    { nua_i_notify, SIP_EVENT_REQUEST, sip_method_notify },
    { nua_i_publish, SIP_EVENT_REQUEST, sip_method_publish },
    { nua_i_register, SIP_EVENT_REQUEST, sip_method_register },
    { nua_i_method, SIP_EVENT_REQUEST, sip_method_unknown },
    { nua_r_register, SIP_EVENT_RESPONSE, sip_method_register },
    { nua_r_unregister, SIP_EVENT_RESPONSE, sip_method_register },
    { nua_r_invite, SIP_EVENT_RESPONSE, sip_method_invite },
    { nua_r_cancel, SIP_EVENT_RESPONSE, sip_method_cancel },
    { nua_r_bye, SIP_EVENT_RESPONSE, sip_method_bye },
    { nua_r_options, SIP_EVENT_RESPONSE, sip_method_options },
    { nua_r_refer, SIP_EVENT_RESPONSE, sip_method_refer },
    { nua_r_prack, SIP_EVENT_RESPONSE, sip_method_prack },
    { nua_r_info, SIP_EVENT_RESPONSE, sip_method_info },
    { nua_r_update, SIP_EVENT_RESPONSE, sip_method_update },
    { nua_r_subscribe, SIP_EVENT_RESPONSE, sip_method_subscribe },
    { nua_r_unsubscribe, SIP_EVENT_RESPONSE, sip_method_subscribe },
    { nua_r_notify, SIP_EVENT_RESPONSE, sip_method_notify },
};

static const MethodRow *find_method(nua_event_t event) {
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (methods[i].event == event)
            return &methods[i];
    }
    return NULL;
}

static void on_shut_down(SipStack *stack, int status);

static void on_nua(nua_event_t kind, int status, char const *phrase, nua_t *nua, SipStack *stack, nua_handle_t *handle,
                   SipDialog *dialog, sip_t const *sip, tagi_t tags[]) {
    const MethodRow *row = find_method(kind);
    SipEvent event = { .status = status, .phrase = phrase ? phrase : "", .sip = sip };

    if (row) {
        event.kind = row->kind;
        event.method = row->method;
        if (row->kind == SIP_EVENT_REQUEST)
            on_request(stack, dialog, handle, &event);
        else
            on_response(dialog, &event);
    } else if (kind == nua_i_state)
        on_state(dialog, &event, tags);
    else if (kind == nua_r_shutdown)
        on_shut_down(stack, status);
    else if (kind == nua_i_error && dialog) {
        log_debug("sip: %d %s", status, event.phrase);
        event.kind = SIP_EVENT_ERROR;
        dialog_deliver(dialog, &event);
    }
}

/* ---- Stacks ---- */

static void ignore_log(void *stream, char const *format, va_list arguments) {
}

/* sofia-sip's own words are for those who work on it, and tell who calls whom. */
static void quieten(void) {
    static bool quiet;

    if (!quiet) {
        su_init();
        digest_register();
        su_log_redirect(NULL, ignore_log, NULL);
        su_log_set_level(NULL, 0);
    }
    quiet = true;
}

/* A port that is free for UDP and TCP now; 0: none, or the address is not ours. */
static uint16_t find_port(const char *address) {
    bool is_ipv6 = address && strchr(address, ':');
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } at = { .any.sa_family = is_ipv6 ? AF_INET6 : AF_INET };
    socklen_t size = is_ipv6 ? sizeof(at.in6) : sizeof(at.in);
    _cleanup_close_ int udp = socket(at.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    _cleanup_close_ int tcp = socket(at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (address)
        inet_pton(at.any.sa_family, address, is_ipv6 ? (void *) &at.in6.sin6_addr : (void *) &at.in.sin_addr);
    if (bind(udp, &at.any, size) < 0 || getsockname(udp, &at.any, &size) < 0)
        return 0;
    if (bind(tcp, &at.any, size) < 0)
        return 0;
    return ntohs(is_ipv6 ? at.in6.sin6_port : at.in.sin_port);
}

static bool create(SipStack *stack, uint16_t port) {
    const char *address = stack->address ? stack->address : "0.0.0.0";
    bool is_ipv6 = strchr(address, ':');
    g_autofree char *url = g_strdup_printf(is_ipv6 ? "sip:[%s]:%u" : "sip:%s:%u", address, port);
    g_autofree char *sips = stack->asked_port > 0 ? g_strdup_printf(is_ipv6 ? "sips:[%s]:%u" : "sips:%s:%u", address, port + 1u)
                                                  : g_strdup_printf(is_ipv6 ? "sips:[%s]:*" : "sips:%s:*", address);

    errno = 0;
    stack->nua = nua_create(stack->pool->root, on_nua, stack,
                            NUTAG_URL(url),
                            TAG_IF(stack->tls, NUTAG_SIPS_URL(sips)),
                            TAG_IF(stack->tls_dir, NUTAG_CERTIFICATE_DIR(stack->tls_dir)),
                            TAG_IF(stack->tls, TPTAG_TLS_VERIFY_POLICY(TPTLS_VERIFY_SUBJECTS_OUT)),
                            TPTAG_STUN_SERVER(0), TPTAG_UDP_RMEM(UNREAD_MAX),
                            NUTAG_MEDIA_ENABLE(0),
                            NUTAG_AUTOANSWER(0), NUTAG_AUTOALERT(0), NUTAG_AUTOACK(0),
#ifdef NUTAG_AUTO302
                            NUTAG_AUTO302(0),
#endif
                            SIPTAG_ALLOW_STR(METHODS), NUTAG_APPL_METHOD(OBSERVED_METHODS),
                            NUTAG_SUPPORTED("timer, 100rel, replaces, histinfo"),
                            NUTAG_ENABLEMESSAGE(0),
                            NUTAG_SESSION_TIMER(0), NUTAG_MIN_SE(90),
                            NUTAG_USER_AGENT("Callbus/" CALLBUS_VERSION),
                            NTATAG_MAXSIZE(MESSAGE_MAX), NTATAG_MAX_PROCEEDING(UNANSWERED_MAX),
                            NTATAG_SIP_T1X64(stack->pool->pressure.is_high ? REMEMBERED_BRIEFLY_MS : REMEMBERED_MS),
                            NTATAG_MERGE_482(1), NTATAG_CLIENT_RPORT(1), NTATAG_SERVER_RPORT(2),
                            TAG_END());
    stack->port = port;
    return stack->nua;
}

static SipStack *stack_new(SipPool *pool, const SipListen *listen) {
    SipStack *stack = g_new0(SipStack, 1);

    stack->pool = pool;
    stack->refs = 1;
    stack->address = g_strdup(listen->address);
    stack->asked_port = listen->port;
    stack->tls = listen->tls;
    stack->tls_dir = g_strdup(listen->tls_dir);
    stack->dialogs = g_hash_table_new(NULL, NULL);
    /* Another may take a free port before us. */
    for (unsigned tries = 0; tries < (listen->port > 0 ? 1 : 8) && !stack->nua; tries++) {
        uint16_t port = listen->port > 0 ? listen->port : find_port(listen->address);

        if (port == 0 || create(stack, port))
            break;
    }
    return stack;
}

/* Its NUA is gone, or never was. */
static void dispose(SipStack *stack) {
    g_hash_table_unref(stack->dialogs);
    g_free(stack->address);
    g_free(stack->tls_dir);
    g_free(stack);
}

static SipStack *find_stack(const SipPool *pool, const SipListen *listen) {
    for (guint i = 0; i < pool->stacks->len; i++) {
        SipStack *stack = g_ptr_array_index(pool->stacks, i);

        if (stack->refs > 0 && stack->asked_port == listen->port && stack->tls == listen->tls &&
            g_strcmp0(stack->address, listen->address) == 0 && g_strcmp0(stack->tls_dir, listen->tls_dir) == 0)
            return stack;
    }
    return NULL;
}

SipStack *sip_pool_get(SipPool *pool, const SipListen *listen) {
    SipStack *stack = find_stack(pool, listen);

    if (stack) {
        stack->refs++;
        return stack;
    }
    stack = stack_new(pool, listen);
    if (!stack->nua) {
        int error = errno;

        dispose(stack);
        errno = error ? error : EADDRNOTAVAIL;
        return NULL;
    }
    g_ptr_array_add(pool->stacks, stack);
    return stack;
}

/* Takes leave of its peers first; the pool destroys it after that. */
SipStack *sip_stack_unref(SipStack *stack) {
    if (stack && --stack->refs == 0 && !stack->pool->stopping)
        nua_shutdown(stack->nua);
    return NULL;
}

const char *sip_stack_address(const SipStack *stack) {
    return stack->address;
}

uint16_t sip_stack_port(const SipStack *stack) {
    return stack->port;
}

void sip_stack_complain(SipStack *stack, const char *format, ...) {
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    complain(&stack->pool->complaints, "%s", text);
}

/* ---- The pool ---- */

static void remember(const SipPool *pool, unsigned ms) {
    for (guint i = 0; i < pool->stacks->len; i++) {
        SipStack *stack = g_ptr_array_index(pool->stacks, i);

        if (stack->nua)
            nua_set_params(stack->nua, NTATAG_SIP_T1X64(ms), TAG_END());
    }
}

static void relieve(SipPool *pool) {
    unsigned dialogs = 0;

    for (guint i = 0; i < pool->stacks->len; i++)
        dialogs += g_hash_table_size(((SipStack *) g_ptr_array_index(pool->stacks, i))->dialogs);
    if (!pressure_update(&pool->pressure, pressure_memory_in_use(), dialogs))
        return;
    remember(pool, pool->pressure.is_high ? REMEMBERED_BRIEFLY_MS : REMEMBERED_MS);
    if (pool->pressure.is_high)
        complain(&pool->complaints, "strangers send more than can be remembered: lost packets are not made up for until they stop");
    else
        pressure_give_back();
}

static gboolean on_guard_tick(void *userdata) {
    SipPool *pool = userdata;
    unsigned gone = crowd_thin_out();

    if (gone > 0)
        complain(&pool->complaints, "%u connections of others were closed: there are too many that say nothing, or of one machine", gone);
    relieve(pool);
    return G_SOURCE_CONTINUE;
}

SipPool *sip_pool_new(SipArrival arrival, void *userdata) {
    SipPool *pool = g_new0(SipPool, 1);

    quieten();
    crowd_begin();
    pool->arrival = arrival;
    pool->userdata = userdata;
    pool->stacks = g_ptr_array_new();
    pool->root = su_glib_root_create(NULL);
    pool->source = su_glib_root_gsource(pool->root);
    g_source_attach(pool->source, NULL);
    pool->pressure.calm = pressure_memory_in_use();
    pool->guard_tick = g_timeout_add_seconds(1, on_guard_tick, pool);
    return pool;
}

/* What is left of a stack's dialogs has no handle any more. */
static void disown_dialogs(SipStack *stack) {
    GHashTableIter iter;
    void *dialog;

    g_hash_table_iter_init(&iter, stack->dialogs);
    while (g_hash_table_iter_next(&iter, &dialog, NULL)) {
        nua_handle_destroy(((SipDialog *) dialog)->handle);
        ((SipDialog *) dialog)->handle = NULL;
    }
}

static void destroy_stack(SipPool *pool, SipStack *stack) {
    if (g_hash_table_size(stack->dialogs) > 0)
        disown_dialogs(stack);
    nua_destroy(stack->nua);
    stack->nua = NULL;
    if (stack->refs == 0 || pool->stopping) {
        g_ptr_array_remove_fast(pool->stacks, stack);
        if (g_hash_table_size(stack->dialogs) == 0)
            dispose(stack);
    }
}

/* Not inside of NUA's callback, in which it can't be destroyed. */
static gboolean on_reap(void *userdata) {
    SipPool *pool = userdata;

    pool->stop_source = 0;
    for (guint i = pool->stacks->len; i > 0; i--) {
        SipStack *stack = g_ptr_array_index(pool->stacks, i - 1);

        if (stack->is_down)
            destroy_stack(pool, stack);
    }
    return G_SOURCE_REMOVE;
}

static void reap_later(SipPool *pool) {
    if (pool->stop_source == 0)
        pool->stop_source = g_idle_add(on_reap, pool);
}

static void on_shut_down(SipStack *stack, int status) {
    if (status < 200)
        return;
    stack->is_down = true;
    reap_later(stack->pool);
}

static void take_leave(SipPool *pool) {
    pool->stopping = true;
    for (guint i = 0; i < pool->stacks->len; i++) {
        SipStack *stack = g_ptr_array_index(pool->stacks, i);

        if (stack->refs > 0)
            nua_shutdown(stack->nua);
    }
    reap_later(pool);
}

/* At the very end only: the loop turns until all have taken leave. */
SipPool *sip_pool_free(SipPool *pool) {
    gint64 until = g_get_monotonic_time() + STOP_TIMEOUT_S * G_USEC_PER_SEC;

    if (!pool)
        return NULL;
    take_leave(pool);
    while (pool->stacks->len > 0 && g_get_monotonic_time() < until)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(pool->guard_tick); /* by it the loop turned, even if the stack says nothing */
    if (pool->stop_source > 0)
        g_source_remove(pool->stop_source);
    if (pool->stacks->len == 0) {
        g_source_destroy(pool->source);
        su_root_destroy(pool->root);
    } else
        log_warning("sip: a stack did not end in %d s; it is left behind", STOP_TIMEOUT_S);
    g_ptr_array_unref(pool->stacks);
    g_free(pool);
    return NULL;
}
