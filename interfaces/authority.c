/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authority: who may do what on a bus with several users. */
#include "interfaces/authority.h"

#include <errno.h>
#include <string.h>

#include "interfaces/message-size.h"
#include "interfaces/polkit.h"
#include "interfaces/reply.h"
#include "service/deed.h"
#include "service/line.h"
#include "service/limit.h"
#include "service/log.h"
#include "service/toll.h"

#define ACTION_PREFIX "org.callbus1."

/*
 * What waits for an answer that takes milliseconds is bounded by what the bus carries: 128 calls at a time of one connection, on
 * dbus-daemon. With as many prompts as there may be (24) and the look at the start 96 are below that: the bus refuses none of our
 * questions, and nobody's no is the bus' no. A third of them is what one user may have, so that it takes three to keep out a fourth.
 */
enum {
    WAITING_PER_USER_MAX = 32,
    WAITING_MAX = 96,
    ANSWERS_MAX = 4,              /* one request is never more deeds */
    WAITING_SIZE_MAX = 64 * 1024, /* of a message for which polkit is asked */
};

/* Every deed: the last part of its action, what it is in the words of a person, what polkit is told of the number. */
static const struct {
    const char *action, *what, *class;
} deeds[_DEED_MAX] = {
    [DEED_DIAL] = { "dial", "make calls", "ordinary" },
    [DEED_DIAL_COSTLY] = { "dial-costly", "make calls to costly numbers", "costly" },
    [DEED_DIAL_EMERGENCY] = { "dial-emergency", "make emergency calls", "emergency" },
    [DEED_CONTROL] = { "control", "answer calls and take them over", NULL },
    [DEED_MONITOR] = { "monitor", "watch the calls of others", NULL },
    [DEED_FORWARD] = { "forward", "send incoming calls elsewhere", NULL },
    [DEED_CONFIGURE] = { "configure", "change what the service goes by", NULL },
    [DEED_READ_LOG] = { "read-log", "read the call log of others", NULL },
    [DEED_ERASE_LOG] = { "erase-log", "remove entries of the call log", NULL },
};

/* A question, and what became of it. */
typedef struct Answer {
    Deed deed;
    char line[LINE_NAME_MAX + 1]; /* "": about none */
    Verdict verdict;
    bool prompted; /* with somebody to give a password, as polkit had called for it */
} Answer;

/* A message for which polkit is asked, or was; from the first question until it is done with. */
typedef struct Ask {
    Authority *authority;
    Peer *peer;
    sd_bus_message *message;
    PolkitCheck *check; /* being asked: the last of the answers is still to come; NULL: it goes on */
    Answer answers[ANSWERS_MAX];
    unsigned n_answers, next; /* the next one to be used in this run */
} Ask;

struct Authority {
    Bus *bus;
    Polkit *polkit;
    PolkitCheck *look; /* for a polkit, at the start; NULL: over */
    GPtrArray *asks;   /* of Ask; few */
    Ask *running;      /* whose message is being handled */
    bool told_absent;
};

/* ---- Asks ---- */

static void ask_free(void *data) {
    Ask *ask = data;

    if (ask->authority->running == ask)
        ask->authority->running = NULL;
    polkit_cancel(ask->check);
    sd_bus_message_unref(ask->message);
    g_free(ask);
}

static Ask *find_ask(const Authority *authority, const sd_bus_message *m) {
    for (unsigned i = 0; i < authority->asks->len; i++) {
        Ask *ask = g_ptr_array_index(authority->asks, i);

        if (ask->message == m)
            return ask;
    }
    return NULL;
}

static Ask *add_ask(Authority *authority, Peer *peer, sd_bus_message *m) {
    Ask *ask = g_new0(Ask, 1);

    *ask = (Ask) { .authority = authority, .peer = peer, .message = sd_bus_message_ref(m) };
    g_ptr_array_add(authority->asks, ask);
    return ask;
}

