/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kamailio: a configuration, certificates, and a process. */
#include "tests/peers/kamailio/kamailio.h"

#include <arpa/inet.h>
#include <check.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define START_S 60

struct Kamailio {
    KamailioOptions options;
    char *folder, *host, *ca_file;
    uint16_t port, tls_port;
    GPid pid; /* 0: it does not run */
};

/* ---- Certificates ---- */

static void run(const char *folder, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void run(const char *folder, const char *format, ...) {
    g_autofree char *command = NULL, *output = NULL;
    g_auto(GStrv) argv = NULL;
    g_autoptr(GError) error = NULL;
    va_list list;
    int status;

    va_start(list, format);
    command = g_strdup_vprintf(format, list);
    va_end(list);
    ck_assert(g_shell_parse_argv(command, NULL, &argv, NULL));
    ck_assert_msg(g_spawn_sync(folder, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &output,
                               &status, &error), "%s: %s", command, error ? error->message : "");
    ck_assert_msg(status == 0, "%s: %s", command, output);
}

static void make_authority(const char *folder, const char *name) {
    run(folder, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout %s.key -out %s.pem -days 30 "
                "-subj /CN=%s", name, name, name);
}

static void make_certificate(const Kamailio *kamailio) {
    KamailioCertificate kind = kamailio->options.certificate;
    const char *folder = kamailio->folder, *name = kind == KAMAILIO_OTHER_NAME ? "other.test" : "lab.test";
    const char *authority = kind == KAMAILIO_OTHER_CA ? "stranger" : "authority";
    g_autofree char *extensions = g_build_filename(folder, "extensions", NULL);
    g_autofree char *text = g_strdup_printf("subjectAltName=DNS:%s\n", name);

    make_authority(folder, "authority");
    make_authority(folder, "stranger");
    ck_assert(g_file_set_contents(extensions, text, -1, NULL));
    run(folder, "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=%s", name);
    /* A day that is not there makes one that is over. */
    run(folder, "openssl x509 -req -in server.csr -CA %s.pem -CAkey %s.key -CAcreateserial -out server.pem -days %d -extfile extensions",
        authority, authority, kind == KAMAILIO_EXPIRED ? -1 : 30);
}

/* ---- Configuration ---- */

static const char modules[] =
    "loadmodule \"tm.so\"\nloadmodule \"sl.so\"\nloadmodule \"rr.so\"\nloadmodule \"pv.so\"\nloadmodule \"maxfwd.so\"\n"
    "loadmodule \"usrloc.so\"\nloadmodule \"registrar.so\"\nloadmodule \"textops.so\"\nloadmodule \"siputils.so\"\n"
    "loadmodule \"xlog.so\"\nloadmodule \"auth.so\"\nloadmodule \"htable.so\"\nloadmodule \"uac.so\"\n"
    "modparam(\"htable\", \"htable\", \"sent_away=>size=4;\")\n"
    "modparam(\"usrloc\", \"timer_interval\", 1)\n"
    "modparam(\"registrar\", \"min_expires\", 1)\nmodparam(\"registrar\", \"max_expires\", 7200)\n";

static const char routes[] =
    "request_route {\n"
    "    xlog(\"L_ERR\", \"GOT $rm $ci $cs\\n\");\n"
    "    if (is_method(\"OPTIONS\") && !has_totag()) { sl_send_reply(\"200\", \"OK\"); exit; }\n"
    "    if (has_totag()) { loose_route(); if (is_method(\"ACK\")) { t_relay(); exit; } t_relay(); exit; }\n"
    "    if (is_method(\"CANCEL\")) { t_relay(); exit; }\n"
    "    if (is_method(\"ACK\")) exit;\n"
    "    if (is_method(\"REGISTER|INVITE|SUBSCRIBE\")) route(CHECK);\n"
    "    if (is_method(\"REGISTER\")) { save(\"location\"); route(UNASKED); exit; }\n"
    "    if (is_method(\"SUBSCRIBE\")) route(MESSAGES);\n"
    "    record_route();\n"
    "    if (!lookup(\"location\")) { sl_send_reply(\"404\", \"Not Found\"); exit; }\n"
    "    t_relay();\n"
    "}\n"
    "route[CHECK] {\n"
    "    if ($fU == \"nobody\") { sl_send_reply(\"404\", \"Not Found\"); exit; }\n"
    "    if ($fU == \"banned\") { sl_send_reply(\"403\", \"Ask Your Provider\"); exit; }\n"
    "    if ($fU == \"mute\") exit;\n"
    "    if ($fU == \"brief\" && is_method(\"REGISTER\") && $hdr(Expires) != \"0\" && $hdr(Expires) != \"120\") {\n"
    "        append_to_reply(\"Min-Expires: 120\\r\\n\"); sl_send_reply(\"423\", \"Interval Too Brief\"); exit;\n"
    "    }\n"
    "    if ($fU == \"later\" && $sht(sent_away=>later) == $null) {\n"
    "        $sht(sent_away=>later) = 1;\n"
    "        append_to_reply(\"Retry-After: 3\\r\\n\"); sl_send_reply(\"503\", \"Come Back Later\"); exit;\n"
    "    }\n"
    "    if (is_method(\"REGISTER\")) {\n"
    "        if (!pv_www_authenticate(\"$td\", \"" KAMAILIO_PASSWORD "\", \"0\")) { www_challenge(\"$td\", \"1\"); exit; }\n"
    "    } else if (!pv_proxy_authenticate(\"$fd\", \"" KAMAILIO_PASSWORD "\", \"0\")) { proxy_challenge(\"$fd\", \"1\"); exit; }\n"
    "    consume_credentials();\n"
    "}\n"
    "route[UNASKED] {\n"
    "    if ($fU != \"bob\" || $hdr(Expires) == \"0\") return;\n"
    "    $uac_req(method) = \"NOTIFY\"; $uac_req(ruri) = $(ct{nameaddr.uri});\n"
    "    $uac_req(furi) = \"sip:bob@lab.test\"; $uac_req(turi) = \"sip:bob@lab.test\";\n"
    "    $uac_req(hdrs) = \"Event: message-summary\\r\\nSubscription-State: active\\r\\n\"\n"
    "        + \"Content-Type: application/simple-message-summary\\r\\n\";\n"
    "    $uac_req(body) = \"Messages-Waiting: yes\\r\\nVoice-Message: 3/1 (0/0)\\r\\n\";\n"
    "    uac_req_send();\n"
    "}\n";

static char *listen_text(const Kamailio *kamailio) {
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "listen=udp:%s:%u\nlisten=tcp:%s:%u\n", kamailio->host, kamailio->port, kamailio->host,
                           kamailio->port);
    if (kamailio->options.certificate == KAMAILIO_NO_TLS)
        return g_string_free(text, FALSE);
    g_string_append_printf(text, "listen=tls:%s:%u\nenable_tls=yes\nloadmodule \"tls.so\"\n", kamailio->host, kamailio->tls_port);
    g_string_append(text, "modparam(\"tls\", \"tls_method\", \"TLSv1.2+\")\n");
    g_string_append_printf(text, "modparam(\"tls\", \"private_key\", \"%s/server.key\")\n", kamailio->folder);
    g_string_append_printf(text, "modparam(\"tls\", \"certificate\", \"%s/server.pem\")\n", kamailio->folder);
    return g_string_free(text, FALSE);
}

