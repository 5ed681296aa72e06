"""Every kind of input that comes from outside, and what must hold for it."""

from tests.fuzz.command_trials import a_command_is_taken_or_refused_and_moves_nothing
from tests.fuzz.ledger_trials import (
    a_broken_item_does_not_break_a_task,
    a_broken_item_keeps_nobody_else_from_being_settled,
)
from tests.fuzz.router_trials import (
    a_broken_view_does_not_break_the_router,
    a_request_is_answered_whatever_is_wrong_with_it,
    a_version_reaches_what_may_be_named_or_nothing,
    an_answer_is_passed_on_or_is_a_problem,
)
from tests.fuzz.task_trials import a_task_acts_on_what_it_can_read_or_on_nothing
from tests.fuzz.trial import Trial
from tests.fuzz.trials import (
    a_package_is_planned_or_refused_for_a_reason,
    a_policy_starts_what_it_says_or_is_refused_with_a_note,
    a_release_is_planned_or_refused_for_a_reason,
    a_request_is_planned_or_answered_with_every_problem,
    an_upload_starts_something_or_is_refused_with_a_note,
    no_event_moves_an_alias_while_all_is_well,
)

KINDS: dict[str, tuple[Trial, float]] = {
    "requests": (a_request_is_planned_or_answered_with_every_problem, 1),
    "policies": (a_policy_starts_what_it_says_or_is_refused_with_a_note, 0.1),
    "uploads": (an_upload_starts_something_or_is_refused_with_a_note, 0.1),
    "packages": (a_package_is_planned_or_refused_for_a_reason, 0.1),
    "releases": (a_release_is_planned_or_refused_for_a_reason, 0.1),
    "events": (no_event_moves_an_alias_while_all_is_well, 0.1),
    "tasks": (a_task_acts_on_what_it_can_read_or_on_nothing, 0.1),
    "commands": (a_command_is_taken_or_refused_and_moves_nothing, 0.1),
    "sweeps": (a_broken_item_keeps_nobody_else_from_being_settled, 0.02),
    "ledgers": (a_broken_item_does_not_break_a_task, 0.05),
    "versions": (a_version_reaches_what_may_be_named_or_nothing, 1),
    "calls": (a_request_is_answered_whatever_is_wrong_with_it, 0.5),
    "answers": (an_answer_is_passed_on_or_is_a_problem, 0.2),
    "views": (a_broken_view_does_not_break_the_router, 0.05),
}
"""Each kind of input, and how many of it go with one request."""