/* Is somebody asked for a password? */
static bool is_prompting(const Ask *ask) {
    return ask->check && ask->answers[ask->n_answers - 1].prompted;
}

typedef struct Count {
    unsigned of_user, all;
} Count;

/* The prompts that are up, or what waits for something else: that too for which the answer is there, until it has been handled. */
static Count count_asks(const Authority *authority, uint32_t uid, bool prompts) {
    Count count = { 0 };

    for (unsigned i = 0; i < authority->asks->len; i++) {
        const Ask *ask = g_ptr_array_index(authority->asks, i);

        if (is_prompting(ask) != prompts)
            continue;
        count.all++;
        count.of_user += peer_uid(ask->peer) == uid;
    }
    return count;
}

/* ---- Saying no ---- */

static const char *line_text(const Line *line) {
    return line ? line_name(line) : "";
}

static const char *hint_of(Verdict verdict, bool interactive) {
    switch (verdict) {
    case VERDICT_CHALLENGE:
        return interactive ? "somebody would have to give a password, and there is no agent that asks for it"
                           : "somebody would have to give a password, and your request does not allow to ask for it";
    case VERDICT_ABSENT:
        return "there is no polkit, and the settings of the line name neither you nor your groups";
    case VERDICT_FAILED:
        return "polkit gives no answer, try again";
    case VERDICT_NO:
    case VERDICT_YES:
        break;
    }
    return "a rule of polkit can grant it";
}

static Refusal *deny(Deed deed, const Line *line, Verdict verdict, bool interactive) {
    return refuse(REFUSAL_ACCESS_DENIED, "You may not %s%s%s without the right " ACTION_PREFIX "%s: %s", deeds[deed].what,
                  line ? " on line " : "", line_text(line), deeds[deed].action, hint_of(verdict, interactive));
}

static void tell_absent(Authority *authority) {
    if (authority->told_absent)
        return;
    authority->told_absent = true;
    log_warning("There is no polkit on this bus: only root and the users and groups that a line's settings name may use it");
}

/* What the answer means for the client now. */
static Refusal *apply(Authority *authority, const Client *client, const Line *line, const Answer *answer, bool interactive) {
    if (answer->verdict == VERDICT_YES)
        return NULL;
    if (answer->verdict == VERDICT_ABSENT) {
        tell_absent(authority);
        if (line && line_policy_names(manager_line_policy(line_manager(line), line_name(line)), client))
            return NULL;
    }
    return deny(answer->deed, line, answer->verdict, interactive);
}

/* ---- Judging ---- */

/* The message is handled once more. */
static void on_verdict(Verdict verdict, void *userdata) {
    Ask *ask = userdata;
    Authority *authority = ask->authority;

    ask->check = NULL;
    ask->answers[ask->n_answers - 1].verdict = verdict;
    ask->next = 0;
    if (sd_bus_message_rewind(ask->message, true) >= 0 &&
        sd_bus_enqueue_for_read(bus_connection(authority->bus), ask->message) >= 0)
        return;
    reply_now(ask->peer, ask->message, refuse(REFUSAL_LIMITS_EXCEEDED, "The service has too much to do: try again"));
    g_ptr_array_remove_fast(authority->asks, ask);
}

static Refusal *check_room(const Authority *authority, const Peer *peer, sd_bus_message *m) {
    Count waiting = count_asks(authority, peer_uid(peer), /* prompts= */ false);

    if (waiting.of_user >= WAITING_PER_USER_MAX)
        return refuse(REFUSAL_LIMITS_EXCEEDED,
                      "Polkit is being asked for %d requests of your user already: wait for one of their replies first",
                      WAITING_PER_USER_MAX);
    if (waiting.all >= WAITING_MAX)
        return refuse(REFUSAL_LIMITS_EXCEEDED, "Polkit is being asked for %d requests already: try again", WAITING_MAX);
    if (message_size(m) > WAITING_SIZE_MAX)
        return refuse(REFUSAL_LIMITS_EXCEEDED, "The message has more than %d bytes: too many to wait for a right",
                      WAITING_SIZE_MAX);
    return NULL;
}

