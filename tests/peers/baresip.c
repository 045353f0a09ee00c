/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* baresip: its configuration, and the socket on which it is told what to do. */
#include "tests/peers/baresip.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/cleanup.h"

#define HOME "127.0.0.1"
#define MODULES "/usr/lib/baresip/modules"

enum { PORT_MIN = 10000, PORT_MAX = 19999 };

struct Baresip {
    Peer *peer;
    char *uri;
    const char *folder;
    int fd;
    GString *input;
    GPtrArray *events; /* texts; those that were waited for are kept, too */
    GPtrArray *seen;
};

static const char config[] =
    "poll_method epoll\nsip_listen " HOME ":%u\nnet_interface " HOME "\ncall_local_timeout 120\ncall_max_calls 16\n"
    "audio_source ausine,%u\naudio_player aubridge,ear\naudio_alert aubridge,bell\n"
    "ausrc_srate 48000\nauplay_srate 48000\nausrc_channels 2\nauplay_channels 2\n"
    "rtp_ports 20000-32000\nrtp_timeout 0\njitter_buffer_delay 2-5\nsnd_path %s\nctrl_tcp_listen " HOME ":%u\n"
    "module_path " MODULES "\nmodule g711.so\nmodule g722.so\nmodule opus.so\nmodule ausine.so\nmodule aubridge.so\nmodule sndfile.so\n"
    "module srtp.so\nmodule_tmp account.so\nmodule_app ctrl_tcp.so\nmodule_app menu.so\n";

/* Free just now, for UDP and TCP, and none that the kernel gives to others. */
static uint16_t find_port(void) {
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    _cleanup_close_ int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    in.sin_port = htons((uint16_t) g_random_int_range(PORT_MIN, PORT_MAX + 1));
    if (bind(udp, (struct sockaddr *) &in, sizeof(in)) < 0 || bind(tcp, (struct sockaddr *) &in, sizeof(in)) < 0)
        return find_port();
    return ntohs(in.sin_port);
}

static void write_files(Baresip *baresip, const BaresipOptions *options, uint16_t port, uint16_t control) {
    g_autofree char *text = g_strdup_printf(config, port, options->hz ? options->hz : 440, baresip->folder, control);
    g_autofree char *host = options->registrar ? g_strdup(options->registrar) : g_strdup_printf(HOME ":%u", port);
    g_autofree char *password = options->password ? g_strdup_printf(";auth_pass=%s", options->password) : g_strdup("");
    g_autofree char *account =
        g_strdup_printf("<sip:%s@%s>;regint=%u;answermode=%s%s%s\n", options->user, host, options->registrar ? 600 : 0,
                        options->answers ? "auto" : "manual", password, options->parameters ? options->parameters : "");

    peer_write(baresip->folder, "config", text);
    peer_write(baresip->folder, "accounts", account);
    peer_write(baresip->folder, "contacts", "");
    baresip->uri = g_strdup_printf("sip:%s@%s", options->user, host);
}

