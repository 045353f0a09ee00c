/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SIP provider before the suite, in this process. */
#include "providers/sip/provider.h"

#include "providers/sip/line.h"
#include "service/call.h"
#include "tests/conformance/sip-lines.h"
#include "tests/conformance/sip-way.h"
#include "tests/conformance/suite.h"

static ProviderOps ops;
static const LineConfig *lines;

static void *make(void) {
    lines = sip_lines_begin();
    return sip_new();
}

static void unmake(void *data) {
    sip_free(data);
    sip_lines_end();
}

static void add_line(Sip *sip, const LineConfig *config) {
    g_autofree char *why = NULL;
    SipAccount *account;
    SipLine *line;

    ck_assert_msg(sip_account_new(config->settings, &account, &why) == 0, "%s", why);
    ck_assert_ptr_null(sip_line_new(sip, config, account, &line));
    g_ptr_array_add(sip_lines(sip), line);
}

static gboolean on_start(void *sip) {
    for (size_t i = 0; i < SIP_LINES; i++)
        add_line(sip, &lines[i]);
    return G_SOURCE_REMOVE;
}

/* The lines are there when the start is complete. */
static int start(Provider *provider, RequestId request) {
    g_idle_add_full(G_PRIORITY_DEFAULT, on_start, provider_data(provider), NULL);
    return sip_ops.start(provider, request);
}

const Adapter adapter = {
    SIP_ADAPTER,
    .ops = &ops,
    .make = make,
    .unmake = unmake,
    .add_cases = sip_way_add_cases,
};

int main(void) {
    ops = sip_ops;
    ops.start = start;
    return run_conformance();
}
