/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipLine: where it listens, whether it is in service, and what its parts need to know of each other. */
#include "providers/sip/line.h"

#include <errno.h>
#include <string.h>

#include "providers/sip/backoff.h"
#include "providers/sip/credential.h"
#include "providers/sip/desk.h"
#include "providers/sip/errand.h"
#include "providers/sip/keepalive.h"
#include "providers/sip/move.h"
#include "providers/sip/mwi.h"
#include "providers/sip/probe.h"
#include "providers/sip/registration.h"
#include "providers/sip/session-id.h"
#include "providers/sip/tls-folder.h"
#include "providers/sip/way.h"
#include "service/log.h"

#define CONTACT_SIZE (SESSION_UUID_SIZE + 1) /* random, behind a letter, so that nobody takes it for a number */
#define DIRECT_PORT 5060
#define LOST_TICK_MS 250
#define VOICE_MODES (MEDIA_BIT(MEDIA_INTERACTIVE_VOICE) | MEDIA_BIT(MEDIA_AUTOMATED_VOICE))

struct SipLine {
    Sip *sip;
    Line *token;
    SipAccount *account;
    SipStack *stack;
    char contact[CONTACT_SIZE];
    char *address;
    Desk *desk;
    Registration *registration; /* NULL: calls are direct */
    char **network;             /* numeric addresses; NULL: not known */
    char **realms;              /* that took the password; NULL: none yet */
    Probe *probe;               /* of the proxy that has them; without a registrar */
    Mwi *mwi;
    Keepalive *keepalive;
    Backoff backoff; /* of a direct line that can't listen */
    guint retry;
    bool is_in_service;
    char *lost;      /* the registration is, and why; but there are calls, which go on without it */
    guint lost_tick; /* has a look whether they are over */
    SipLineGone gone;
    void *gone_userdata;
    guint closing;
};

/* ---- Where it listens ---- */

static void give_up_stack(SipLine *line) {
    line->keepalive = keepalive_free(line->keepalive);
    line->mwi = mwi_free(line->mwi);
    line->stack = sip_stack_unref(line->stack);
}

/* Without a domain, our address is that of the machine: where it listens or, if that is everywhere, the usual one. */
static void set_address(SipLine *line) {
    g_autofree char *local = desk_media_address(line->desk, NULL);
    uint16_t port = sip_stack_port(line->stack);
    g_autofree char *host = strchr(local, ':') ? g_strdup_printf("[%s]:%u", local, port) : g_strdup_printf("%s:%u", local, port);

    g_free(line->address);
    line->address = sip_account_address(line->account, host);
}

/* What is connected comes along. */
static void change_stack(SipLine *line, SipStack *stack) {
    SipStack *before = line->stack;

    line->keepalive = keepalive_free(line->keepalive);
    line->mwi = mwi_free(line->mwi);
    line->stack = stack;
    set_address(line);
    if (before)
        move_calls(line->desk, stack);
    sip_stack_unref(before);
}

int sip_line_listen(SipLine *line, const char *local) {
    const SipAccount *account = line->account;
    bool is_tls = account->transport == SIP_TRANSPORT_TLS;
    SipListen listen = { account->listen.name ? account->listen.name : local, account->listen.port, is_tls, NULL };
    SipStack *stack;
    int r;

    if (listen.port == 0 && !account->registrar.host.name)
        listen.port = DIRECT_PORT;
    if (is_tls) {
        r = tls_folders_get(sip_tls_folders(line->sip), account->tls_ca_file, &listen.tls_dir);
        if (r < 0)
            return r;
    }
    stack = sip_pool_get(sip_pool(line->sip), &listen);
    if (!stack)
        return -errno;
    if (stack == line->stack) {
        sip_stack_unref(stack);
        set_address(line);
    } else
        change_stack(line, stack);
    return 0;
}

/* ---- State ---- */

