/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many calls a machine may have ring, and give up: by made-up addresses and times. */
#include <errno.h>

#include "providers/sip/guests.h"
#include "tests/unit/run.h"

#define SECOND (gint64) G_USEC_PER_SEC

static Guests *guests;

static void set_up(void) {
    guests = guests_new();
}

static void tear_down(void) {
    guests = guests_free(guests);
}

/* So many calls, one after the other, are given up at that time; how many were let in. */
static unsigned give_up(const char *address, unsigned calls, gint64 at) {
    unsigned n = 0;

    for (unsigned i = 0; i < calls; i++) {
        Guest *guest = NULL;

        n += guests_let_in(guests, address, at, &guest) == 0;
        guest_leave(guest, /* in_vain= */ true, at);
    }
    return n;
}

START_TEST(who_gives_up_too_often_waits) {
    Guest *guest;

    ck_assert_uint_eq(give_up("192.0.2.1", 1000, 10 * SECOND), 128);
    ck_assert_int_eq(guests_let_in(guests, "192.0.2.1", 10 * SECOND, &guest), -EAGAIN);
    ck_assert_uint_eq(give_up("192.0.2.2", 1, 10 * SECOND), 1);
    ck_assert_uint_eq(give_up("192.0.2.1", 1000, 15 * SECOND), 5);
    ck_assert_uint_eq(give_up("192.0.2.1", 1000, 10000 * SECOND), 128);
}
END_TEST

START_TEST(who_is_answered_may_go_on) {
    for (int i = 0; i < 10000; i++) {
        Guest *guest;

        ck_assert_int_eq(guests_let_in(guests, "192.0.2.1", SECOND, &guest), 0);
        guest_leave(guest, /* in_vain= */ false, SECOND);
    }
}
END_TEST

START_TEST(so_many_ring_at_a_time) {
    Guest *ringing[128], *more;

    for (int i = 0; i < 128; i++)
        ck_assert_int_eq(guests_let_in(guests, "192.0.2.1", SECOND, &ringing[i]), 0);
    ck_assert_int_eq(guests_let_in(guests, "192.0.2.1", 3600 * SECOND, &more), -EBUSY);
    ck_assert_uint_eq(give_up("192.0.2.2", 1, SECOND), 1);
    guest_leave(ringing[0], /* in_vain= */ false, 3600 * SECOND);
    ck_assert_int_eq(guests_let_in(guests, "192.0.2.1", 3600 * SECOND, &ringing[0]), 0);
    for (int i = 0; i < 128; i++)
        guest_leave(ringing[i], /* in_vain= */ false, 3600 * SECOND);
}
END_TEST

/* Whoever has a network of IPv6 has all its addresses; brackets are none. */
START_TEST(a_network_is_one_machine) {
    ck_assert_uint_eq(give_up("2001:db8::1", 100, SECOND), 100);
    ck_assert_uint_eq(give_up("[2001:db8::ffff:2]", 100, SECOND), 28);
    ck_assert_uint_eq(give_up("2001:db8:0:1::1", 1, SECOND), 1);
}
END_TEST

/* Who makes up addresses shares what one may have; who was there before is not touched, and all is forgotten in the end. */
START_TEST(made_up_addresses_fill_no_memory) {
    unsigned n = 0;

    ck_assert_uint_eq(give_up("192.0.2.1", 1, SECOND), 1);
    for (unsigned i = 0; i < 100000; i++) {
        g_autofree char *address = g_strdup_printf("10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);

        n += give_up(address, 1, SECOND);
    }
    ck_assert_uint_ge(n, 1023 + 127);
    ck_assert_uint_le(n, 1024 + 128);
    ck_assert_uint_eq(give_up("192.0.2.1", 1, SECOND), 1);
    ck_assert_uint_eq(give_up("192.0.2.9", 1, SECOND), 0);
    ck_assert_uint_eq(give_up("192.0.2.9", 1000, 1000 * SECOND), 128);
}
END_TEST

START_TEST(what_is_no_address_is_one_machine) {
    ck_assert_uint_eq(give_up(NULL, 100, SECOND), 100);
    ck_assert_uint_eq(give_up("nobody", 100, SECOND), 28);
    guest_leave(NULL, /* in_vain= */ true, SECOND);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sip-guests");
    TCase *tcase = tcase_create("guests");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, who_gives_up_too_often_waits);
    tcase_add_test(tcase, who_is_answered_may_go_on);
    tcase_add_test(tcase, so_many_ring_at_a_time);
    tcase_add_test(tcase, a_network_is_one_machine);
    tcase_add_test(tcase, made_up_addresses_fill_no_memory);
    tcase_add_test(tcase, what_is_no_address_is_one_machine);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
