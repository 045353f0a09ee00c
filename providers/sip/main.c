/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbus-provider-sip: lines of SIP registrars and PBXs, as a process of its own. */
#include <sys/resource.h>

#include "providers/host/host.h"
#include "providers/sip/provider.h"

/* A picture of its memory would have passwords and voices in it, whoever started it. */
static void leave_no_core(void) {
    const struct rlimit none = { 0 };

    setrlimit(RLIMIT_CORE, &none);
}

int main(int argc, char **argv) {
    Sip *sip;
    int status;

    leave_no_core();
    sip = sip_new();
    status = callbus_provider_main(argc, argv, &sip_ops, sip);

    sip_free(sip);
    return status;
}
