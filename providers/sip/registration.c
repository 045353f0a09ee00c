/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Registration: finding the way, asking, being registered, and waiting for another try.
 *
 * The stack gives up after 32 seconds, and has one word for whatever was wrong. So a probe has a look as soon as an answer is late, or when
 * the stack gave up by itself. The stack also asks name servers only. So where no service records are asked for (RFC 3263: a port was
 * given), or where the system knows the name from elsewhere, it is told the address (as "maddr": certificates are still checked for the name).
 */
#include "providers/sip/registration.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "providers/sip/backoff.h"
#include "providers/sip/credential.h"
#include "providers/sip/probe.h"
#include "service/log.h"

#define LATE_MS 1200 /* an answer that is not there by then is looked after */
#define LEAVE_MS 2000
#define PASSWORD_TICK_MS 2000

/* A registrar that was started anew may have lost a registration, and answers all else as if nothing were. */
#define REFRESH_MAX_S 120

typedef enum Phase {
    PHASE_IDLE,
    PHASE_FINDING,
    PHASE_ASKING,
    PHASE_REGISTERED,
    PHASE_WAITING,
    PHASE_LEAVING,
} Phase;

struct Registration {
    SipLine *line;
    RegistrationTold told;
    void *userdata;
    Phase phase;
    SipDialog *dialog; /* NULL: nothing was asked yet */
    Probe *probe;
    guint timer, refresh;
    guint password_tick; /* while the password is what is wrong: has a look whether it is another one */
    uint64_t password_stamp;
    Backoff backoff;
    char *next_hop;
    bool by_address;   /* the stack is told the address of the next hop */
    bool had_password;
    Trouble given_up;  /* what the stack said before the probe had a look */
    char *words;       /* with it */
    char *last_text;   /* that was told */
    void (*left)(void *userdata);
    void *left_userdata;
};

static void begin(Registration *registration);
static void ask(Registration *registration);

Registration *registration_new(SipLine *line, RegistrationTold told, void *userdata) {
    Registration *registration = g_new0(Registration, 1);

    registration->line = line;
    registration->told = told;
    registration->userdata = userdata;
    return registration;
}

static void stop_source(guint *source) {
    if (*source != 0)
        g_source_remove(*source);
    *source = 0;
}

static void stop_timer(Registration *registration) {
    stop_source(&registration->timer);
    stop_source(&registration->refresh);
    stop_source(&registration->password_tick);
}

static void stop_probe(Registration *registration) {
    registration->probe = probe_free(registration->probe);
}

static void drop_dialog(Registration *registration) {
    registration->dialog = sip_dialog_free(registration->dialog);
}

Registration *registration_free(Registration *registration) {
    if (!registration)
        return NULL;
    stop_timer(registration);
    stop_probe(registration);
    drop_dialog(registration);
    g_free(registration->next_hop);
    g_free(registration->words);
    g_free(registration->last_text);
    g_free(registration);
    return NULL;
}

const char *registration_next_hop(const Registration *registration) {
    return registration->next_hop;
}

static const SipServer *first_hop(const Registration *registration) {
    const SipAccount *account = sip_line_account(registration->line);

    return account->proxy.host.name ? &account->proxy : &account->registrar;
}

static void tell(Registration *registration, Trouble trouble, const char *detail) {
    g_autofree char *text = trouble_text(trouble, first_hop(registration)->host.name, detail);

    if (g_strcmp0(text, registration->last_text) == 0)
        return;
    g_free(registration->last_text);
    registration->last_text = g_strdup(text);
    registration->told(trouble, text, registration->userdata);
}

static gboolean on_retry(gpointer userdata) {
    Registration *registration = userdata;

    registration->timer = 0;
    begin(registration);
    return G_SOURCE_REMOVE;
}

static gboolean on_password_tick(gpointer userdata) {
    Registration *registration = userdata;

    if (credential_stamp(sip_line_account(registration->line)) == registration->password_stamp)
        return G_SOURCE_CONTINUE;
    registration->password_tick = 0;
    registration->backoff = (Backoff) { 0 };
    begin(registration);
    return G_SOURCE_REMOVE;
}

/* Whoever puts the password right need not wait for the next try. */
static void watch_password(Registration *registration, Trouble trouble) {
    if (trouble == TROUBLE_WRONG_PASSWORD || trouble == TROUBLE_PASSWORD_UNREADABLE || trouble == TROUBLE_FORBIDDEN)
        registration->password_tick = g_timeout_add(PASSWORD_TICK_MS, on_password_tick, registration);
}

static void fail(Registration *registration, Trouble trouble, const char *detail, unsigned retry_after_s) {
    uint64_t ms = backoff_fail(&registration->backoff, trouble_is_lasting(trouble), retry_after_s, g_random_int());

    stop_timer(registration);
    stop_probe(registration);
    drop_dialog(registration);
    registration->phase = PHASE_WAITING;
    registration->timer = g_timeout_add((guint) ms, on_retry, registration);
    watch_password(registration, trouble);
    log_debug("sip: line %s: trouble %d, again in %u ms", line_name(sip_line_token(registration->line)), trouble, (unsigned) ms);
    tell(registration, trouble, detail);
}

