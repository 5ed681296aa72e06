"""The ledger, in memory and on the local AWS alike."""

from datetime import UTC, datetime
from decimal import Decimal

from hotplug.core.plan import Plan
from hotplug.core.report import Outcome, State, TargetLine, Transition
from hotplug.core.request import Target
from tests.contract.surroundings import Surroundings
from tests.unit.plans import a_plan, a_planned

NOW = datetime(2026, 11, 24, 9, 0, 30, 5, tzinfo=UTC)


def plan_of(name: str, *functions: str, deployment: str = "d-1") -> Plan:
    targets = [a_planned(f"{name}-{function}:live") for function in functions]
    return a_plan(*targets, deployment=f"{name}-{deployment}")


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


def test_claims_are_taken_over_from_those_that_are_named_and_nobody_else(
    cloud: Surroundings, name: str
) -> None:
    cloud.ledger.claim(plan_of(name, "orders"), NOW)
    cloud.ledger.claim(plan_of(name, "billing", deployment="d-2"), NOW)
    third = plan_of(name, "orders", "billing", deployment="d-3")
    assert len(cloud.ledger.claim(third, NOW, over={f"{name}-d-1"})) == 1
    assert holder_of(cloud, name, "orders") == "d-1"
    assert list(cloud.ledger.claim(third, NOW, over={f"{name}-d-1", f"{name}-d-2"})) == []
    assert holder_of(cloud, name, "orders") == holder_of(cloud, name, "billing") == "d-3"


def test_as_many_targets_as_a_request_can_name_are_claimed_at_once(cloud: Surroundings, name: str) -> None:
    functions = [f"f{at}" for at in range(50)]
    assert list(cloud.ledger.claim(plan_of(name, *functions), NOW)) == []
    assert holder_of(cloud, name, "f49") == "d-1"


def test_a_release_frees_what_is_held_and_is_safe_to_repeat(cloud: Surroundings, name: str) -> None:
    plan = plan_of(name, "orders", "billing")
    cloud.ledger.claim(plan, NOW)
    cloud.ledger.release(plan)
    cloud.ledger.release(plan)
    assert holder_of(cloud, name, "orders") is holder_of(cloud, name, "billing") is None


def test_a_release_leaves_what_somebody_else_holds_by_now(cloud: Surroundings, name: str) -> None:
    first, second = plan_of(name, "orders", "billing"), plan_of(name, "orders", deployment="d-2")
    cloud.ledger.claim(first, NOW)
    cloud.ledger.claim(second, NOW, over={first.deployment})
    cloud.ledger.release(first)
    assert holder_of(cloud, name, "orders") == "d-2"
    assert holder_of(cloud, name, "billing") is None


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
