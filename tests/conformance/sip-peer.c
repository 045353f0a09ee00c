/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipPeer: as much of SIP as a script needs; the test is the user agent. */
#include "tests/conformance/sip-peer.h"

#include <arpa/inet.h>
#include <check.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/conformance/world.h"

#define MESSAGE_MAX 8192
#define PORT_OF_LINES 5060

struct SipPeer {
    int fd;
    struct sockaddr_in own, lines;
    char *uri, *contact, *line_uri, *tag, *call_id;
    char *line_to;                   /* To of an INVITE that begins */
    char *remote_to, *remote_target; /* of the dialog: To of ours, the Request-URI */
    char *last, *sent;
    GHashTable *requests; /* the last of each method that came */
    bool is_repeated;     /* the last message came before: our answer takes its time on a busy machine */
    unsigned cseq, invite_cseq, branch, invite_branch;
};

SipPeer *sip_peer_new(const char *address, const char *number) {
    SipPeer *peer = g_new0(SipPeer, 1);
    socklen_t size = sizeof(peer->own);

    peer->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    peer->own.sin_family = peer->lines.sin_family = AF_INET;
    inet_pton(AF_INET, address, &peer->own.sin_addr);
    peer->lines.sin_addr = peer->own.sin_addr;
    peer->lines.sin_port = htons(PORT_OF_LINES);
    ck_assert_int_eq(bind(peer->fd, (struct sockaddr *) &peer->own, size), 0);
    ck_assert_int_eq(getsockname(peer->fd, (struct sockaddr *) &peer->own, &size), 0);
    peer->uri = g_strdup_printf("sip:peer@%s:%u", address, ntohs(peer->own.sin_port));
    peer->line_uri = g_strdup_printf("sip:%s@%s", number, address);
    peer->tag = g_strdup_printf("peer%x", g_random_int());
    peer->call_id = g_strdup_printf("script-%x", g_random_int());
    peer->line_to = g_strdup_printf("<%s>", peer->line_uri);
    peer->remote_to = g_strdup(peer->line_to);
    peer->remote_target = g_strdup(peer->line_uri);
    peer->requests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return peer;
}

SipPeer *sip_peer_free(SipPeer *peer) {
    close(peer->fd);
    g_hash_table_unref(peer->requests);
    g_free(peer->uri);
    g_free(peer->contact);
    g_free(peer->line_uri);
    g_free(peer->tag);
    g_free(peer->call_id);
    g_free(peer->line_to);
    g_free(peer->remote_to);
    g_free(peer->remote_target);
    g_free(peer->last);
    g_free(peer->sent);
    g_free(peer);
    return NULL;
}

void sip_peer_set_contact(SipPeer *peer, const char *uri) {
    g_free(peer->contact);
    peer->contact = g_strdup(uri);
}

const char *sip_peer_uri(const SipPeer *peer) {
    return peer->uri;
}

void sip_peer_follow(SipPeer *peer, const char *address) {
    inet_pton(AF_INET, address, &peer->lines.sin_addr);
}

/* ---- Messages ---- */

static char *header_of(const char *message, const char *name) {
    g_autofree char *key = g_strdup_printf("\r\n%s: ", name);
    const char *at = strstr(message, key), *end = at ? strstr(at + 2, "\r\n") : NULL;

    return end ? g_strndup(at + strlen(key), (size_t) (end - at) - strlen(key)) : NULL;
}

char *sip_peer_header(const SipPeer *peer, const char *name) {
    return header_of(peer->last, name);
}

static void replace(char **text, char *by) {
    g_free(*text);
    *text = by;
}

static bool is_of(const char *message, const char *method) {
    g_autofree char *cseq = header_of(message, "CSeq");

    return !method || (cseq && g_str_has_suffix(cseq, method));
}

/* The dialog is with whoever sent this; its tag is in From of a request, in To of an answer to the INVITE. */
static void learn(SipPeer *peer, const char *message) {
    bool is_response = g_str_has_prefix(message, "SIP/2.0");
    g_autofree char *contact = header_of(message, "Contact"), *who = header_of(message, is_response ? "To" : "From");
    g_autofree char *id = header_of(message, "Call-ID");

    if (is_response && !is_of(message, " INVITE"))
        return;
    if (contact && contact[0] == '<')
        replace(&peer->remote_target, g_strndup(contact + 1, strcspn(contact + 1, ">")));
    if (who && strstr(who, ";tag="))
        replace(&peer->remote_to, g_steal_pointer(&who));
    if (id)
        replace(&peer->call_id, g_steal_pointer(&id));
}

/* An ACK comes again with each answer that is repeated, and a test may wait for that. */
static void note_request(SipPeer *peer, const char *message) {
    char *method = g_strndup(message, strcspn(message, " "));

    peer->is_repeated = strcmp(method, "ACK") != 0 && g_strcmp0(g_hash_table_lookup(peer->requests, method), message) == 0;
    g_hash_table_replace(peer->requests, method, g_strdup(message));
}

static bool receive(SipPeer *peer) {
    char buffer[MESSAGE_MAX];
    ssize_t size = recv(peer->fd, buffer, sizeof(buffer) - 1, 0);

    if (size <= 0)
        return false;
    buffer[size] = '\0';
    replace(&peer->last, g_strdup(buffer));
    learn(peer, buffer);
    peer->is_repeated = false;
    if (!g_str_has_prefix(buffer, "SIP/2.0"))
        note_request(peer, buffer);
    return true;
}