/* ---- Looking after an answer that does not come ---- */

/* "sip:host:port;maddr=192.0.2.1;transport=tcp": what the stack need not look up. */
static void set_next_hop(Registration *registration, const char *address, uint16_t port) {
    const SipAccount *account = sip_line_account(registration->line);
    bool is_first = !account->proxy.host.name;

    g_free(registration->next_hop);
    if (registration->by_address)
        registration->next_hop = g_strdup_printf(strchr(address, ':') ? "sip:%s:%u;maddr=[%s];transport=%s" :
                                                                       "sip:%s:%u;maddr=%s;transport=%s",
                                                 first_hop(registration)->host.name, port, address,
                                                 sip_transport_to_string(account->transport));
    else
        registration->next_hop = is_first ? sip_account_registrar_uri(account) : sip_account_proxy_uri(account);
}

/* Where service records lead to several servers, the stack tries one after the other: it is helped only if it does not find them. */
static bool needs_address(const Registration *registration, const ProbeResult *result) {
    if (registration->by_address || !result->address || sip_host_is_numeric(first_hop(registration)->host.name))
        return false;
    return !result->is_service || (registration->given_up != TROUBLE_NONE && registration->given_up != TROUBLE_NO_ANSWER);
}

static void on_probed(const ProbeResult *result, void *userdata) {
    Registration *registration = userdata;
    Trouble given_up = registration->given_up;

    stop_probe(registration);
    if (result->trouble != TROUBLE_NONE) {
        g_autofree char *detail = g_strdup(result->detail);

        fail(registration, result->trouble, detail, 0);
    } else if (needs_address(registration, result)) {
        registration->by_address = true;
        set_next_hop(registration, result->address, result->port);
        drop_dialog(registration);
        ask(registration);
    } else if (given_up != TROUBLE_NONE)
        fail(registration, given_up, registration->words, 0);
    else
        tell(registration, TROUBLE_NO_ANSWER, NULL);
}

static void look(Registration *registration) {
    const SipAccount *account = sip_line_account(registration->line);
    const ProbeTarget target = { first_hop(registration)->host, account->transport, account->tls_ca_file, PROBE_ALL };

    if (!registration->probe)
        registration->probe = probe_new(&target, on_probed, registration);
}

static gboolean on_late(gpointer userdata) {
    Registration *registration = userdata;

    registration->timer = 0;
    look(registration);
    return G_SOURCE_REMOVE;
}

/* ---- Asking ---- */

static void on_refused(Registration *registration, const SipEvent *event) {
    g_autofree char *words = g_strdup_printf("SIP %d %s", event->status, event->phrase);
    unsigned retry_after_s = event->sip && event->sip->sip_retry_after ? (unsigned) event->sip->sip_retry_after->af_delta : 0;
    Trouble trouble = trouble_from_status(event->status, registration->had_password);

    if (event->sip) {
        fail(registration, trouble, words, retry_after_s);
        return;
    }
    /* The stack's own word says little. */
    g_free(registration->words);
    registration->words = TAKE_PTR(words);
    registration->given_up = trouble;
    drop_dialog(registration);
    look(registration);
}

/* What the registrar says of our Contact, else of all. */
static unsigned read_granted_s(const Registration *registration, const sip_t *sip) {
    const char *own = sip_line_contact(registration->line);

    for (const sip_contact_t *contact = sip ? sip->sip_contact : NULL; contact; contact = contact->m_next)
        if (g_strcmp0(contact->m_url->url_user, own) == 0 && contact->m_expires)
            return (unsigned) CLAMP(atoi(contact->m_expires), 0, INT_MAX);
    return sip && sip->sip_expires ? (unsigned) sip->sip_expires->ex_delta : sip_line_account(registration->line)->expires_s;
}

unsigned registration_refresh_s(unsigned granted_s) {
    return CLAMP(granted_s / 2, 1, REFRESH_MAX_S);
}

/* As when the stack does it by itself: only what is answered counts. */
static gboolean on_refresh(gpointer userdata) {
    Registration *registration = userdata;
    const SipAccount *account = sip_line_account(registration->line);
    g_autofree char *domain = sip_account_domain_uri(account);

    registration->refresh = 0;
    sip_dialog_register(registration->dialog, domain, account->expires_s);
    return G_SOURCE_REMOVE;
}

static void on_registered(Registration *registration, const sip_t *sip) {
    unsigned refresh_s = registration_refresh_s(read_granted_s(registration, sip));

    stop_timer(registration);
    stop_probe(registration);
    registration->phase = PHASE_REGISTERED;
    registration->backoff = (Backoff) { 0 };
    sip_line_learn_realms(registration->line, sip_dialog_realms(registration->dialog));
    registration->refresh = g_timeout_add_seconds(refresh_s, on_refresh, registration);
    tell(registration, TROUBLE_NONE, NULL);
}

