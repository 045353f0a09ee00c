/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adoption: what becomes of the calls that a process has had before this service was started. */
#pragma once

#include "providers/remote/remote-private.h"

/* It has said which there are. */
void adoption_begin(Remote *remote, Hello *hello);

/* No more are asked for: what is left is taken as coming in, or dropped. Then it is listened to. */
void adoption_settle(Remote *remote);

/* It is gone, with its calls. */
void adoption_clear(Remote *remote);

/* The functions of a provider. */
bool remote_adopt(Call *call);
void remote_adopted(Provider *provider);
