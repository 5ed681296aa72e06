"""Holds of targets in the ledger, in memory and on the local AWS alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hotplug.core.resources.target import Target
from hotplug.core.rollout.commands import AcceptedCommand, Command, CommandLog
from tests.contract.surroundings import Surroundings
from tests.support.plans import a_plan, a_planned

NOW = datetime(2026, 11, 24, 9, 0, 30, 5, tzinfo=UTC)


def hold_of(cloud: Surroundings, target: Target) -> AcceptedCommand | None:
    return CommandLog(tuple(cloud.ledger.commands_of(target))).hold


def test_a_hold_is_in_force_for_its_target_alone_until_it_is_released(cloud: Surroundings, name: str) -> None:
    target, other = Target(name, "live"), Target(name, "beta")
    first = AcceptedCommand(Command.HOLD, "ann", "went back: “zu früh”", NOW)
    at_once = replace(first, by="ben", why="me too")
    assert [cloud.ledger.accept_for(target, hold) for hold in (first, at_once)] == [True, False]
    assert (hold_of(cloud, target), hold_of(cloud, other)) == (first, None)

    release = AcceptedCommand(Command.RELEASE, "ann", "fixed", NOW + timedelta(minutes=1))
    assert cloud.ledger.accept_for(target, release)
    assert hold_of(cloud, target) is None

    again = AcceptedCommand(Command.HOLD, "ben", "not yet", NOW + timedelta(minutes=2))
    assert cloud.ledger.accept_for(target, again)
    assert [cloud.ledger.accept_for(target, late) for late in (first, release)] == [False, False]
    assert (hold_of(cloud, target), hold_of(cloud, other)) == (again, None)


def test_a_hold_is_no_claim_and_outlives_the_deployment_that_set_it(cloud: Surroundings, name: str) -> None:
    target = Target(f"{name}-orders", "live")
    first, next_one = (a_plan(a_planned(str(target)), deployment=f"{name}-d-{at}") for at in (1, 2))
    cloud.ledger.claim(first, NOW)
    hold = AcceptedCommand(Command.HOLD, "ann", f"{first.deployment} was aborted", NOW)
    assert cloud.ledger.accept_for(target, hold)
    cloud.ledger.release(first.deployment, [target])
    cloud.ledger.close(first.deployment)
    assert cloud.ledger.holder(target) is None
    assert list(cloud.ledger.commands(first.deployment)) == []
    assert list(cloud.ledger.claim(next_one, NOW)) == []
    assert hold_of(cloud, target) == hold
