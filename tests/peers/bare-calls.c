/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls by nothing but sofia-sip, to compare with: what any program on it needs to set up a call.
 *
 * usage: bare-calls LOCAL-ADDRESS PROXY TARGET COUNT     (as alice of lab.test with the password "secret")
 *
 * Prints the time from the INVITE to its 200 for each call, in us.
 */
#include <glib.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Bare Bare;
#define NUA_MAGIC_T Bare

#include <sofia-sip/nua.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su.h>

struct Bare {
    su_root_t *root;
    nua_t *nua;
    nua_handle_t *call;
    const char *proxy, *target;
    char *sdp;
    int left;
    int64_t began;
};

static void next_call(Bare *bare) {
    if (bare->left-- == 0) {
        su_root_break(bare->root);
        return;
    }
    bare->call = nua_handle(bare->nua, NULL, SIPTAG_FROM_STR("<sip:alice@lab.test>"), SIPTAG_TO_STR(bare->target), NUTAG_INITIAL_ROUTE_STR(bare->proxy),
                            TAG_END());
    bare->began = g_get_monotonic_time();
    nua_invite(bare->call, SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(bare->sdp), TAG_END());
}

static void on_invite(Bare *bare, nua_handle_t *call, int status) {
    if (status == 401 || status == 407) {
        nua_authenticate(call, NUTAG_AUTH("Digest:\"lab.test\":alice:secret"), TAG_END());
        return;
    }
    if (status < 200)
        return;
    if (status >= 300) {
        fprintf(stderr, "bare-calls: refused with %d\n", status);
        exit(EXIT_FAILURE);
    }
    printf("%" PRIi64 "\n", g_get_monotonic_time() - bare->began);
    nua_bye(call, TAG_END());
}

static void on_event(nua_event_t event, int status, const char *phrase, nua_t *nua, Bare *bare, nua_handle_t *call, nua_hmagic_t *hmagic,
                     const sip_t *sip, tagi_t *tags) {
    if (event == nua_r_invite)
        on_invite(bare, call, status);
    if (event != nua_r_bye || status < 200)
        return;
    nua_handle_destroy(call);
    next_call(bare);
}

int main(int argc, char **argv) {
    g_autofree char *url = NULL, *proxy = NULL;
    Bare bare = { 0 };

    if (argc != 5)
        return 2;
    url = g_strdup_printf("sip:%s:*", argv[1]);
    bare.proxy = proxy = g_strdup_printf("<%s;lr>", argv[2]);
    bare.target = argv[3];
    bare.left = atoi(argv[4]);
    bare.sdp = g_strdup_printf("v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n", argv[1], argv[1]);
    su_init();
    bare.root = su_root_create(NULL);
    su_root_threading(bare.root, 0);
    bare.nua = nua_create(bare.root, on_event, &bare, NUTAG_URL(url), NUTAG_MEDIA_ENABLE(0), TAG_END());
    if (!bare.nua)
        return EXIT_FAILURE;
    next_call(&bare);
    su_root_run(bare.root);
    g_free(bare.sdp);
    return EXIT_SUCCESS;
}
