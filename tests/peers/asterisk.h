/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asterisk: a PBX, from a folder with another Debian in it ($CALLBUS_ASTERISK, made by scripts/test-asterisk): chroot takes root.
 *
 * Extensions 100, 101 and 102, with the password "secret", and 110 that rings 100 and 101 together. "echo" answers and echoes, "milliwatt" says 1004 Hz.
 * *5 and a place (701 to 720) parks, *6 and the place takes it back, *8 and an extension picks up what rings there, *7 and a group what rings there.
 * 9 and an extension leaves a message in its mailbox, of three seconds of what is said.
 */
#pragma once

#include "tests/peers/peer.h"

#define ASTERISK_PASSWORD "secret"

/* Listens at the return, at that address on port 5060. */
Peer *asterisk_start(const char *address);
