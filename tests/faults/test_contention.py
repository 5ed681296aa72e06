"""Many deployments of one alias at once, interleaved in every order that the dice give."""

from random import Random

import pytest

from hotplug.core.resources.alias import Routing
from tests.fakes import InMemoryCloud
from tests.faults.stage import OTHER, STABLE, Stage

RIVALS = 50


def rivals_for_orders(cloud: InMemoryCloud) -> list[Stage]:
    request = {"function": "orders", "source": {"version": OTHER}, "strategy": "Canary10Percent5Minutes"}
    return [Stage(cloud, request, f"d-{number}") for number in range(RIVALS)]


def interleaved(stages: list[Stage], dice: Random) -> None:
    """One state of one of them at a time, until all are over."""
    running = list(stages)
    while running:
        stage = dice.choice(running)
        stage.step()
        if stage.execution.status != "RUNNING":
            running.remove(stage)


@pytest.mark.parametrize("seed", range(5))
def test_of_fifty_deployments_of_one_alias_one_moves_it_and_the_others_hear_who_does(seed: int) -> None:
    cloud = InMemoryCloud()
    for function in ("orders", "billing"):
        cloud.has_function(function, versions=(OTHER, STABLE))
    stages = rivals_for_orders(cloud)

    interleaved(stages, Random(seed))

    (mover,) = [stage for stage in stages if stage.execution.status == "SUCCEEDED"]
    others = [stage.execution for stage in stages if stage is not mover]
    assert {ended.error for ended in others} == {"TargetBusy"}
    holder = f"orders:live is being moved by deployment {mover.execution.name} since"
    assert [ended.cause for ended in others if not ended.cause.startswith(holder)] == []
    assert cloud.routing("orders:live") == Routing(OTHER)
    assert cloud.ledger.held == {}