static void write_configuration(const Kamailio *kamailio) {
    g_autofree char *path = g_build_filename(kamailio->folder, "kamailio.cfg", NULL), *listen = listen_text(kamailio), *text = NULL;

    text = g_strdup_printf("#!KAMAILIO\ndebug=1\nlog_stderror=yes\nchildren=1\ntcp_children=1\nauto_aliases=no\nalias=\"lab.test\"\n"
                           "mpath=\"" KAMAILIO_MODULES "\"\n%s%s"
                           "modparam(\"auth\", \"algorithm\", \"%s\")\nmodparam(\"auth\", \"nonce_expire\", 300)\n%s"
                           "route[MESSAGES] {\n    sl_send_reply(\"489\", \"Bad Event\"); exit;\n}\n",
                           listen, modules, kamailio->options.sha256 ? "SHA-256" : "MD5", routes);
    ck_assert(g_file_set_contents(path, text, -1, NULL));
}

/* ---- The process ---- */

/* It has children of its own. With whoever started it, it is told to end, and ends them. */
static void on_child(gpointer userdata) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static char *log_path(const Kamailio *kamailio) {
    return g_build_filename(kamailio->folder, "log", NULL);
}

static bool is_listening(const Kamailio *kamailio) {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } to = { 0 };
    bool ipv6 = kamailio->options.ipv6;
    _cleanup_close_ int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.any.sa_family = ipv6 ? AF_INET6 : AF_INET;
    if (ipv6) {
        to.in6.sin6_port = htons(kamailio->port);
        to.in6.sin6_addr = in6addr_loopback;
    } else {
        to.in.sin_port = htons(kamailio->port);
        inet_pton(AF_INET, kamailio->host, &to.in.sin_addr);
    }
    return connect(fd, &to.any, ipv6 ? sizeof(to.in6) : sizeof(to.in)) == 0;
}