static void set_state(SipLine *line, bool in_service, const char *reason) {
    line->is_in_service = in_service;
    if (!in_service)
        desk_end_calls(line->desk, CAUSE_PROVIDER_FAILED);
    provider_report_line_state(line->token, in_service ? LINE_IN_SERVICE : LINE_OUT_OF_SERVICE, reason);
}

static void forget_loss(SipLine *line) {
    if (line->lost_tick != 0)
        g_source_remove(line->lost_tick);
    line->lost_tick = 0;
    g_clear_pointer(&line->lost, g_free);
}

static gboolean on_lost_tick(gpointer userdata) {
    SipLine *line = userdata;
    g_autofree char *reason = NULL;

    if (!g_queue_is_empty(&line->desk->calls))
        return G_SOURCE_CONTINUE;
    reason = TAKE_PTR(line->lost);
    line->lost_tick = 0;
    set_state(line, false, reason);
    return G_SOURCE_REMOVE;
}

/* Who is connected needs no registrar. */
static void lose(SipLine *line, const char *reason) {
    if (!line->is_in_service || g_queue_is_empty(&line->desk->calls)) {
        set_state(line, false, reason);
        return;
    }
    line->lost = g_strdup(reason);
    line->lost_tick = g_timeout_add(LOST_TICK_MS, on_lost_tick, line);
}

/* Whether that is so, and why, an attempt to register tells. */
static void on_registrar_lost(void *userdata) {
    SipLine *line = userdata;

    if (!line->gone)
        registration_wake(line->registration);
}

static void on_told(Trouble trouble, const char *text, void *userdata) {
    SipLine *line = userdata;
    bool in_service = trouble == TROUBLE_NONE;

    forget_loss(line);
    if (in_service && !line->mwi)
        line->mwi = mwi_new(line);
    else if (!in_service)
        line->mwi = mwi_free(line->mwi);
    if (in_service && !line->keepalive)
        line->keepalive = keepalive_new(line, on_registrar_lost, line);
    else if (!in_service)
        line->keepalive = keepalive_free(line->keepalive);
    if (!in_service)
        lose(line, text);
    else if (!line->is_in_service)
        set_state(line, true, "");
}

static void open_direct(SipLine *line);

static gboolean on_retry(gpointer userdata) {
    SipLine *line = userdata;

    line->retry = 0;
    open_direct(line);
    return G_SOURCE_REMOVE;
}

static void on_proxy_found(const ProbeResult *result, void *userdata) {
    SipLine *line = userdata;

    if (result->addresses)
        sip_line_set_network(line, result->addresses);
    line->probe = probe_free(line->probe);
}

static void look_for_proxy(SipLine *line) {
    const SipAccount *account = line->account;
    const ProbeTarget target = { account->proxy.host, account->transport, account->tls_ca_file, PROBE_WAY };

    if (account->proxy.host.name && !line->probe)
        line->probe = probe_new(&target, on_proxy_found, line);
}

static void open_direct(SipLine *line) {
    g_autofree char *found = way_local_usual(/* is_ipv6= */ false), *text = NULL;
    const char *local = found ? found : "127.0.0.1", *where = line->account->listen.name ? line->account->listen.name : local;
    int r;

    /* The network may come back, and who is connected with it. */
    if (!found && line->stack)
        return;
    r = sip_line_listen(line, local);
    look_for_proxy(line);
    if (line->retry != 0)
        g_source_remove(line->retry);
    line->retry = 0;
    if (r >= 0) {
        line->backoff = (Backoff) { 0 };
        if (!line->is_in_service)
            set_state(line, true, "");
        return;
    }
    line->retry = g_timeout_add((guint) backoff_fail(&line->backoff, false, 0, g_random_int()), on_retry, line);
    text = trouble_text(TROUBLE_ADDRESS_IN_USE, where, g_strerror(-r));
    set_state(line, false, text);
}

void sip_line_wake(SipLine *line) {
    if (line->gone)
        return;
    if (line->registration)
        registration_wake(line->registration);
    else
        open_direct(line);
}

