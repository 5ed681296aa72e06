"""Where a deployment stands, and whether an alias is still its own."""

import pytest

from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.plan.plan import Plan
from hotplug.core.resources.alias import AliasState, Routing
from tests.fakes import split
from tests.support.plans import TEN_THEN_FIFTY, a_plan, a_planned, at_step, event_at, steps_of


def the_move(progress: Progress) -> Move:
    (move,) = progress.moves()
    return move


@pytest.mark.parametrize(
    ("position", "routing"),
    [
        pytest.param(0, split("41", "42", 10), id="the first step"),
        pytest.param(1, split("41", "42", 50), id="the last step"),
        pytest.param(2, Routing("42"), id="the promotion"),
    ],
)
def test_the_stable_version_keeps_the_alias_until_the_promotion(position: int, routing: Routing) -> None:
    assert a_planned(stable="41").routing_at(position, TEN_THEN_FIFTY, "42") == routing


def test_even_at_a_hundred_percent_the_stable_version_keeps_the_alias() -> None:
    steps = steps_of((100, 60))
    assert a_planned(stable="41").routing_at(0, steps, "42") == split("41", "42", 100)


def test_an_alias_that_is_new_does_not_exist_before_the_promotion() -> None:
    new = a_planned(stable=None, revision=None)
    assert new.routing_at(0, TEN_THEN_FIFTY, "1") is None
    assert new.routing_at(2, TEN_THEN_FIFTY, "1") == Routing("1")


def test_a_candidate_that_is_live_already_needs_no_weights() -> None:
    assert a_planned(stable="41").routing_at(0, TEN_THEN_FIFTY, "41") == Routing("41")


def test_nothing_moves_before_the_candidates_are_known() -> None:
    assert list(at_step(a_plan(), 0).moves()) == []


@pytest.mark.parametrize(
    ("alias", "ours"),
    [
        pytest.param(AliasState(Routing("41"), "seen"), True, id="as last seen"),
        pytest.param(AliasState(Routing("7"), "seen"), True, id="the revision vouches, not the routing"),
        pytest.param(AliasState(split("41", "42", 10), "new"), True, id="our write, its answer lost"),
        pytest.param(AliasState(split("41", "42", 50), "new"), False, id="another weight"),
        pytest.param(AliasState(split("41", "43", 10), "new"), False, id="another candidate"),
        pytest.param(AliasState(Routing("41"), "new"), False, id="put back by hand"),
        pytest.param(None, False, id="gone"),
    ],
)
def test_an_alias_is_ours_as_last_seen_or_as_wanted(alias: AliasState | None, ours: bool) -> None:
    move = the_move(at_step(a_plan(), 0, "42", revisions=["seen"]))
    assert move.is_ours(alias) is ours


def test_an_alias_that_is_not_to_exist_yet_is_ours_while_it_does_not() -> None:
    plan = a_plan(a_planned("orders:live"), a_planned("billing:live", stable=None, revision=None))
    _, new = at_step(plan, 0, "42", "1").moves()
    assert new.is_ours(None)
    assert not new.is_ours(AliasState(Routing("1"), "somebody else's"))


def test_what_is_said_of_a_moved_alias_names_where_it_is_now() -> None:
    move = the_move(at_step(a_plan(), 0, "42"))
    moved = AliasState(split("41", "43", 5), "new")
    assert move.modified_externally(moved) == (
        "orders:live was moved by somebody else: it is on version 41 with 5 % to version 43 now "
        "and is left as it is"
    )
    assert "it is gone now" in move.modified_externally(None)


def test_progress_is_what_the_machine_hands_over() -> None:
    plan: Plan = a_plan(a_planned("orders:live"), a_planned("billing:live", stable=None, revision=None))
    progress = at_step(plan, 1, "42", "1", revisions=["r1", None])
    assert Progress.from_event(event_at(progress)) == progress
