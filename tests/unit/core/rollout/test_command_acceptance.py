"""A command is an order only where it fits where its deployment stands; all that is wrong is said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotplug.core.deployment.record import DeploymentRecord, Phase
from hotplug.core.deployment.transition import Outcome
from hotplug.core.plan.plan import Plan
from hotplug.core.resources.target import Target
from hotplug.core.rollout.command_acceptance import Addressed, Reception, known, read_command, received
from hotplug.core.rollout.commands import ACCEPTED_COMMAND, EVERYWHERE, AcceptedCommand, Command, CommandLog
from hotplug.core.spec.approval import Approval
from tests.support.plans import TEN_THEN_FIFTY, a_plan, an_adaptive_plan, at_step

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SAID = {"command": "pause", "deployment": "d-1", "step": 1, "by": "ann", "why": "lunch"}


def accepted(command: Command, step: int | None = 1, minute: float = 0) -> AcceptedCommand:
    return AcceptedCommand(command, "ann", "ticket 7", NOW + timedelta(minutes=minute), step)


def saved(plan: Plan | None = None, step: int = 1, **more: Any) -> DeploymentRecord:
    progress = at_step(plan or a_plan(steps=ASKING), step, "42")
    return DeploymentRecord(progress, more.pop("phase", Phase.MOVING), more.pop("tripped", None), **more)


ASKING = tuple(replace(step, approval=Approval()) for step in TEN_THEN_FIFTY)


@pytest.mark.parametrize(
    ("change", "deployment", "command", "step"),
    [
        pytest.param({}, "d-1", Command.PAUSE, 1, id="of a step"),
        pytest.param({"step": "any"}, "d-1", Command.PAUSE, None, id="whatever its step"),
        pytest.param({"command": "abort", "step": "any"}, "d-1", Command.ABORT, None, id="an abort"),
        pytest.param({"command": "approve", "step": 0.0}, "d-1", Command.APPROVE, 0, id="an approval"),
    ],
)
def test_a_command_is_read(
    change: dict[str, Any], deployment: str, command: Command, step: int | None
) -> None:
    given = AcceptedCommand(command, "ann", "lunch", NOW, step)
    assert read_command(SAID | change, NOW) == Addressed(deployment, given, holds=command is Command.ABORT)


def test_an_abort_may_hold_nothing() -> None:
    read = read_command(SAID | {"command": "abort", "hold": False}, NOW)
    assert isinstance(read, Addressed)
    assert not read.holds


@pytest.mark.parametrize("command", [Command.HOLD, Command.RELEASE])
def test_a_hold_is_for_one_target(command: Command) -> None:
    said = {"command": str(command), "target": "orders:live", "by": "ann", "why": "42 is bad"}
    given = AcceptedCommand(command, "ann", "42 is bad", NOW)
    assert read_command(said, NOW) == Addressed(EVERYWHERE, given, Target("orders", "live"))


@pytest.mark.parametrize("command", ["freeze", "unfreeze"])
def test_a_freeze_is_for_all(command: str) -> None:
    read = read_command({"command": command, "by": "ann", "why": "holidays"}, NOW)
    assert read == Addressed(EVERYWHERE, AcceptedCommand(Command(command), "ann", "holidays", NOW))


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        pytest.param(None, ["request"], id="null"),
        pytest.param([], ["request"], id="a list"),
        pytest.param(
            {"command": "hold", "target": "orders", "by": "ann", "why": "42 is bad"},
            ["target"],
            id="a target without its alias",
        ),
        pytest.param(
            {"command": "release", "deployment": "d-1", "by": "ann", "why": "43 is good"},
            ["deployment", "target"],
            id="a release of a deployment",
        ),
        pytest.param(SAID | {"command": "abort", "hold": "no"}, ["hold"], id="a hold that is no flag"),
        pytest.param({}, ["command", "deployment", "step", "by", "why"], id="nothing"),
        pytest.param(SAID | {"command": "stop"}, ["command"], id="an unknown command"),
        pytest.param(SAID | {"command": ["pause"]}, ["command"], id="a list of commands"),
        pytest.param(SAID | {"command": "approve", "step": "any"}, ["step"], id="approve what comes"),
        pytest.param(SAID | {"command": "skip", "step": "any"}, ["step"], id="skip what comes"),
        pytest.param(SAID | {"command": "promote", "step": "any"}, ["step"], id="promote what comes"),
        pytest.param(SAID | {"step": -1}, ["step"], id="a step before the first"),
        pytest.param(SAID | {"step": "1"}, ["step"], id="a step as a text"),
        pytest.param(SAID | {"deployment": "*"}, ["deployment"], id="all deployments"),
        pytest.param(SAID | {"by": "", "why": None}, ["by", "why"], id="by nobody for nothing"),
        pytest.param(SAID | {"command": "freeze"}, ["deployment", "step"], id="a freeze of one"),
        pytest.param(SAID | {"urgent": True}, ["urgent"], id="an unknown key"),
    ],
)
def test_all_that_is_wrong_with_a_command_is_said(value: object, fields: list[str]) -> None:
    problems = read_command(value, NOW)
    assert not isinstance(problems, Addressed)
    assert sorted(problem.field for problem in problems) == sorted(fields)


@pytest.mark.parametrize("command", [command for command in Command if command.value[-6:] != "freeze"])
def test_a_command_for_another_step_is_stale(command: Command) -> None:
    answer = received(accepted(command, 0), saved(), CommandLog())
    assert (answer.reception, answer.accepted) == (Reception.STALE, None)
    assert answer.reason == "it is on step 1 now, not on step 0"


@pytest.mark.parametrize(
    ("there", "words"),
    [
        pytest.param(saved(phase=Phase.PROMOTING), "it is being promoted", id="promoting"),
        pytest.param(saved(phase=Phase.CLOSED), "it is over: closed", id="closed"),
        pytest.param(saved(outcome=Outcome.ROLLED_BACK), "it is over: rolled_back", id="decided"),
        pytest.param(saved(tripped="red"), "it is going back: red", id="tripped by the guard"),
    ],
)
def test_a_command_to_what_is_over_is_stale(there: DeploymentRecord, words: str) -> None:
    answer = received(accepted(Command.ABORT, None), there, CommandLog())
    assert (answer.reception, answer.reason) == (Reception.STALE, words)


@pytest.mark.parametrize(
    ("command", "there", "words"),
    [
        pytest.param(Command.PAUSE, None, "there is no deployment of this name", id="nobody"),
        pytest.param(
            Command.APPROVE, saved(a_plan()), "step 1 asks for no approval", id="nothing to approve"
        ),
        pytest.param(
            Command.APPROVE,
            saved(a_plan(steps=()), step=0),
            "step 0 asks for no approval",
            id="no steps to approve",
        ),
        pytest.param(Command.SKIP, saved(an_adaptive_plan()), "it has no bakes to skip", id="adaptive"),
        pytest.param(
            Command.SKIP, saved(a_plan(steps=()), step=0), "it has no bakes to skip", id="all at once"
        ),
    ],
)
def test_a_command_that_fits_no_such_deployment_is_refused(
    command: Command, there: DeploymentRecord | None, words: str
) -> None:
    answer = received(accepted(command, None), there, CommandLog())
    assert answer.reception is Reception.REFUSED
    assert words in answer.reason


@pytest.mark.parametrize(
    ("command", "before"),
    [
        pytest.param(Command.APPROVE, [accepted(Command.APPROVE)], id="approve"),
        pytest.param(Command.PROMOTE, [accepted(Command.PROMOTE)], id="promote"),
        pytest.param(Command.SKIP, [accepted(Command.SKIP)], id="skip"),
        pytest.param(Command.ABORT, [accepted(Command.ABORT, None)], id="abort"),
        pytest.param(Command.PAUSE, [accepted(Command.PAUSE, 0)], id="pause"),
        pytest.param(Command.RESUME, [], id="resume what runs"),
        pytest.param(
            Command.RESUME, [accepted(Command.PAUSE), accepted(Command.RESUME, minute=1)], id="resume twice"
        ),
    ],
)
def test_the_same_command_again_is_nothing_new(command: Command, before: list[AcceptedCommand]) -> None:
    answer = received(accepted(command, minute=5), saved(), CommandLog(tuple(before)))
    assert answer.reception is Reception.REPEATED
    assert answer.accepted in [*before, None]


def test_what_was_ended_can_be_ordered_again() -> None:
    before = CommandLog((accepted(Command.PAUSE), accepted(Command.RESUME, minute=1)))
    assert received(accepted(Command.PAUSE, minute=2), saved(), before).reception is Reception.ACCEPTED
    thawed = CommandLog((accepted(Command.FREEZE), accepted(Command.UNFREEZE, minute=1)))
    assert known(accepted(Command.FREEZE, minute=2), thawed) is None
    assert known(accepted(Command.UNFREEZE, minute=2), thawed) is not None


def test_an_order_for_an_earlier_step_makes_none_for_this_one_old() -> None:
    before = CommandLog((accepted(Command.APPROVE, 0),))
    assert received(accepted(Command.APPROVE, 1), saved(), before).reception is Reception.ACCEPTED


@pytest.mark.parametrize("command", Command)
def test_an_order_is_kept_as_it_was_given(command: Command) -> None:
    given = accepted(command)
    assert ACCEPTED_COMMAND(ACCEPTED_COMMAND.write(given)) == given


def test_repeating_has_the_same_key_where_it_can_happen_once() -> None:
    once = {Command.APPROVE, Command.PROMOTE, Command.SKIP, Command.ABORT}
    alike = {it for it in Command if accepted(it).key == accepted(it, minute=1).key}
    assert alike == once
    assert accepted(Command.APPROVE, 1).key != accepted(Command.APPROVE, 2).key
