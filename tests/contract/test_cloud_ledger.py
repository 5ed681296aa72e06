"""The ledger, in memory and on the local AWS alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.record import OVER, DeploymentRecord, Phase
from hotplug.core.deployment.transition import Outcome, State, TargetLine, Transition
from hotplug.core.errors import TrippedError
from hotplug.core.plan.plan import Plan
from hotplug.core.resources.concurrency import RaisedConcurrency
from hotplug.core.resources.configuration import Configuration
from hotplug.core.resources.target import Target
from hotplug.core.rollout.commands import AcceptedCommand, Command
from tests.contract.surroundings import Surroundings
from tests.support.plans import a_plan, a_planned, at_step

NOW = datetime(2026, 11, 24, 9, 0, 30, 5, tzinfo=UTC)


def plan_of(name: str, *functions: str, deployment: str = "d-1") -> Plan:
    targets = [a_planned(f"{name}-{function}:live") for function in functions]
    return a_plan(*targets, deployment=f"{name}-{deployment}")


def targets_of(plan: Plan) -> list[Target]:
    return [planned.target for planned in plan.targets]


def holder_of(cloud: Surroundings, name: str, function: str) -> str | None:
    holder = cloud.ledger.holder(Target(f"{name}-{function}", "live"))
    return holder.deployment.removeprefix(f"{name}-") if holder else None


def a_line(
    plan: Plan, state: State = State.SHIFTED, reason: str = "why", percent: str = "12.5"
) -> Transition:
    return Transition(
        deployment=plan.deployment,
        execution=plan.execution,
        state=state,
        key=f"{state}#00001",
        at=NOW.isoformat(),
        targets=tuple(TargetLine.of(planned, "42", Decimal(percent)) for planned in plan.targets),
        reason=reason,
        step=1,
        outcome=Outcome.DEPLOYED if state is State.CLOSED else None,
    )


def test_all_targets_are_claimed(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders", "billing")
    assert list(cloud.ledger.claim(plan, NOW)) == []
    holder = cloud.ledger.holder(plan.targets[0].target)
    assert holder is not None
    assert (holder.target, holder.deployment, holder.execution, holder.since) == (
        f"{name}-orders:live",
        plan.deployment,
        plan.execution,
        NOW.isoformat(),
    )
    assert holder_of(cloud, name, "billing") == "d-1"


def test_claiming_twice_is_claiming_once(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders")
    cloud.ledger.claim(plan, NOW)
    assert list(cloud.ledger.claim(plan, NOW)) == []


def test_one_target_that_is_held_leaves_all_others_free(cloud: Surroundings, name: str) -> None:
    cloud.ledger.claim(plan_of(name, "billing"), NOW)
    holders = cloud.ledger.claim(plan_of(name, "orders", "billing", deployment="d-2"), NOW)
    assert [holder.target for holder in holders] == [f"{name}-billing:live"]
    assert holder_of(cloud, name, "orders") is None
    assert holder_of(cloud, name, "billing") == "d-1"


def test_all_holders_that_are_in_the_way_are_named(cloud: Surroundings, name: str) -> None:
    cloud.ledger.claim(plan_of(name, "orders"), NOW)
    cloud.ledger.claim(plan_of(name, "billing", deployment="d-2"), NOW)
    holders = cloud.ledger.claim(plan_of(name, "orders", "billing", "mail", deployment="d-3"), NOW)
    assert {holder.deployment.removeprefix(f"{name}-") for holder in holders} == {"d-1", "d-2"}


def test_every_claim_that_is_held_is_listed(cloud: Surroundings, name: str) -> None:
    first, second = plan_of(name, "orders", "billing"), plan_of(name, "mail", deployment="d-2")
    cloud.ledger.claim(first, NOW)
    cloud.ledger.claim(second, NOW)
    mine = [holder for holder in cloud.ledger.claims() if holder.target.startswith(name)]
    assert {(holder.target, holder.deployment, holder.execution, holder.since) for holder in mine} == {
        (f"{name}-orders:live", first.deployment, first.execution, NOW.isoformat()),
        (f"{name}-billing:live", first.deployment, first.execution, NOW.isoformat()),
        (f"{name}-mail:live", second.deployment, second.execution, NOW.isoformat()),
    }
    cloud.ledger.release(first.deployment, targets_of(first))
    left = [holder.target for holder in cloud.ledger.claims() if holder.target.startswith(name)]
    assert left == [f"{name}-mail:live"]


def test_as_many_targets_as_a_request_can_name_are_claimed_at_once(cloud: Surroundings, name: str) -> None:
    functions = [f"f{at}" for at in range(50)]
    assert list(cloud.ledger.claim(plan_of(name, *functions), NOW)) == []
    assert holder_of(cloud, name, "f49") == "d-1"


def test_a_release_frees_what_is_held_and_is_safe_to_repeat(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders", "billing")
    cloud.ledger.claim(plan, NOW)
    cloud.ledger.release(plan.deployment, targets_of(plan))
    cloud.ledger.release(plan.deployment, targets_of(plan))
    assert holder_of(cloud, name, "orders") is holder_of(cloud, name, "billing") is None


def test_a_release_leaves_what_somebody_else_holds_by_now(cloud: Surroundings, name: str) -> None:
    first, second = plan_of(name, "orders", "billing"), plan_of(name, "orders", deployment="d-2")
    cloud.ledger.claim(first, NOW)
    cloud.ledger.release(first.deployment, targets_of(first))
    cloud.ledger.claim(second, NOW)
    cloud.ledger.release(first.deployment, targets_of(first))
    assert holder_of(cloud, name, "orders") == "d-2"
    assert holder_of(cloud, name, "billing") is None


def waiting_since(plan: Plan, at: datetime) -> Plan:
    return replace(plan, created_at=at.isoformat())


def test_the_one_that_has_waited_longest_is_next_in_line(cloud: Surroundings, name: str) -> None:
    younger = waiting_since(plan_of(name, "orders", "billing"), NOW + timedelta(seconds=1))
    older = waiting_since(plan_of(name, "orders", deployment="d-2"), NOW)
    for plan in (younger, older, older):
        cloud.ledger.queue(plan)
    commands, billing = targets_of(younger)

    first = cloud.ledger.next_queued(commands)
    assert first is not None
    assert (first.target, first.deployment, first.since) == (str(commands), older.deployment, NOW.isoformat())
    assert getattr(cloud.ledger.next_queued(billing), "deployment", None) == younger.deployment

    cloud.ledger.leave(older.deployment, targets_of(older))
    assert getattr(cloud.ledger.next_queued(commands), "deployment", None) == younger.deployment
    cloud.ledger.leave(younger.deployment, targets_of(younger))
    assert cloud.ledger.next_queued(commands) is cloud.ledger.next_queued(billing) is None


def test_a_timeline_holds_the_transitions_as_they_were(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders")
    cloud.ledger.append(a_line(plan))
    (line,) = cloud.ledger.timeline(plan.deployment)
    expected = a_line(plan).to_json()
    assert {key: line[key] for key in expected} == expected


def test_a_line_that_is_written_again_stays_as_it_was(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders")
    cloud.ledger.append(a_line(plan, reason="first"))
    cloud.ledger.append(a_line(plan, reason="second"))
    assert [line["reason"] for line in cloud.ledger.timeline(plan.deployment)] == ["first"]


def test_timelines_do_not_mix(cloud: Surroundings, name: str) -> None:
    plan, other = plan_of(name, "orders"), plan_of(name, "orders", deployment="d-2")
    cloud.ledger.append(a_line(plan))
    cloud.ledger.append(a_line(plan, State.WATCHED))
    cloud.ledger.append(a_line(other))
    assert len(cloud.ledger.timeline(plan.deployment)) == 2
    assert len(cloud.ledger.timeline(other.deployment)) == 1
    assert list(cloud.ledger.timeline(f"{name}-nobody")) == []


def test_the_lines_of_one_type_of_transition_can_be_asked_for(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders")
    for state in (State.WARMED, State.WATCHED, State.WAITING):
        cloud.ledger.append(a_line(plan, state))
    found = cloud.ledger.timeline(plan.deployment, State.WARMED)
    assert [line["state"] for line in found] == ["warmed"]
    assert list(cloud.ledger.timeline(plan.deployment, State.TESTED)) == []


def test_each_target_remembers_each_deployment_once(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders", "billing")
    closing = a_line(plan, State.CLOSED, percent="100")
    cloud.ledger.remember(plan, closing)
    cloud.ledger.remember(plan, closing)
    for function in ("orders", "billing"):
        (past,) = cloud.history(f"{name}-{function}:live")
        assert (past["outcome"], past["candidate"], past["codeSha256"]) == ("deployed", "42", "sha")


def test_history_is_no_timeline_and_no_claim(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders")
    cloud.ledger.remember(plan, a_line(plan, State.CLOSED))
    assert list(cloud.ledger.timeline(plan.deployment)) == []
    assert holder_of(cloud, name, "orders") is None


# What a deployment was about to do, for the guard


def saved(cloud: Surroundings, name: str, phase: Phase = Phase.MOVING) -> Progress:
    plan = plan_of(name, "orders", "billing")
    progress = at_step(plan, 1, "42", "43", revisions=["r-1", None])
    cloud.ledger.save(progress, phase)
    return progress


def tripped_why(cloud: Surroundings, name: str) -> str | None:
    return cloud.ledger.tripped(f"{name}-d-1")


def phase_of(cloud: Surroundings, name: str) -> Phase | None:
    saved = cloud.ledger.load(f"{name}-d-1")
    return saved.phase if saved else None


@pytest.mark.parametrize("phase", Phase)
def test_what_was_saved_is_found_as_it_was(cloud: Surroundings, name: str, phase: Phase) -> None:
    progress = saved(cloud, name, phase)
    assert cloud.ledger.load(progress.plan.deployment) == DeploymentRecord(progress, phase, None)


def test_before_anything_was_saved_there_is_nothing_to_stand_on(cloud: Surroundings, name: str) -> None:
    assert cloud.ledger.load(f"{name}-d-1") is None
    assert tripped_why(cloud, name) is None
    assert cloud.ledger.trip(f"{name}-d-1", "red") is False
    cloud.ledger.close(f"{name}-d-1")
    assert cloud.ledger.load(f"{name}-d-1") is None


def test_what_is_saved_last_counts(cloud: Surroundings, name: str) -> None:
    later = replace(saved(cloud, name), step=2)
    cloud.ledger.save(later, Phase.PROMOTING)
    assert cloud.ledger.load(f"{name}-d-1") == DeploymentRecord(later, Phase.PROMOTING, None)


def test_what_was_saved_is_no_line_of_the_timeline(cloud: Surroundings, name: str) -> None:
    saved(cloud, name)
    assert list(cloud.ledger.timeline(f"{name}-d-1")) == []


def test_a_deployment_that_is_moving_can_be_tripped_and_then_saves_nothing_more(
    cloud: Surroundings, name: str
) -> None:
    progress = saved(cloud, name)
    assert cloud.ledger.trip(f"{name}-d-1", "alarm errors went into ALARM") is True
    assert tripped_why(cloud, name) == "alarm errors went into ALARM"
    for phase in (Phase.MOVING, Phase.PROMOTING):
        with pytest.raises(TrippedError, match="alarm errors went into ALARM"):
            cloud.ledger.save(replace(progress, step=2), phase)
    found = cloud.ledger.load(f"{name}-d-1")
    assert found == DeploymentRecord(progress, Phase.MOVING, "alarm errors went into ALARM")


def test_of_several_reasons_to_trip_the_first_stays(cloud: Surroundings, name: str) -> None:
    saved(cloud, name)
    cloud.ledger.trip(f"{name}-d-1", "first")
    assert cloud.ledger.trip(f"{name}-d-1", "second") is True
    assert tripped_why(cloud, name) == "first"


@pytest.mark.parametrize("phase", [Phase.PROMOTING, Phase.CLOSED])
def test_a_deployment_that_has_its_verdict_cannot_be_tripped(
    cloud: Surroundings, name: str, phase: Phase
) -> None:
    saved(cloud, name, phase)
    assert cloud.ledger.trip(f"{name}-d-1", "red") is False
    assert tripped_why(cloud, name) is None
    assert phase_of(cloud, name) is phase


def test_a_closed_deployment_keeps_all_but_its_phase(cloud: Surroundings, name: str) -> None:
    progress = saved(cloud, name)
    cloud.ledger.trip(f"{name}-d-1", "red")
    cloud.ledger.close(f"{name}-d-1")
    cloud.ledger.close(f"{name}-d-1")
    assert cloud.ledger.load(f"{name}-d-1") == DeploymentRecord(progress, Phase.CLOSED, "red")


def test_standings_do_not_mix(cloud: Surroundings, name: str) -> None:
    saved(cloud, name)
    cloud.ledger.save(at_step(plan_of(name, "mail", deployment="d-2"), 0, "7"), Phase.MOVING)
    cloud.ledger.trip(f"{name}-d-2", "red")
    assert tripped_why(cloud, name) is None
    assert cloud.ledger.tripped(f"{name}-d-2") == "red"


# How it ends


def test_whoever_decides_first_decides(cloud: Surroundings, name: str) -> None:
    progress = saved(cloud, name, Phase.PROMOTING)
    assert cloud.ledger.decide(f"{name}-d-1", Outcome.DEPLOYED) is Outcome.DEPLOYED
    assert cloud.ledger.decide(f"{name}-d-1", Outcome.ROLLED_BACK) is Outcome.DEPLOYED
    found = cloud.ledger.load(f"{name}-d-1")
    assert found == DeploymentRecord(progress, Phase.PROMOTING, None, Outcome.DEPLOYED)


def test_after_it_is_decided_nothing_is_saved_and_nobody_trips(cloud: Surroundings, name: str) -> None:
    progress = saved(cloud, name)
    cloud.ledger.decide(f"{name}-d-1", Outcome.ROLLED_BACK)
    with pytest.raises(TrippedError, match=OVER):
        cloud.ledger.save(progress, Phase.PROMOTING)
    assert cloud.ledger.trip(f"{name}-d-1", "red") is False
    assert tripped_why(cloud, name) is None


def test_what_is_decided_before_anything_was_saved_counts_too(cloud: Surroundings, name: str) -> None:
    assert cloud.ledger.decide(f"{name}-d-1", Outcome.ROLLED_BACK) is Outcome.ROLLED_BACK
    assert cloud.ledger.decide(f"{name}-d-1", Outcome.DEPLOYED) is Outcome.ROLLED_BACK
    assert cloud.ledger.load(f"{name}-d-1") is None
    with pytest.raises(TrippedError):
        saved(cloud, name)


# Quarantine

ANY = Configuration()


def test_blamed_code_is_in_quarantine_for_its_target_and_no_other(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders", "billing")
    commands, billing = plan.targets
    closing = a_line(plan, State.CLOSED, reason="alarm errors went into ALARM")
    cloud.ledger.quarantine(commands, closing)
    assert cloud.ledger.quarantined(commands.target, commands.code_sha256, ANY) == (
        f"deployment {plan.deployment} rolled it back at {NOW.isoformat()}: alarm errors went into ALARM"
    )
    assert cloud.ledger.quarantined(commands.target, "another sha", ANY) is None
    assert cloud.ledger.quarantined(billing.target, commands.code_sha256, ANY) is None


def test_code_that_is_blamed_again_keeps_its_first_reason(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders")
    for reason in ("first", "second"):
        cloud.ledger.quarantine(plan.targets[0], a_line(plan, State.CLOSED, reason=reason))
    why = cloud.ledger.quarantined(plan.targets[0].target, plan.targets[0].code_sha256, ANY)
    assert why
    assert why.endswith(": first")


def test_the_same_code_with_another_configuration_is_not_in_quarantine(
    cloud: Surroundings, name: str
) -> None:
    plan = plan_of(name, "orders")
    planned = replace(plan.targets[0], config_sha256="all", config_sha256_before="some")
    cloud.ledger.quarantine(planned, a_line(plan, State.CLOSED))

    def is_blamed(configuration: Configuration) -> bool:
        return bool(cloud.ledger.quarantined(planned.target, planned.code_sha256, configuration))

    assert is_blamed(Configuration("all", "some"))
    assert not is_blamed(Configuration("put right", "some"))
    assert not is_blamed(Configuration("all of another", "some of another"))


def test_what_a_release_before_put_in_quarantine_stays_there(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders")
    planned = replace(plan.targets[0], config_sha256_before="some")
    cloud.ledger.quarantine(planned, a_line(plan, State.CLOSED))
    for configuration, is_blamed in (("some", True), ("other", False)):
        found = cloud.ledger.quarantined(
            planned.target, planned.code_sha256, Configuration("all", configuration)
        )
        assert bool(found) == is_blamed


def test_quarantine_is_no_history(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders")
    cloud.ledger.remember(plan, a_line(plan, State.CLOSED))
    assert cloud.ledger.quarantined(plan.targets[0].target, plan.targets[0].code_sha256, ANY) is None


def an_order(command: Command, at: datetime = NOW, step: int | None = 1) -> AcceptedCommand:
    return AcceptedCommand(command, "ann", "ticket 7", at, step)


def test_an_order_is_kept_as_it_was_given(cloud: Surroundings, name: str) -> None:
    given = an_order(Command.APPROVE), an_order(Command.ABORT, step=None)
    assert [cloud.ledger.accept(name, accepted) for accepted in given] == [True, True]
    assert sorted(cloud.ledger.commands(name), key=lambda accepted: accepted.command) == [given[1], given[0]]
    assert list(cloud.ledger.commands(f"{name}-other")) == []


def test_the_same_order_again_leaves_the_first_one(cloud: Surroundings, name: str) -> None:
    first, later = an_order(Command.SKIP), an_order(Command.SKIP, NOW + timedelta(minutes=1))
    assert [cloud.ledger.accept(name, accepted) for accepted in (first, later)] == [True, False]
    assert list(cloud.ledger.commands(name)) == [first]
    assert cloud.ledger.accept(name, an_order(Command.SKIP, step=2))


def test_what_can_be_ended_can_be_ordered_again(cloud: Surroundings, name: str) -> None:
    words = (Command.PAUSE, Command.RESUME, Command.PAUSE)
    given = [an_order(word, NOW + timedelta(minutes=at), None) for at, word in enumerate(words)]
    assert all(cloud.ledger.accept(name, accepted) for accepted in given)
    assert sorted(cloud.ledger.commands(name), key=lambda accepted: accepted.at) == given


def test_orders_are_no_lines_of_a_timeline(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders")
    cloud.ledger.accept(plan.deployment, an_order(Command.PAUSE))
    assert list(cloud.ledger.timeline(plan.deployment)) == []
    assert cloud.ledger.load(plan.deployment) is None


def test_what_is_to_be_set_back_is_noted_until_it_is_forgotten(cloud: Surroundings, name: str) -> None:
    alias = RaisedConcurrency(f"{name}-orders", "live", own=5, raised=10, deployment="d-1")
    version = RaisedConcurrency(f"{name}-orders", "42", own=0, raised=5, deployment="d-1")
    for note in (alias, version):
        cloud.ledger.note_raised(note)
    assert set(cloud.ledger.raised(f"{name}-orders")) == {alias, version}
    assert list(cloud.ledger.raised(f"{name}-order")) == []
    cloud.ledger.note_raised(replace(alias, deployment="d-2"))
    cloud.ledger.forget_raised(f"{name}-orders", "42")
    cloud.ledger.forget_raised(f"{name}-orders", "42")
    assert [note for note in cloud.ledger.raised() if note.function == f"{name}-orders"] == [
        replace(alias, deployment="d-2")
    ]


def test_orders_for_a_target_are_kept_apart_and_are_no_history(cloud: Surroundings, name: str) -> None:
    target, other = Target(name, "live"), Target(name, "beta")
    given = [
        an_order(word, NOW + timedelta(minutes=at), None)
        for at, word in enumerate((Command.HOLD, Command.RELEASE, Command.HOLD))
    ]
    assert [cloud.ledger.accept_for(target, accepted) for accepted in (*given, given[0])] == [
        *[True] * 3,
        False,
    ]
    assert sorted(cloud.ledger.commands_of(target), key=lambda accepted: accepted.at) == given
    assert list(cloud.ledger.commands_of(other)) == []
    assert list(cloud.ledger.commands(str(target))) == []
    assert list(cloud.ledger.closed_deployments(target)) == []
