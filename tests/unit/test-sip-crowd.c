/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Too many connections of others: who goes, and who stays. Both ends are in this process. */
#include "providers/sip/crowd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/run.h"

#define CROWD "127.0.0.7"
#define FRIEND "127.0.0.8"
#define MANY 100
#define ROOM 16 /* for one machine */

static int door;
static struct sockaddr_in place;

typedef struct Visit {
    int theirs, ours;
} Visit;

static Visit visit(const char *from) {
    struct sockaddr_in in = { .sin_family = AF_INET };
    Visit visit = { .theirs = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };

    inet_pton(AF_INET, from, &in.sin_addr);
    ck_assert_int_eq(bind(visit.theirs, (struct sockaddr *) &in, sizeof(in)), 0);
    ck_assert_int_eq(connect(visit.theirs, (struct sockaddr *) &place, sizeof(place)), 0);
    visit.ours = accept(door, NULL, NULL);
    ck_assert_int_ge(visit.ours, 0);
    return visit;
}

/* The other side has closed it. */
static bool is_over(int fd) {
    char byte;

    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static unsigned count_over(const Visit *visits, size_t n) {
    unsigned over = 0;

    for (size_t i = 0; i < n; i++)
        over += is_over(visits[i].theirs);
    return over;
}

static void set_up(void) {
    socklen_t size = sizeof(place);

    door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    place = (struct sockaddr_in) { .sin_family = AF_INET };
    inet_pton(AF_INET, "127.0.0.6", &place.sin_addr);
    ck_assert_int_eq(bind(door, (struct sockaddr *) &place, size), 0);
    ck_assert_int_eq(listen(door, MANY), 0);
    ck_assert_int_eq(getsockname(door, (struct sockaddr *) &place, &size), 0);
}

START_TEST(few_are_left_alone) {
    Visit visits[ROOM + 1];

    for (size_t i = 0; i < G_N_ELEMENTS(visits); i++)
        visits[i] = visit(CROWD);
    ck_assert_uint_eq(crowd_thin_out(), 0);
    ck_assert_uint_eq(count_over(visits, G_N_ELEMENTS(visits)), 0);
}
END_TEST

START_TEST(of_one_machine_some_are_enough) {
    Visit visits[MANY], friend = visit(FRIEND);

    for (size_t i = 0; i < MANY; i++)
        visits[i] = visit(CROWD);
    ck_assert_uint_eq(crowd_thin_out(), MANY - ROOM);
    ck_assert_uint_eq(count_over(visits, MANY), MANY - ROOM);
    ck_assert(!is_over(friend.theirs));
}
END_TEST

/* Not one is left for anything else, and then there are. */
START_TEST(a_crowd_that_takes_all_is_sent_away) {
    struct rlimit limit;
    Visit visits[MANY];
    int last = -1, next;

    for (size_t i = 0; i < MANY; i++)
        visits[i] = visit(CROWD);
    crowd_begin();
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_uint_lt(limit.rlim_cur, limit.rlim_max);
    while ((next = dup(door)) >= 0)
        last = next;
    ck_assert_int_eq(errno, EMFILE);
    ck_assert_int_eq(last + 1, (int) limit.rlim_cur);
    ck_assert_uint_eq(crowd_thin_out(), MANY - ROOM);
    ck_assert_uint_eq(count_over(visits, MANY), MANY - ROOM);
    for (; last > door; last--)
        close(last);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sip-crowd");
    TCase *tcase = tcase_create("crowd");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, few_are_left_alone);
    tcase_add_test(tcase, of_one_machine_some_are_enough);
    tcase_add_test(tcase, a_crowd_that_takes_all_is_sent_away);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