void kamailio_start_again(Kamailio *kamailio) {
    g_autofree char *configuration = g_build_filename(kamailio->folder, "kamailio.cfg", NULL), *log = log_path(kamailio);
    g_autofree char *command = g_strdup_printf("exec " KAMAILIO_PROGRAM " -DD -E -f %s -Y %s -w %s -m 32 -M 4 2>>%s",
                                               configuration, kamailio->folder, kamailio->folder, log);
    char *argv[] = { (char *) "/bin/sh", (char *) "-c", command, NULL };
    g_autofree char *said = NULL;

    ck_assert(g_spawn_async(kamailio->folder, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, on_child, NULL,
                            &kamailio->pid, NULL));
    for (int i = 0; i < START_S * 100 && !is_listening(kamailio); i++) {
        if (waitpid(kamailio->pid, NULL, WNOHANG) > 0) {
            g_file_get_contents(log, &said, NULL, NULL);
            ck_abort_msg("Kamailio does not start: %s", said);
        }
        g_usleep(10000);
    }
    ck_assert_msg(is_listening(kamailio), "Kamailio does not start in time");
}

void kamailio_kill(Kamailio *kamailio) {
    if (kamailio->pid == 0)
        return;
    kill(-kamailio->pid, SIGKILL); /* by itself it takes a minute, at times */
    waitpid(kamailio->pid, NULL, 0);
    kamailio->pid = 0;
}

/* Of IPv6 there is one loopback address only, so its ports have to be free. */
static uint16_t find_ipv6_port(void) {
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
    socklen_t size = sizeof(address);
    _cleanup_close_ int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(bind(fd, (struct sockaddr *) &address, size), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *) &address, &size), 0);
    return ntohs(address.sin6_port);
}

Kamailio *kamailio_start(const KamailioOptions *options) {
    Kamailio *kamailio = g_new0(Kamailio, 1);
    unsigned pid = (unsigned) getpid();

    kamailio->options = *options;
    kamailio->folder = g_dir_make_tmp("callbus-kamailio-XXXXXX", NULL);
    ck_assert_ptr_nonnull(kamailio->folder);
    kamailio->ca_file = g_build_filename(kamailio->folder, "authority.pem", NULL);
    kamailio->host = options->ipv6 ? g_strdup("[::1]")
                                   : g_strdup_printf("127.%u.%u.%u", 144 + (pid >> 14) % 100, (pid >> 7) % 128, 1 + pid % 128);
    kamailio->port = options->ipv6 ? find_ipv6_port() : 5060;
    kamailio->tls_port = options->ipv6 ? find_ipv6_port() : 5061;
    if (options->certificate != KAMAILIO_NO_TLS)
        make_certificate(kamailio);
    write_configuration(kamailio);
    kamailio_start_again(kamailio);
    return kamailio;
}

static void remove_folder(const char *path) {
    GDir *folder = g_dir_open(path, 0, NULL);
    const char *name;

    while (folder && (name = g_dir_read_name(folder))) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        g_unlink(file);
    }
    g_dir_close(folder);
    g_rmdir(path);
}

Kamailio *kamailio_free(Kamailio *kamailio) {
    if (!kamailio)
        return NULL;
    kamailio_kill(kamailio);
    remove_folder(kamailio->folder);
    g_free(kamailio->folder);
    g_free(kamailio->host);
    g_free(kamailio->ca_file);
    g_free(kamailio);
    return NULL;
}

const char *kamailio_host(const Kamailio *kamailio) {
    return kamailio->host;
}

uint16_t kamailio_port(const Kamailio *kamailio) {
    return kamailio->port;
}

uint16_t kamailio_tls_port(const Kamailio *kamailio) {
    return kamailio->tls_port;
}

const char *kamailio_ca_file(const Kamailio *kamailio) {
    return kamailio->ca_file;
}

const char *kamailio_folder(const Kamailio *kamailio) {
    return kamailio->folder;
}

unsigned kamailio_count(const Kamailio *kamailio, const char *method) {
    g_autofree char *path = log_path(kamailio), *text = NULL, *word = g_strdup_printf("GOT %s ", method);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    g_file_get_contents(path, &text, NULL, NULL);
    for (const char *at = text ? strstr(text, word) : NULL; at; at = strstr(at + 1, word))
        g_hash_table_add(seen, g_strndup(at, strcspn(at, "\n")));
    return g_hash_table_size(seen);
}
