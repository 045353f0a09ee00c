/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipAccount: what the [Sip] group of a line says, checked. */
#pragma once

#include <glib.h>
#include <netinet/in.h>

#include "providers/media/codec.h"
#include "providers/sip/sdp.h"
#include "service/cleanup.h"

typedef enum SipTransport {
    SIP_TRANSPORT_UDP,
    SIP_TRANSPORT_TCP,
    SIP_TRANSPORT_TLS,
    _SIP_TRANSPORT_MAX,
    _SIP_TRANSPORT_INVALID = -EINVAL,
} SipTransport;

typedef enum SipDtmf {
    SIP_DTMF_RFC4733,
    SIP_DTMF_INFO,
    _SIP_DTMF_MAX,
    _SIP_DTMF_INVALID = -EINVAL,
} SipDtmf;

/* Does a line go where the far end of a call sends it? */
typedef enum SipTransfers {
    SIP_TRANSFERS_KNOWN, /* inside of the house: trust.h */
    SIP_TRANSFERS_ACCEPT,
    SIP_TRANSFERS_REFUSE,
    _SIP_TRANSFERS_MAX,
    _SIP_TRANSFERS_INVALID = -EINVAL,
} SipTransfers;

/* Whose calls a line takes. */
typedef enum SipCallers {
    SIP_CALLERS_ANYBODY,
    SIP_CALLERS_NETWORK, /* only what its registrar or its proxy passes on */
    _SIP_CALLERS_MAX,
    _SIP_CALLERS_INVALID = -EINVAL,
} SipCallers;

/* A machine of the network: a name or a numeric address, without brackets. */
typedef struct SipHost {
    char *name;
    uint16_t port; /* 0: none was given, the DNS or the usual one */
} SipHost;

typedef struct SipServer {
    SipHost host;           /* name NULL: none */
    SipTransport transport; /* _SIP_TRANSPORT_INVALID: nothing was said of it here */
} SipServer;

/* In order of preference. */
typedef struct CodecList {
    Codec codecs[_CODEC_MAX];
    size_t n;
} CodecList;

typedef struct PortRange {
    uint16_t min, max; /* 0: the usual ones */
} PortRange;

/* NULL text and 0 are what was not given. */
typedef struct SipAccount {
    SipServer registrar; /* none: direct calls */
    SipServer proxy;     /* all that goes out goes there first */
    SipHost listen;    /* name NULL: any address; numeric */
    SipTransport transport; /* of the first hop */
    char *user, *auth_user; /* auth_user is the user if nothing else was given */
    char *domain;           /* of our address; never NULL with a registrar or a proxy */
    char *display_name;
    char *password_file, *password_credential;
    char *realm; /* one more whose challenges the password answers */
    unsigned expires_s;
    unsigned keepalive_s; /* 0: the registrar is not asked between its registrations */
    char *tls_ca_file;
    SdpEncryption encryption;
    CodecList codecs;
    SipDtmf dtmf;
    SipTransfers transfers;
    SipCallers callers;
    unsigned session_expires_s; /* 0: no session timer is asked for */
    char *park_code, *unpark_code, *pickup_code, *pickup_group_code;
    char *audio_input, *audio_output, *ring_device;
    PortRange rtp_ports;
} SipAccount;

const char *sip_transport_to_string(SipTransport transport); /* as in a URI: "tcp"; NULL out of range */
bool sip_host_is_numeric(const char *name);                   /* an address, without brackets */

/* Checks keys and values by turns, NULL-terminated (or NULL: nothing is set). -EINVAL: something makes no sense, and *ret_why says what,
 * beginning with the key: "Transport: 'udpp' is not one of udp, tcp, tls". */
int sip_account_new(const char *const *settings, SipAccount **ret, char **ret_why);
SipAccount *sip_account_free(SipAccount *account);
DEFINE_CLEANUP(SipAccount *, sip_account_free)

bool sip_account_has_password(const SipAccount *account);

/* URIs, to be freed. The registrar's is NULL for direct calls, the proxy's where there is none. */
char *sip_account_registrar_uri(const SipAccount *account);
char *sip_account_proxy_uri(const SipAccount *account);

/* What is asked to register, as RFC 3261 has it: the domain, whoever serves it. To be freed; not for direct calls. */
char *sip_account_domain_uri(const SipAccount *account);

/* Our own address, "sip:alice@example.org"; `host`, as it stands in a URI, follows the @ where no domain is set. */
char *sip_account_address(const SipAccount *account, const char *host);

/* Is there a registrar or a proxy: somebody who takes all that goes out? */
bool sip_account_has_network(const SipAccount *account);