static gboolean on_left(gpointer userdata) {
    Registration *registration = userdata;

    registration->timer = 0;
    registration->left(registration->left_userdata);
    return G_SOURCE_REMOVE;
}

static void on_event(SipDialog *dialog, const SipEvent *event, void *userdata) {
    Registration *registration = userdata;

    if (event->kind != SIP_EVENT_RESPONSE || event->method != sip_method_register || event->status < 200)
        return;
    if (registration->phase == PHASE_LEAVING) {
        stop_timer(registration);
        registration->timer = g_idle_add(on_left, registration);
    } else if (event->status < 300)
        on_registered(registration, event->sip);
    else
        on_refused(registration, event);
}

static SipDialog *new_dialog(Registration *registration) {
    const SipAccount *account = sip_line_account(registration->line);
    g_autofree char *address = g_strdup_printf("<%s>", sip_line_address(registration->line));
    const SipDialogConfig config = { .from = address, .to = address, .contact_user = sip_line_contact(registration->line),
                                     .next_hop = registration->next_hop };

    g_assert(account->registrar.host.name);
    return sip_dialog_new(sip_line_stack(registration->line), &config, on_event, registration);
}

/* A dialog that is there already goes on, so that the registrar sees the same one again. */
static void ask(Registration *registration) {
    const SipAccount *account = sip_line_account(registration->line);
    g_autofree char *domain = sip_account_domain_uri(account), *why = NULL;
    _cleanup_(credential_freep) char *password = NULL;

    registration->password_stamp = credential_stamp(account);
    if (credential_read(account, &password, &why) < 0) {
        fail(registration, TROUBLE_PASSWORD_UNREADABLE, why, 0);
        return;
    }
    if (registration->dialog && sip_dialog_stack(registration->dialog) != sip_line_stack(registration->line))
        drop_dialog(registration);
    if (!registration->dialog)
        registration->dialog = new_dialog(registration);
    if (!registration->dialog) {
        fail(registration, TROUBLE_ADDRESS_IN_USE, NULL, 0);
        return;
    }
    registration->had_password = password != NULL;
    registration->given_up = TROUBLE_NONE;
    registration->phase = PHASE_ASKING;
    sip_dialog_set_credentials(registration->dialog, &(SipCredentials) { account->auth_user, password, NULL });
    sip_dialog_register(registration->dialog, domain, account->expires_s);
    stop_timer(registration);
    registration->timer = g_timeout_add(LATE_MS, on_late, registration);
}

/* ---- Finding the way ---- */

static void on_way(const ProbeResult *result, void *userdata) {
    Registration *registration = userdata;
    const SipStack *stack;
    int r;

    stop_probe(registration);
    if (result->trouble != TROUBLE_NONE) {
        g_autofree char *detail = g_strdup(result->detail);

        fail(registration, result->trouble, detail, 0);
        return;
    }
    set_next_hop(registration, result->address, result->port);
    sip_line_set_network(registration->line, result->addresses);
    stack = sip_line_stack(registration->line);
    r = sip_line_listen(registration->line, result->local);
    /* What else was asked of the registrar went with the old one, and is asked again once this is told. */
    if (stack && stack != sip_line_stack(registration->line))
        g_clear_pointer(&registration->last_text, g_free);
    if (r < 0)
        fail(registration, TROUBLE_ADDRESS_IN_USE, g_strerror(-r), 0);
    else
        ask(registration);
}

/* A certificate is looked at before the stack is asked: with each one that it refuses it loses memory. */
static void begin(Registration *registration) {
    const SipAccount *account = sip_line_account(registration->line);
    bool is_known = account->transport != SIP_TRANSPORT_TLS || registration->phase == PHASE_REGISTERED;
    const ProbeTarget target = { first_hop(registration)->host, account->transport, account->tls_ca_file,
                                 is_known ? PROBE_WAY : PROBE_ALL };

    if (!registration->last_text)
        tell(registration, TROUBLE_STARTING, NULL);
    stop_timer(registration);
    stop_probe(registration);
    if (target.host.port != 0 && !sip_host_is_numeric(target.host.name))
        registration->by_address = true;
    registration->phase = PHASE_FINDING;
    registration->probe = probe_new(&target, on_way, registration);
}

void registration_wake(Registration *registration) {
    if (registration->phase == PHASE_LEAVING)
        return;
    registration->backoff = (Backoff) { 0 };
    begin(registration);
}

void registration_leave(Registration *registration, void (*left)(void *userdata), void *userdata) {
    bool is_known = registration->phase == PHASE_REGISTERED && registration->dialog;
    g_autofree char *domain = sip_account_domain_uri(sip_line_account(registration->line));

    stop_timer(registration);
    stop_probe(registration);
    registration->phase = PHASE_LEAVING;
    registration->left = left;
    registration->left_userdata = userdata;
    if (is_known)
        sip_dialog_unregister(registration->dialog, domain);
    registration->timer = g_timeout_add(is_known ? LEAVE_MS : 0, on_left, registration);
}
