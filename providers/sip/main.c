/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbus-provider-sip: lines of SIP registrars and PBXs, as a process of its own. */
#include "providers/host/host.h"
#include "providers/sip/provider.h"

int main(int argc, char **argv) {
    Sip *sip = sip_new();
    int status = callbus_provider_main(argc, argv, &sip_ops, sip);

    sip_free(sip);
    return status;
}