/* ---- Life ---- */

static Refusal *add_to_service(SipLine *line, const LineInfo *from) {
    g_autofree char *own = sip_account_address(line->account, "");
    const char *const addresses[] = { own, NULL };
    LineInfo able = *from, *info = &able;
    int r;

    able.without |= desk_missing(line->account);
    able.media_modes &= VOICE_MODES;
    if (able.media_modes == 0)
        return refuse(REFUSAL_INVALID_ARGS, "MediaModes: a SIP line has interactive-voice and automated-voice, and no others");
    /* Who calls it at the registrar dials this; where there is none it is at an address of the machine, which may change. */
    if (!able.addresses[0] && line->account->registrar.host.name && line->account->domain)
        able.addresses = addresses;
    r = provider_add_line(sip_provider(line->sip), info, &line->token);

    if (r == -EEXIST)
        return refuse(REFUSAL_CONFLICT, "There is a line named %s already", info->name);
    if (r < 0)
        return refuse(REFUSAL_PROVIDER_FAILED, "Line %s can't be added: %s", info->name, g_strerror(-r));
    line_set_provider_data(line->token, line);
    line->desk->token = line->token;
    return NULL;
}

/* Who knows it can call past the registrar: it must not follow from what else we say to others. */
static void make_contact(SipLine *line) {
    char uuid[SESSION_UUID_SIZE];

    session_uuid_mint(uuid);
    g_snprintf(line->contact, sizeof(line->contact), "c%s", uuid);
}

Refusal *sip_line_new(Sip *sip, const LineConfig *config, SipAccount *account, SipLine **ret) {
    SipLine *line = g_new0(SipLine, 1);
    Refusal *refusal;

    line->sip = sip;
    line->account = account;
    /* The desk takes its time to find the sound, so it comes first: a line that is added is in service until it tells otherwise. */
    line->desk = desk_new(line, &config->info);
    refusal = add_to_service(line, &config->info);
    if (refusal) {
        desk_free(line->desk);
        g_free(line);
        return refusal;
    }
    line->is_in_service = true;
    line->address = sip_account_address(account, "localhost");
    make_contact(line);
    if (account->registrar.host.name)
        line->registration = registration_new(line, on_told, line);
    sip_line_wake(line);
    *ret = line;
    return NULL;
}

SipLine *sip_line_free(SipLine *line) {
    if (!line)
        return NULL;
    if (line->closing != 0)
        g_source_remove(line->closing);
    if (line->retry != 0)
        g_source_remove(line->retry);
    forget_loss(line);
    desk_free(line->desk);
    registration_free(line->registration);
    probe_free(line->probe);
    give_up_stack(line);
    sip_account_free(line->account);
    g_free(line->address);
    g_strfreev(line->network);
    g_strfreev(line->realms);
    g_free(line);
    return NULL;
}

static void on_left(void *userdata) {
    SipLine *line = userdata;

    line->gone(line, line->gone_userdata);
}

/* Calls first: while one line takes leave of its registrar, the end of a call would reach another one by the network. */
static gboolean on_closing(gpointer userdata) {
    SipLine *line = userdata;

    line->closing = 0;
    errands_perform();
    desk_end_calls(line->desk, CAUSE_SERVICE_RESTARTED);
    if (line->registration)
        registration_leave(line->registration, on_left, line);
    else
        on_left(line);
    return G_SOURCE_REMOVE;
}

void sip_line_close(SipLine *line, SipLineGone gone, void *userdata) {
    forget_loss(line);
    line->is_in_service = false;
    line->gone = gone;
    line->gone_userdata = userdata;
    line->keepalive = keepalive_free(line->keepalive);
    line->mwi = mwi_free(line->mwi);
    line->closing = g_idle_add_full(G_PRIORITY_DEFAULT, on_closing, line, NULL);
}

/* ---- What it is asked ---- */