static Refusal *check_room_for_prompt(const Ask *ask) {
    Manager *manager = bus_manager(ask->authority->bus);
    const Limits *limits = manager_limits(manager);
    uint32_t uid = peer_uid(ask->peer);
    Count prompts = count_asks(ask->authority, uid, /* prompts= */ true);

    if (prompts.of_user >= limits->prompts_per_user) {
        toll_tell(manager, uid, limit_table[LIMIT_PROMPTS_PER_USER].key, /* line= */ NULL);
        return refuse(REFUSAL_LIMITS_EXCEEDED,
                      "PromptsPerUser is %u, and so many requests of your user wait for a password: answer or cancel one first",
                      limits->prompts_per_user);
    }
    if (prompts.all >= limits->prompts) {
        toll_tell(manager, uid, limit_table[LIMIT_PROMPTS].key, /* line= */ NULL);
        return refuse(REFUSAL_LIMITS_EXCEEDED,
                      "Prompts is %u, and so many requests wait for a password: try again when one has been answered",
                      limits->prompts);
    }
    return NULL;
}

static bool may_prompt(const Ask *ask) {
    return sd_bus_message_get_allow_interactive_authorization(ask->message) > 0;
}

/* The last of the answers is to come, if it can be asked for. */
static Refusal *ask_polkit(Ask *ask, const Line *line) {
    Answer *answer = &ask->answers[ask->n_answers - 1];
    g_autofree char *action = g_strconcat(ACTION_PREFIX, deeds[answer->deed].action, NULL);
    const Question question = {
        .client = peer_name(ask->peer),
        .action = action,
        .line = line ? line_name(line) : NULL,
        .class = deeds[answer->deed].class,
        .interactive = answer->prompted,
    };

    answer->verdict = VERDICT_FAILED;
    ask->check = polkit_check(ask->authority->polkit, &question, on_verdict, ask);
    if (!ask->check)
        return deny(answer->deed, line, VERDICT_FAILED, answer->prompted);
    ask->next = ask->n_answers;
    return refuse(REFUSAL_WAITING, "A right is being asked for");
}

/* At first nobody is bothered with it. */
static Refusal *ask_for(Ask *ask, Deed deed, const Line *line) {
    Answer *answer = &ask->answers[ask->n_answers];

    if (ask->n_answers == ANSWERS_MAX)
        return deny(deed, line, VERDICT_FAILED, may_prompt(ask));
    *answer = (Answer) { .deed = deed };
    g_strlcpy(answer->line, line_text(line), sizeof(answer->line));
    ask->n_answers++;
    return ask_polkit(ask, line);
}

/* A password would make a yes of it. No answer ever came after this one. */
static Refusal *ask_with_prompt(Ask *ask, const Line *line) {
    Refusal *refusal = check_room_for_prompt(ask);

    if (refusal)
        return refusal;
    ask->answers[ask->n_answers - 1].prompted = true;
    return ask_polkit(ask, line);
}

/* The run follows the one before it, and only the answers to the same questions count. */
static Refusal *use_answer(Ask *ask, const Client *client, Deed deed, const Line *line) {
    const Answer *answer = &ask->answers[ask->next++];

    if (answer->deed != deed || strcmp(answer->line, line_text(line)) != 0)
        return refuse(REFUSAL_ACCESS_DENIED, "What you asked for has become something else while a right was asked for: try again");
    if (answer->verdict == VERDICT_CHALLENGE && !answer->prompted && may_prompt(ask))
        return ask_with_prompt(ask, line);
    return apply(ask->authority, client, line, answer, may_prompt(ask));
}

