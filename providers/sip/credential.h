/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Credential: the password of an account, from where only its owner can read it. Never written to a log. */
#pragma once

#include "providers/sip/account.h"

/* Reads it anew each time, so that a password that was put right counts. *ret is NULL if the account names none; else to be freed with
 * credential_free(). A negative errno: *ret_why says what is wrong, with the key: "PasswordFile: ...". */
int credential_read(const SipAccount *account, char **ret, char **ret_why);

/* Another number once the file is another one; 0: there is none, or none that can be seen. Quick. */
uint64_t credential_stamp(const SipAccount *account);

/* Leaves no trace of it in memory. */
char *credential_free(char *password);
DEFINE_CLEANUP(char *, credential_free)