const char *sip_peer_await(SipPeer *peer, const char *begin, const char *method) {
    g_autofree char *what = g_strdup_printf("%s (%s) at the peer", begin, method ? method : "any");

    world_begin_wait();
    for (;;) {
        while (receive(peer)) {
            if (!peer->is_repeated && g_str_has_prefix(peer->last, begin) && is_of(peer->last, method))
                return peer->last;
        }
        world_turn(what);
    }
}

const char *sip_peer_expect(SipPeer *peer, const char *begin) {
    world_begin_wait();
    while (!receive(peer) || peer->is_repeated)
        world_turn(begin);
    ck_assert_msg(g_str_has_prefix(peer->last, begin), "expected %s, but there came: %s", begin, peer->last);
    return peer->last;
}

void sip_peer_expect_none(SipPeer *peer, const char *begin, unsigned ms) {
    gint64 until = g_get_monotonic_time() + ms * G_GINT64_CONSTANT(1000);

    while (g_get_monotonic_time() < until) {
        while (receive(peer))
            ck_assert_msg(peer->is_repeated || !g_str_has_prefix(peer->last, begin), "there came: %s", peer->last);
        world_pause();
    }
}

static void send_text(SipPeer *peer, char *text) {
    ck_assert_int_eq(sendto(peer->fd, text, strlen(text), 0, (struct sockaddr *) &peer->lines, sizeof(peer->lines)),
                     (ssize_t) strlen(text));
    replace(&peer->sent, text);
}

void sip_peer_repeat(SipPeer *peer) {
    send_text(peer, g_strdup(peer->sent));
}

void sip_peer_say(SipPeer *peer, const char *text) {
    g_auto(GStrv) parts = g_strsplit(text, "%h", -1);

    send_text(peer, g_strjoinv(peer->uri + strlen("sip:peer@"), parts));
}

void sip_peer_respond_as(SipPeer *peer, const char *tag, const char *method, int status, const char *more, const char *sdp) {
    const char *request = g_hash_table_lookup(peer->requests, method);
    g_autofree char *via = NULL, *from = NULL, *to = NULL, *call_id = NULL, *cseq = NULL, *contact = NULL;

    ck_assert_msg(request, "no %s came", method);
    via = header_of(request, "Via");
    from = header_of(request, "From");
    to = header_of(request, "To");
    call_id = header_of(request, "Call-ID");
    cseq = header_of(request, "CSeq");
    /* Where else to try is for the test to say. */
    contact = status < 300 ? g_strdup_printf("Contact: <%s>\r\n", peer->contact ? peer->contact : peer->uri) : g_strdup("");
    send_text(peer, g_strdup_printf("SIP/2.0 %d Scripted\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
                                    "%s%s%sContent-Length: %zu\r\n\r\n%s",
                                    status, via, from, to, strstr(to, ";tag=") || status == 100 ? "" : ";tag=",
                                    strstr(to, ";tag=") || status == 100 ? "" : tag[0] ? tag : peer->tag, call_id, cseq, contact,
                                    more ? more : "", sdp ? "Content-Type: application/sdp\r\n" : "", sdp ? strlen(sdp) : 0,
                                    sdp ? sdp : ""));
}

void sip_peer_respond(SipPeer *peer, const char *method, int status, const char *more, const char *sdp) {
    sip_peer_respond_as(peer, "", method, status, more, sdp);
}

void sip_peer_request(SipPeer *peer, const char *method, const char *more, const char *type, const char *body) {
    bool is_invite = strcmp(method, "INVITE") == 0, is_cancel = strcmp(method, "CANCEL") == 0;
    bool is_of_invite = is_cancel || strcmp(method, "ACK") == 0;
    g_autofree char *content = type ? g_strdup_printf("Content-Type: %s\r\n", type) : g_strdup("");
    unsigned cseq = is_of_invite ? peer->invite_cseq : ++peer->cseq;
    unsigned branch = is_cancel ? peer->invite_branch : ++peer->branch;

    if (is_invite) {
        peer->invite_cseq = cseq;
        peer->invite_branch = branch;
    }
    send_text(peer, g_strdup_printf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK-%s-%u\r\nMax-Forwards: 70\r\n"
                                    "From: \"Peer\" <%s>;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u %s\r\nContact: <%s>\r\n"
                                    "%s%sContent-Length: %zu\r\n\r\n%s",
                                    method, is_cancel ? peer->line_uri : peer->remote_target, peer->uri + strlen("sip:peer@"),
                                    peer->tag, branch, peer->uri, peer->tag,
                                    is_cancel ? peer->line_to : peer->remote_to,
                                    peer->call_id, cseq, method, peer->contact ? peer->contact : peer->uri, more ? more : "", content, body ? strlen(body) : 0,
                                    body ? body : ""));
}

void sip_peer_part(SipPeer *peer, unsigned ms) {
    gint64 until = g_get_monotonic_time() + ms * G_GINT64_CONSTANT(1000);

    while (g_get_monotonic_time() < until) {
        while (receive(peer))
            if (g_str_has_prefix(peer->last, "BYE "))
                sip_peer_respond(peer, "BYE", 200, NULL, NULL);
        world_pause();
    }
}
