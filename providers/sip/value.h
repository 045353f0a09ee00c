/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Value: what the settings of an account are made of. */
#pragma once

#include <glib.h>

#include "providers/media/codec.h"
#include "providers/sip/account.h"

/* Each parses a value into what `to` points at, which is empty before. -EINVAL: it makes no sense, and *ret_why goes on after "KEY: ",
 * to be freed. */
typedef int (*ValueParse)(void *to, const char *value, char **ret_why);

int value_text(void *to, const char *value, char **ret_why);            /* char * */
int value_user(void *to, const char *value, char **ret_why);            /* char * */
int value_domain(void *to, const char *value, char **ret_why);          /* char * */
int value_code(void *to, const char *value, char **ret_why);            /* char * */
int value_path(void *to, const char *value, char **ret_why);            /* char * */
int value_credential(void *to, const char *value, char **ret_why);      /* char * */
int value_sound_input(void *to, const char *value, char **ret_why);     /* char *, as MediaConfig has it */
int value_sound_output(void *to, const char *value, char **ret_why);    /* char *, likewise */
int value_server(void *to, const char *value, char **ret_why);          /* SipServer */
int value_listen(void *to, const char *value, char **ret_why);          /* SipHost */
int value_transport(void *to, const char *value, char **ret_why);       /* SipTransport */
int value_expires(void *to, const char *value, char **ret_why);         /* unsigned */
int value_keepalive(void *to, const char *value, char **ret_why);       /* unsigned */
int value_session_expires(void *to, const char *value, char **ret_why); /* unsigned */
int value_encryption(void *to, const char *value, char **ret_why);      /* SdpEncryption */
int value_dtmf(void *to, const char *value, char **ret_why);            /* SipDtmf */
int value_transfers(void *to, const char *value, char **ret_why);       /* SipTransfers */
int value_callers(void *to, const char *value, char **ret_why);         /* SipCallers */
int value_codecs(void *to, const char *value, char **ret_why);          /* CodecList */
int value_ports(void *to, const char *value, char **ret_why);           /* PortRange */