static int connect_to(uint16_t port) {
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    if (connect(fd, (struct sockaddr *) &in, sizeof(in)) < 0)
        peers_fail("baresip's socket: %s", g_strerror(errno));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

Baresip *baresip_start(const BaresipOptions *options) {
    Baresip *baresip = g_new0(Baresip, 1);
    uint16_t port = find_port(), control = find_port();
    const char *argv[] = { "baresip", "-f", ".", "-v", NULL };

    baresip->folder = peer_folder("baresip");
    baresip->input = g_string_new(NULL);
    baresip->events = g_ptr_array_new_with_free_func(g_free);
    baresip->seen = g_ptr_array_new();
    write_files(baresip, options, port, control);
    baresip->peer = peer_start(baresip->folder, argv);
    peer_await_listening(baresip->peer, HOME, control, /* tcp= */ true);
    baresip->fd = connect_to(control);
    if (options->registrar)
        peer_await(baresip->peer, "200 OK");
    return baresip;
}

Baresip *baresip_free(Baresip *baresip) {
    close(baresip->fd);
    peer_stop(baresip->peer);
    g_ptr_array_unref(baresip->events);
    g_ptr_array_unref(baresip->seen);
    g_string_free(baresip->input, TRUE);
    g_free(baresip->uri);
    g_free(baresip);
    return NULL;
}

Peer *baresip_peer(const Baresip *baresip) {
    return baresip->peer;
}

const char *baresip_uri(const Baresip *baresip) {
    return baresip->uri;
}

/* ---- The socket: netstrings of JSON ---- */

void baresip_command(Baresip *baresip, const char *command, const char *parameters) {
    g_autofree char *json = g_strdup_printf("{\"command\":\"%s\",\"params\":\"%s\",\"token\":\"test\"}", command,
                                            parameters ? parameters : "");
    g_autofree char *text = g_strdup_printf("%zu:%s,", strlen(json), json);

    ck_assert_int_eq(write(baresip->fd, text, strlen(text)), (ssize_t) strlen(text));
}

/* "LENGTH:TEXT," */
static bool take_netstring(Baresip *baresip) {
    char *colon = strchr(baresip->input->str, ':');
    size_t length, begin;

    if (!colon)
        return false;
    length = (size_t) g_ascii_strtoull(baresip->input->str, NULL, 10);
    begin = (size_t) (colon + 1 - baresip->input->str);
    if (baresip->input->len < begin + length + 1)
        return false;
    g_ptr_array_add(baresip->events, g_strndup(colon + 1, length));
    g_string_erase(baresip->input, 0, (gssize) (begin + length + 1));
    return true;
}

static void read_events(Baresip *baresip) {
    char buffer[4096];
    ssize_t n;

    while ((n = read(baresip->fd, buffer, sizeof(buffer))) > 0)
        g_string_append_len(baresip->input, buffer, n);
    while (take_netstring(baresip))
        ;
}

static const char *find_event(Baresip *baresip, const char *type, const char *text) {
    g_autofree char *word = g_strdup_printf("\"type\":\"%s\"", type);

    read_events(baresip);
    for (guint i = 0; i < baresip->events->len; i++) {
        const char *event = baresip->events->pdata[i];

        if (strstr(event, word) && (!text || strstr(event, text)) && !g_ptr_array_find(baresip->seen, event, NULL))
            return event;
    }
    return NULL;
}

bool baresip_has_event(Baresip *baresip, const char *type, const char *text) {
    return find_event(baresip, type, text);
}

static char *all_events(const Baresip *baresip) {
    g_ptr_array_add(baresip->events, NULL);
    return g_strjoinv("\n", (char **) baresip->events->pdata);
}

const char *baresip_await(Baresip *baresip, const char *type, const char *text) {
    int64_t deadline = g_get_monotonic_time() + PEER_HUNG_S * G_USEC_PER_SEC;
    const char *event;

    while (!(event = find_event(baresip, type, text))) {
        struct pollfd poll_fd = { .fd = baresip->fd, .events = POLLIN };

        if (peer_has_ended(baresip->peer) || g_get_monotonic_time() > deadline)
            peers_fail("baresip does not tell %s %s; it told:\n%s", type, text ? text : "", all_events(baresip));
        poll(&poll_fd, 1, 100);
    }
    g_ptr_array_add(baresip->seen, (void *) event);
    return event;
}

/* ---- Recordings ---- */

/* The newest by its name, which is the time. */
static Sound *newest(const Baresip *baresip, const char *suffix) {
    g_autoptr(GDir) dir = g_dir_open(baresip->folder, 0, NULL);
    g_autofree char *best = NULL, *path = NULL;

    for (const char *name = dir ? g_dir_read_name(dir) : NULL; name; name = g_dir_read_name(dir))
        if (g_str_has_suffix(name, suffix) && (!best || strcmp(name, best) > 0)) {
            g_free(best);
            best = g_strdup(name);
        }
    if (!best)
        return NULL;
    path = g_build_filename(baresip->folder, best, NULL);
    return sound_read(path);
}

Sound *baresip_heard(const Baresip *baresip) {
    return newest(baresip, "-dec.wav");
}

Sound *baresip_said(const Baresip *baresip) {
    return newest(baresip, "-enc.wav");
}
