/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The suite: those of the list that apply, as test cases. */
#include "tests/conformance/suite.h"

#include <stdio.h>

#include "tests/conformance/scenarios.h"
#include "tests/conformance/scene.h"
#include "tests/unit/run.h"

#define NO_GROUP(name, scene)
#define DECLARE(name, ...) void name(int _i);
SCENARIOS(NO_GROUP, DECLARE)

/* One that has a scene begins a group, and is none itself. */
typedef struct Scenario {
    TTest test;
    void (*scene)(void);
    Operations needs;
    unsigned traits;
    int times;
} Scenario;

#define GROUP_ROW(name, scene) { { name, NULL, __FILE__, __LINE__ }, scene, 0, 0, 0 },
#define SCENARIO_ROW(name, needs, traits, times) { { #name, name, __FILE__, __LINE__ }, NULL, needs, traits, times },

static const Scenario scenarios[] = { SCENARIOS(GROUP_ROW, SCENARIO_ROW) };

static const char *const trait_names[] = {
    "a third line", "a line without Call IDs", "a line for one call", "answer modes", "Call IDs", "names", "hiding",
    "user-user information", "patience", "a bell", "far hold", "media", "hearing", "calls from outside", "line states",
    "a pickup group", "malformed addresses", "lines at run time", "encryption", "handing over what rings", "network ids",
};

TCase *world_case(Suite *suite, const char *name) {
    TCase *tcase = tcase_create(name);

    tcase_set_tags(tcase, name); /* so that $CK_INCLUDE_TAGS can choose some */
    tcase_add_checked_fixture(tcase, world_begin, world_end);
    tcase_set_timeout(tcase, adapter.timeout_s * 10);
    suite_add_tcase(suite, tcase);
    return tcase;
}

/* What the provider lacks for it is told as a comment of TAP. */
static bool applies(const char *group, const Scenario *scenario) {
    Operations missing = scenario->needs & ~adapter.abilities;
    unsigned missing_traits = scenario->traits & ~adapter.traits;

    if (missing == 0 && missing_traits == 0)
        return true;
    printf("# not applicable: %s: %s: lacks", group, scenario->test.name);
    for (Operation i = 0; i < _OPERATION_MAX; i++)
        if (missing & OPERATION_BIT(i))
            printf(" %s", operation_to_string(i));
    for (size_t i = 0; i < G_N_ELEMENTS(trait_names); i++)
        if (missing_traits & 1u << i)
            printf(" '%s'", trait_names[i]);
    printf("\n");
    return false;
}

static void add_scenarios(Suite *suite) {
    TCase *tcase = NULL;
    const char *group = NULL;
    unsigned left_out = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(scenarios); i++) {
        const Scenario *scenario = &scenarios[i];

        if (scenario->scene) {
            group = scenario->test.name;
            tcase = world_case(suite, group);
            tcase_add_checked_fixture(tcase, scenario->scene, NULL);
        } else if (applies(group, scenario))
            tcase_add_loop_test(tcase, &scenario->test, 0, scenario->times);
        else
            left_out++;
    }
    printf("# %s: %u scenarios are not applicable\n", adapter.name, left_out);
    fflush(stdout);
}

int run_conformance(void) {
    Suite *suite = suite_create(adapter.name);

    add_scenarios(suite);
    if (adapter.add_cases)
        adapter.add_cases(suite);
    return run_suite(suite);
}
