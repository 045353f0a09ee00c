/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Peer: a program that nobody here wrote, started for one test, on an address that no other test has, with what it is told in a folder of
 * its own. It is ended by its process id, and dies with the test in any case. What it said is told where a wait fails.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct Peer Peer;

/* A loopback address of this test alone, one of four. */
enum { PEER_OURS, PEER_FIRST, PEER_SECOND, PEER_THIRD };
const char *peer_address(unsigned n);

/* Before the first peer of a test: the folder that theirs are in. */
void peers_begin(const char *folder);

/* A test that went well has waited for its peers, or ended them: tells what the others said. */
void peers_tell_trouble(void);

/* Ends those that are left. */
void peers_end(void);

/* A new folder for a peer, in that one: "sipp-1". The text lives as long as the test. */
const char *peer_folder(const char *name);

/* Starts it in the folder; its output goes to the file "log" there. Fails the test if the program can't be run. */
Peer *peer_start(const char *folder, const char *const *argv);

/* Asks it to end (SIGTERM), insists after some seconds. Its exit status, -1: it was killed. */
int peer_stop(Peer *peer);

/* It is there as long as the test: that it is still running at its end is no sign of trouble. */
void peer_set_lasting(Peer *peer);

bool peer_has_ended(Peer *peer);
int peer_status(Peer *peer); /* of one that has */
pid_t peer_pid(const Peer *peer);

/* Its output so far, or that of another file in its folder; to be freed. */
char *peer_log(const Peer *peer, const char *file);

/* ---- Waiting ---- */

#define PEER_HUNG_S 60 /* whoever waits longer waits for ever */

/* Until the text is in its log, and it is not an end that it has come to. */
void peer_await(Peer *peer, const char *text);

/* Until it has ended; with this exit status, or the test fails. */
void peer_await_end(Peer *peer, int status);

/* Until it listens there. */
void peer_await_listening(Peer *peer, const char *address, uint16_t port, bool tcp);

/* Fails the test, with all that the peers said. */
void peers_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Writes a file; its mode is 0600. */
void peer_write(const char *folder, const char *file, const char *text);
