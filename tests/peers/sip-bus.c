/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole way, from a client of the bus to a peer. */
#include "tests/peers/sip-bus.h"

#include <dirent.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/peers/sipp.h"

#define CASE_TIMEOUT_S 180

static const char config[] = "[Providers]\nSip=process\nLoopback=off\n";

static char *folder;
static GPtrArray *texts; /* of lines.d: they have to be there while the bus is */

/* ---- Lines ---- */

static char *line_text(const char *name, const char *keys) {
    g_autofree char *user = strstr(keys, "User=") ? g_strdup("") : g_strdup_printf("User=%s\n", name);
    g_autofree char *output = strstr(keys, "AudioOutput=") ? g_strdup("") : g_strdup_printf("AudioOutput=file:%s/%s-%%s.wav\n", folder, name);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *password = g_build_filename(folder, "password", NULL);

    g_string_printf(text, "[Line]\nName=%s\nProvider=sip\n\n[Sip]\n%sAudioInput=tone:%d,0.5\n%s%s", name, user, DESK_HZ, output, keys);
    g_string_replace(text, "@PASSWORD@", password, 0);
    return g_strdup(text->str);
}

static void keep(char *text) {
    g_ptr_array_add(texts, text);
}

void sip_bus_prepare(void) {
    folder = g_build_filename(bus_top_directory(), "peers-XXXXXX", NULL);
    ck_assert_ptr_nonnull(g_mkdtemp(folder));
    peers_begin(folder);
    peer_write(folder, "password", "secret\n");
}

const char *sip_bus_folder(void) {
    return folder;
}

void sip_bus_begin_with(const char *const *lines, const BusOptions *options) {
    BusOptions all = *options;

    if (!folder)
        sip_bus_prepare();
    texts = g_ptr_array_new_with_free_func(g_free);
    for (; *lines; lines += 2) {
        keep(g_strdup_printf("%s.conf", lines[0]));
        keep(line_text(lines[0], lines[1]));
    }
    keep(NULL);
    all.config = config;
    all.lines = (const char *const *) texts->pdata;
    t = bus_new(&all);
    AWAIT(t, provider_pid() > 0);
}

void sip_bus_begin(const char *const *lines) {
    sip_bus_begin_with(lines, &(BusOptions){ 0 });
}

static void begin_with_desk(const char *keys) {
    g_autofree char *text = g_strdup_printf("Listen=%s:5060\n%s", peer_address(PEER_OURS), keys);

    sip_bus_begin((const char *const[]){ "desk", text, NULL });
}

/* Its words if it does not come. */
void await_line(Client *client, const char *line) {
    g_autofree char *path = g_strdup_printf("%s/%s", CALLBUS_LINE_PATH, line);
    uint64_t deadline = bus_deadline();

    while (!g_str_equal(get_string(client, path, "State"), "in-service")) {
        if ((uint64_t) g_get_monotonic_time() > deadline)
            peers_fail("%s is not in service: %s", line, get_string(client, path, "StateReason"));
        g_usleep(10000);
    }
}

static void await_desk(void) {
    Client *client = bus_client(t);

    await_line(client, DESK);
    client_kill(client);
}

void sip_bus_setup(void) {
    begin_with_desk("");
    await_desk();
}

void sip_bus_setup_trusting(void) {
    begin_with_desk("Transfers=accept\n");
    await_desk();
}

void sip_bus_setup_encrypted(void) {
    begin_with_desk("Encryption=required\n");
    await_desk();
}

void sip_bus_teardown(void) {
    peers_tell_trouble();
    bus_finish(t);
    t = NULL;
    peers_end();
    g_clear_pointer(&texts, g_ptr_array_unref);
    g_clear_pointer(&folder, g_free);
}

TCase *sip_bus_case(Suite *suite, const char *name, void (*setup)(void)) {
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, setup, sip_bus_teardown);
    tcase_set_timeout(tcase, CASE_TIMEOUT_S);
    suite_add_tcase(suite, tcase);
    return tcase;
}

char *desk_target(void) {
    return g_strdup_printf("%s:5060", peer_address(PEER_OURS));
}

char *desk_uri(void) {
    return g_strdup_printf("sip:desk@%s:5060", peer_address(PEER_OURS));
}

/* ---- Clients and peers ---- */

Client *owner_of(const char *line) {
    Client *client = bus_client(t);

    await_line(client, line);
    client_open(client, line, "owner+monitor");
    return client;
}

void await_string(Client *client, const char *path, const char *property, const char *text) {
    g_autofree char *value = g_strdup_printf("\"%s\"", text);

    await_text(client, path, property, value);
}

guint await_told(Client *client, guint from, const char *path, const char *property, const char *text) {
    g_autofree char *value = g_strdup_printf("\"%s\"", text);
    int place;

    AWAIT(t, (place = change_place(client, from, path, property, value)) >= 0);
    return (guint) place;
}

void sip_bus_await_end(Peer *sipp) {
    int64_t deadline = g_get_monotonic_time() + PEER_HUNG_S * G_USEC_PER_SEC;

    while (!peer_has_ended(sipp) && g_get_monotonic_time() < deadline) {
        sipp_expect_no_surprise(sipp);
        bus_pump(t, bus_deadline(), "a SIPp's end", __FILE__, __LINE__);
    }
    sipp_await(sipp);
}

Sound *line_heard(const char *line) {
    g_autofree char *prefix = g_strdup_printf("%s-", line), *best = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    int64_t newest = 0;

    for (const char *file = dir ? g_dir_read_name(dir) : NULL; file; file = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(folder, file, NULL);
        GStatBuf st;
        int64_t when;

        if (!g_str_has_prefix(file, prefix) || !g_str_has_suffix(file, ".wav") || g_stat(path, &st) < 0)
            continue;
        when = (int64_t) st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
        if (when > newest) {
            newest = when;
            g_free(best);
            best = g_steal_pointer(&path);
        }
    }
    return best ? sound_read(best) : NULL;
}

/* ---- The provider ---- */

static bool is_provider(pid_t pid) {
    g_autofree char *path = g_strdup_printf("/proc/%d/comm", (int) pid), *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) && g_str_has_prefix(text, "callbus-provide");
}

pid_t provider_pid(void) {
    g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", (int) bus_service_pid(t), (int) bus_service_pid(t));
    g_autofree char *text = NULL;
    g_auto(GStrv) words = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    words = g_strsplit(text, " ", 0);
    for (char **word = words; *word; word++)
        if (atoi(*word) > 0 && is_provider(atoi(*word)))
            return atoi(*word);
    return 0;
}
