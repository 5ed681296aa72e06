"""What routers share, in memory and on the local AWS alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from hotplug.aws.alias_views import Known
from hotplug.aws.table import A_PAGE
from hotplug.core.deployment.transition import Outcome, State, TargetLine, Transition
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.target import Target
from hotplug.core.resources.versions import good_versions
from hotplug.core.router.selection import AliasView, StickySplit
from tests.contract.surroundings import Surroundings
from tests.fakes import split
from tests.support.plans import a_plan, a_planned

NOW = datetime(2026, 11, 24, 9, 0, 30, 5, tzinfo=UTC)


@pytest.fixture
def target(name: str) -> Target:
    return Target(name, "live")


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def claimed(cloud: Surroundings, target: Target, deployment: str) -> None:
    cloud.ledger.claim(a_plan(a_planned(str(target)), deployment=deployment), NOW)


def closed(
    cloud: Surroundings,
    target: Target,
    stable: str | None,
    candidate: str,
    outcome: Outcome = Outcome.DEPLOYED,
    minutes: int = 0,
) -> None:
    """A deployment that was asked for so many minutes after nine has ended."""
    planned = a_planned(str(target), stable=stable)
    at = (NOW + timedelta(minutes=minutes)).isoformat()
    plan = replace(a_plan(planned, deployment=f"d-{minutes}"), created_at=at)
    line = TargetLine.of(planned, candidate, Decimal(100))
    closing = Transition(
        plan.deployment, plan.execution, State.CLOSED, "closed#00000", at, (line,), "because", outcome=outcome
    )
    cloud.ledger.remember(plan, closing)


def test_before_anybody_looked_nothing_is_known(cloud: Surroundings, target: Target) -> None:
    assert cloud.alias_views.known(target) == Known(None, "")


def test_who_holds_the_claim_is_known(cloud: Surroundings, target: Target) -> None:
    claimed(cloud, target, "d-1")
    assert cloud.alias_views.known(target) == Known(None, "d-1")
    cloud.ledger.release("d-1", [target])
    assert cloud.alias_views.known(target) == Known(None, "")


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(AliasView(Routing("41"), "", (), NOW), id="at rest"),
        pytest.param(AliasView(split("41", "42", "12.5"), "d-1", ("41", "40"), NOW), id="a candidate"),
        pytest.param(AliasView(split("41", "42", 0), "d-1", ("41",), NOW), id="a candidate at 0 %"),
        pytest.param(AliasView(split("41", "42", "0.07"), "", ("41",), NOW), id="a small share"),
        pytest.param(AliasView(Routing("41"), "", (), NOW.replace(microsecond=0)), id="a whole second"),
        pytest.param(
            AliasView(
                split("41", "42", 25),
                "d-1",
                ("41",),
                NOW,
                (
                    (StickySplit(Routing("41"), "d-1"), NOW + seconds(4)),
                    (StickySplit(split("41", "42", "5.01"), "d-1"), NOW + seconds(10)),
                ),
            ),
            id="a weight that goes up twice",
        ),
        pytest.param(
            AliasView(
                Routing("42"),
                "",
                ("42",),
                NOW,
                ((StickySplit(split("41", "42", 50), "d-1"), NOW + seconds(10)),),
            ),
            id="a promotion",
        ),
    ],
)
def test_what_one_shares_all_know(cloud: Surroundings, target: Target, view: AliasView) -> None:
    cloud.alias_views.share(target, view)
    assert cloud.alias_views.known(target) == Known(view, "")


def test_what_is_shared_last_counts(cloud: Surroundings, target: Target) -> None:
    sides = StickySplit(Routing("41"), "d-1")
    first = AliasView(split("41", "42", 5), "d-1", ("41",), NOW, ((sides, NOW + seconds(10)),))
    last = AliasView(Routing("42"), "", ("42", "41"), NOW + seconds(1))
    for view in (first, last):
        cloud.alias_views.share(target, view)
    assert cloud.alias_views.known(target).view == last


def test_a_look_that_ends_late_does_not_replace_a_later_one(cloud: Surroundings, target: Target) -> None:
    late, later = AliasView(Routing("41"), "", (), NOW), AliasView(Routing("42"), "", (), NOW + seconds(0.5))
    cloud.alias_views.share(target, later)
    cloud.alias_views.take_turn(target, NOW + seconds(3))
    cloud.alias_views.share(target, late)
    assert cloud.alias_views.known(target).view == later
    assert not cloud.alias_views.take_turn(target, NOW + seconds(3)), "the turn was not its own"
    cloud.alias_views.share(target, replace(later, good=("42",)))
    assert cloud.alias_views.known(target).view == replace(later, good=("42",))


def test_views_and_claims_of_targets_do_not_mix(cloud: Surroundings, name: str) -> None:
    live, beta = Target(name, "live"), Target(name, "beta")
    cloud.alias_views.share(live, AliasView(Routing("41"), "", (), NOW))
    claimed(cloud, beta, "d-1")
    assert cloud.alias_views.known(beta) == Known(None, "d-1")
    assert cloud.alias_views.known(live).deployment == ""


def test_one_router_at_a_time_has_its_turn(cloud: Surroundings, target: Target) -> None:
    assert cloud.alias_views.take_turn(target, NOW)
    assert not cloud.alias_views.take_turn(target, NOW)
    assert not cloud.alias_views.take_turn(target, NOW + seconds(0.999))
    assert cloud.alias_views.take_turn(target, NOW + seconds(1))
    assert not cloud.alias_views.take_turn(target, NOW + seconds(1.5))


def test_times_with_and_without_a_fraction_of_a_second_are_in_order(
    cloud: Surroundings, target: Target
) -> None:
    whole = NOW.replace(microsecond=0)
    assert cloud.alias_views.take_turn(target, whole)
    assert not cloud.alias_views.take_turn(target, whole + seconds(0.5))
    assert cloud.alias_views.take_turn(target, whole + seconds(1.000001))
    assert not cloud.alias_views.take_turn(target, whole + seconds(2))
    assert cloud.alias_views.take_turn(target, whole + seconds(2.000001))


def test_who_shares_ends_its_turn(cloud: Surroundings, target: Target) -> None:
    cloud.alias_views.take_turn(target, NOW)
    cloud.alias_views.share(target, AliasView(Routing("41"), "", (), NOW))
    assert cloud.alias_views.take_turn(target, NOW)


def test_a_turn_leaves_the_view_as_it_is(cloud: Surroundings, target: Target) -> None:
    view = AliasView(split("41", "42", 5), "d-1", ("41",), NOW)
    cloud.alias_views.share(target, view)
    cloud.alias_views.take_turn(target, NOW)
    assert cloud.alias_views.known(target).view == view


def test_a_turn_alone_is_no_view(cloud: Surroundings, target: Target) -> None:
    cloud.alias_views.take_turn(target, NOW)
    assert cloud.alias_views.known(target) == Known(None, "")


def test_turns_of_targets_do_not_mix(cloud: Surroundings, name: str) -> None:
    assert cloud.alias_views.take_turn(Target(name, "live"), NOW)
    assert cloud.alias_views.take_turn(Target(name, "beta"), NOW)


def test_good_versions_come_from_what_was_closed(cloud: Surroundings, target: Target) -> None:
    closed(cloud, target, None, "1", minutes=1)
    closed(cloud, target, "1", "2", minutes=2)
    closed(cloud, target, "2", "3", Outcome.ROLLED_BACK, minutes=3)
    closed(cloud, target, "2", "4", minutes=4)
    assert good_versions(cloud.alias_views.closed_deployments(target), 9) == ("4", "2", "1")
    assert good_versions(cloud.alias_views.closed_deployments(target), 2) == ("4", "2")
    assert good_versions(cloud.alias_views.closed_deployments(Target(target.function, "beta")), 9) == ()


def test_what_else_lies_beside_them_is_no_version(cloud: Surroundings, target: Target) -> None:
    planned = a_planned(str(target))
    line = TargetLine.of(planned, "42", Decimal(100))
    closing = Transition("d-9", "arn", State.CLOSED, "closed#00000", NOW.isoformat(), (line,), "because")
    cloud.ledger.quarantine(planned, closing)
    cloud.alias_views.share(target, AliasView(Routing("41"), "", ("40",), NOW))
    assert good_versions(cloud.alias_views.closed_deployments(target), 9) == ()


def test_routers_look_through_the_last_deployments_and_the_ledger_through_all(
    cloud: Surroundings, target: Target
) -> None:
    for at in range(A_PAGE + 5):
        closed(cloud, target, str(at + 1), str(at + 2), minutes=at)
    good = good_versions(cloud.alias_views.closed_deployments(target), 99)
    assert (good[0], len(good)) == (str(A_PAGE + 6), A_PAGE + 1)
    assert len(good_versions(cloud.ledger.closed_deployments(target), 99)) == A_PAGE + 6


def test_a_view_is_no_line_of_the_history(cloud: Surroundings, target: Target) -> None:
    closed(cloud, target, "41", "42")
    cloud.alias_views.share(target, AliasView(Routing("42"), "", ("42",), NOW))
    assert [past["candidate"] for past in cloud.history(str(target)) if "outcome" in past] == ["42"]