static Refusal *judge(Client *client, Deed deed, const Line *line, void *userdata) {
    Authority *authority = userdata;
    Peer *peer = peer_of_client(client);
    sd_bus_message *m = sd_bus_get_current_message(bus_connection(authority->bus));
    Refusal *refusal;
    Ask *ask;

    /* The greatest number is nobody's. */
    if (peer_uid(peer) == 0)
        return NULL;
    if (peer_uid(peer) == UINT32_MAX || !m || g_strcmp0(sd_bus_message_get_sender(m), peer_name(peer)) != 0)
        return deny(deed, line, VERDICT_FAILED, /* interactive= */ false);

    ask = find_ask(authority, m);
    if (ask && ask->check)
        return deny(deed, line, VERDICT_FAILED, /* interactive= */ false);
    if (ask && ask->next < ask->n_answers)
        return use_answer(ask, client, deed, line);
    if (!ask) {
        refusal = check_room(authority, peer, m);
        if (refusal)
            return refusal;
        ask = add_ask(authority, peer, m);
    }
    refusal = ask_for(ask, deed, line);
    if (!ask->check)
        g_ptr_array_remove_fast(authority->asks, ask);
    return refusal;
}

/* ---- Messages ---- */

bool authority_knows(const Authority *authority, const sd_bus_message *m) {
    return authority && find_ask(authority, m);
}

void authority_begin(Authority *authority, sd_bus_message *m) {
    if (authority)
        authority->running = find_ask(authority, m);
}

/* It may wait again, for polkit or for something else that the bus is asked: then what is known stays good. */
void authority_end(Authority *authority) {
    Ask *ask = authority ? authority->running : NULL;

    if (!ask)
        return;
    authority->running = NULL;
    ask->next = 0;
    if (!ask->check && !peer_has_waiting(ask->peer, ask->message))
        g_ptr_array_remove_fast(authority->asks, ask);
}

void authority_drop(Authority *authority, sd_bus_message *m) {
    Ask *ask = authority ? find_ask(authority, m) : NULL;

    if (ask)
        g_ptr_array_remove_fast(authority->asks, ask);
}

void authority_forget(Authority *authority, const Peer *peer) {
    for (unsigned i = authority ? authority->asks->len : 0; i > 0; i--) {
        const Ask *ask = g_ptr_array_index(authority->asks, i - 1);

        if (ask->peer == peer)
            g_ptr_array_remove_index_fast(authority->asks, i - 1);
    }
}

/* ---- Life ---- */

/* Said before anybody needs it. Why there was no answer has been logged. */
static void on_look(Verdict verdict, void *userdata) {
    Authority *authority = userdata;

    authority->look = NULL;
    if (verdict == VERDICT_YES)
        log_info("There is a polkit on this bus: it is asked who may do what");
    else if (verdict == VERDICT_ABSENT)
        tell_absent(authority);
}

Authority *authority_new(Bus *bus) {
    Authority *authority = g_new0(Authority, 1);

    *authority = (Authority) {
        .bus = bus,
        .polkit = polkit_new(),
        .asks = g_ptr_array_new_with_free_func(ask_free),
    };
    authority->look = polkit_look(authority->polkit, on_look, authority);
    manager_set_judge(bus_manager(bus), judge, authority);
    return authority;
}

void authority_stop(Authority *authority) {
    for (unsigned i = 0; authority && i < authority->asks->len; i++) {
        const Ask *ask = g_ptr_array_index(authority->asks, i);

        reply_now(ask->peer, ask->message,
                  refuse(REFUSAL_ACCESS_DENIED, "The service stops before it is known whether you may do that: try again"));
    }
    if (authority)
        g_ptr_array_set_size(authority->asks, 0);
}

Authority *authority_free(Authority *authority) {
    if (!authority)
        return NULL;
    manager_set_judge(bus_manager(authority->bus), NULL, NULL);
    g_ptr_array_unref(authority->asks);
    polkit_cancel(authority->look);
    polkit_free(authority->polkit);
    g_free(authority);
    return NULL;
}