Sip *sip_line_sip(const SipLine *line) {
    return line->sip;
}

Line *sip_line_token(const SipLine *line) {
    return line->token;
}

const SipAccount *sip_line_account(const SipLine *line) {
    return line->account;
}

bool sip_line_is_in_service(const SipLine *line) {
    return line->is_in_service;
}

Desk *sip_line_desk(const SipLine *line) {
    return line->desk;
}

SipStack *sip_line_stack(const SipLine *line) {
    return line->stack;
}

const char *sip_line_contact(const SipLine *line) {
    return line->contact;
}

const char *sip_line_address(const SipLine *line) {
    return line->address;
}

const char *sip_line_next_hop(const SipLine *line) {
    return line->registration ? registration_next_hop(line->registration) : NULL;
}

/* ---- Who may ask for the password ---- */

void sip_line_learn_realms(SipLine *line, const char *const *realms) {
    if (!realms)
        return;
    g_strfreev(line->realms);
    line->realms = g_strdupv((char **) realms);
}

/* To be freed as an array; the texts are not ours. A direct line has no servers: all whom it calls are strangers. */
static const char **own_realms(const SipLine *line) {
    const SipAccount *account = line->account;
    const char *const names[] = { account->domain, account->registrar.host.name, account->proxy.host.name };
    bool is_led = account->registrar.host.name || account->proxy.host.name;
    GPtrArray *realms = g_ptr_array_new();

    if (account->realm)
        g_ptr_array_add(realms, account->realm);
    for (size_t i = 0; is_led && i < G_N_ELEMENTS(names); i++)
        if (names[i])
            g_ptr_array_add(realms, (void *) names[i]);
    for (char **realm = line->realms; realm && *realm; realm++)
        g_ptr_array_add(realms, *realm);
    g_ptr_array_add(realms, NULL);
    return (const char **) g_ptr_array_free(realms, FALSE);
}

bool sip_line_owns_realm(const SipLine *line, const char *realm) {
    g_autofree const char **realms = own_realms(line);

    for (const char **own = realms; *own; own++)
        if (g_ascii_strcasecmp(*own, realm) == 0)
            return true;
    return false;
}

void sip_line_give_credentials(const SipLine *line, SipDialog *dialog) {
    g_autofree const char **realms = own_realms(line);
    _cleanup_(credential_freep) char *password = NULL;
    g_autofree char *why = NULL;

    if (credential_read(line->account, &password, &why) < 0)
        log_warning("sip: line %s: %s", line_name(line->token), why);
    else if (password)
        sip_dialog_set_credentials(dialog, &(SipCredentials) { line->account->auth_user, password, realms });
}

/* ---- Who asks ---- */

void sip_line_set_network(SipLine *line, const char *const *addresses) {
    g_strfreev(line->network);
    line->network = g_strdupv((char **) addresses);
}

static bool is_in_network(const SipLine *line, const char *host) {
    g_autofree char *bare = host && host[0] == '[' ? g_strndup(host + 1, strcspn(host + 1, "]")) : g_strdup(host);

    return bare && line->network && g_strv_contains((const char *const *) line->network, bare);
}

bool sip_line_is_from_network(const SipLine *line, const SipEvent *event) {
    return is_in_network(line, sip_event_source(event));
}

void sip_line_give_credentials_to(const SipLine *line, SipDialog *dialog, const SipEvent *event) {
    const sip_contact_t *contact = event->sip ? event->sip->sip_contact : NULL;

    if (sip_line_is_from_network(line, event) && contact && is_in_network(line, contact->m_url->url_host))
        sip_line_give_credentials(line, dialog);
}

/* A direct line is called by its user part: nobody was told its token. */
bool sip_line_is_for(const SipLine *line, const SipStack *stack, const char *user) {
    if (stack != line->stack || !user)
        return false;
    return strcmp(user, line->contact) == 0 || (!line->registration && g_strcmp0(user, line->account->user) == 0);
}
