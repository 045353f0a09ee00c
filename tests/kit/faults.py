# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a provider can do wrong: each fault is planted in the one of docs/writing-a-provider.md, and the suite has to find it."""
from typing import NamedTuple


class Fault(NamedTuple):
    changes: list  # (old, new) in provider.c
    case: str      # the group of scenarios that finds it
    says: str      # with these words


def change(old, new, case, says):
    return Fault([(old, new)], case, says)


DROP_DONE = "    provider_complete(silence->provider, work->request, NULL, NULL);\n}\n\nstatic int silence_drop"
CONNECT = "        connect(work->end);\n        connect(work->end->peer);\n"

FAULTS = {
    "at-once": change(
        "    work_on(call, do_answer, request);\n    return 0;",
        "    provider_complete(line_provider(call_line(call)), request, NULL, NULL);\n    return 0;",
        "calls", "a completion inside an operation"),
    "twice": change(
        DROP_DONE, "    provider_complete(silence->provider, work->request, NULL, NULL);\n" + DROP_DONE,
        "calls", "a completion of nothing, or a second one"),
    "never": change(DROP_DONE, "}\n\nstatic int silence_drop", "calls", "stop is complete and other operations are not"),
    "effect-late": change(
        "    if (work->end) {\n" + CONNECT + "    }\n    provider_complete(silence->provider, work->request, "
        "work->end ? NULL : refuse_ended(), NULL);\n",
        "    provider_complete(silence->provider, work->request, work->end ? NULL : refuse_ended(), NULL);\n"
        "    if (work->end) {\n" + CONNECT + "    }\n",
        "calls", "answer is complete before its effect was reported"),
    "effect-missing": change(
        "        end_finish(silence, end, CAUSE_NORMAL);\n    if (peer && busy)", "        (void) rejected;\n    if (peer && busy)",
        "calls", "drop is complete before its effect was reported"),
    "event-early": change(
        "    provider_complete_calls(silence->provider, work->request, &start);\n",
        "    provider_report_event(end->call, CALL_EVENT_PROCEEDING, STATE_DETAIL_NONE);\n"
        "    provider_complete_calls(silence->provider, work->request, &start);\n",
        "calls", "before the operation that makes the call was complete"),
    "begins-wrong": change(".event = CALL_EVENT_DIALING, .call_id", ".event = CALL_EVENT_CONNECTED, .call_id",
                           "calls", "dial: call 1 begins as connected"),
    "no-call-id": change(".event = CALL_EVENT_DIALING, .call_id = call_id", ".event = CALL_EVENT_DIALING, .call_id = NULL",
                         "calls", "Call ID '' on line silent0"),
    "other-call-id": change(".call_id = caller->call_id,\n", ".call_id = \"0123456789abcdef0123456789abcdef\",\n",
                            "calls", "in->call_id == out->call_id"),
    "no-calls": change(
        "    provider_complete_calls(silence->provider, work->request, &start);\n",
        "    (void) start;\n    provider_complete(silence->provider, work->request, NULL, NULL);\n",
        "calls", "dial was completed without its calls"),
    "forgotten": change(
        "    provider_report_ended(call, cause, /* provider_cause= */ NULL);\n",
        "    provider_report_ended(call, cause, NULL);\n    provider_report_event(call, CALL_EVENT_BUSY, STATE_DETAIL_NONE);\n",
        "calls", "of a call that the provider should have forgotten"),
    "no-cause": change("    provider_report_ended(call, cause,", "    provider_report_ended(call, CAUSE_NONE,",
                       "calls", "an end without a cause"),
    "other-cause": change("rings(peer) ? CAUSE_CANCELLED : CAUSE_NORMAL", "rings(peer) ? CAUSE_UNKNOWN : CAUSE_NORMAL",
                          "calls", "expected: offering disconnected:cancelled"),
    "other-event": change(
        "end->peer ? CALL_EVENT_RINGBACK : CALL_EVENT_BUSY", "end->peer ? CALL_EVENT_OFFERED : CALL_EVENT_BUSY",
        "calls", "offered is not reported so"),
    "other-party": change("lines[end->peer->line].address });", "lines[end->line].address });",
                          "parties", "waited in vain for: strcmp(seen_party"),
    "no-hint": change("    *ret_hint = \"this network dials digits only\";\n", "", "calls", "without a hint"),
    "less-able": change("    .answer = silence_answer,\n", "", "calls", "line silent0 and Answer"),
    "calls-stay": change(
        "    while ((end = g_queue_peek_head(&silence->ends)))\n        end_finish(silence, end, CAUSE_SERVICE_RESTARTED);\n",
        "    (void) end;\n", "stop", "stop is complete and calls are still up"),
    "never-stops": change(
        "    work_new(silence, do_stopped, work->request);\n",
        "    provider_complete(silence->provider, work->request, NULL, NULL);\n"
        "    work_new(silence, do_stopped, work->request);\n",
        "stop", "after the provider stopped"),
}
