/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bare service: what the benchmark compares callbusd with, and how to talk to it. */
#pragma once

#define BARE_NAME "org.barebus1"

/* Short names: a message of the bare service has to get as small as the smallest of callbusd's. */
#define BARE_PATH "/b"
#define BARE_INTERFACE "b.b"

/* An object like a handle, with names as long as a handle's. */
#define BARE_CALL_PATH "/org/barebus1/client/1_1/call/1_1"
#define BARE_CALL_INTERFACE "org.barebus1.Call"

/* The members, all of them on BARE_PATH:
 *   Plan(a(auuau))     what each step does from now on: payloads of signals before the reply, of the
 *                      reply, of signals after it
 *   Step(y, ay) -> ay  does one of those steps; the array is there for its size
 *   Tick(y, ay)        does one whose reply is BARE_EMPTY: has no body
 *   Watch(as)          these clients are told of each Change
 *   Change(u)          a signal with that payload to each of them, then the reply
 * and the signals S(ay) and, marked with BARE_AWAITED in the plan, A(ay). */
#define BARE_EMPTY UINT32_MAX
#define BARE_AWAITED (UINT32_C(1) << 31)
#define BARE_PAYLOAD_MAX (UINT32_C(1) << 20)
