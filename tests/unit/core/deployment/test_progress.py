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
        pytest.param(AliasState(Routing("7"), "seen"), False, id="another version with our revision"),
        pytest.param(AliasState(split("41", "42", 10), "new"), True, id="our write, its answer lost"),
        pytest.param(AliasState(split("41", "42", 50), "new"), True, id="another weight of the plan"),
        pytest.param(AliasState(split("41", "42", 77), "new"), False, id="a weight that no step has"),
        pytest.param(AliasState(split("41", "43", 10), "new"), False, id="another candidate"),
        pytest.param(AliasState(split("42", "41", 10), "new"), False, id="the other way round"),
        pytest.param(AliasState(Routing("41"), "new"), True, id="as found, and touched"),
        pytest.param(AliasState(Routing("42"), "new"), False, id="promoted by hand"),
        pytest.param(None, False, id="gone"),
    ],
)
def test_an_alias_is_ours_by_its_routing_whatever_its_revision(alias: AliasState | None, ours: bool) -> None:
    move = the_move(at_step(a_plan(), 0, "42", revisions=["seen"]))
    assert move.is_ours(alias) is ours


@pytest.mark.parametrize(
    "routing", [Routing("42"), split("42", "41", 100), split("41", "42", 100), Routing("41")], ids=str
)
def test_from_the_promotion_on_the_candidate_is_ours_and_what_settles(routing: Routing) -> None:
    assert the_move(at_step(a_plan(), 2, "42")).is_ours(AliasState(routing, "new"))


def test_an_alias_settles_while_the_version_before_has_all_calls() -> None:
    move = the_move(at_step(a_plan(), 2, "42"))
    assert move.is_settling(AliasState(split("42", "41", 100), "new"))
    assert not move.is_settling(AliasState(split("42", "41", 50), "new"))
    assert not move.is_settling(AliasState(Routing("42"), "new"))


def test_what_was_set_back_by_hand_is_not_moved_on_but_the_start_may_be_touched() -> None:
    touched = AliasState(Routing("41"), "new")
    assert the_move(at_step(a_plan(), 0, "42")).may_move(touched)
    assert not the_move(at_step(a_plan(), 1, "42")).may_move(touched)


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
