"""Claim takes every target or none of them, and only if the world is still as it was planned."""

from collections.abc import Callable

import pytest

from hotplug.core.errors import ForbiddenError, TryAgainError
from hotplug.core.resources.alias import Routing
from tests.fakes import InMemoryCloud, refusal, split
from tests.support.machine.execution import Execution

BOTH = {"functions": ["orders", "billing"]}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Two functions with one alias each."""
    cloud.has_function("orders")
    cloud.has_function("billing")
    return cloud


def planned(cloud: InMemoryCloud, *functions: str, name: str = "d-1") -> Execution:
    execution = Execution(cloud, {"functions": list(functions)}, name)
    execution.plan()
    return execution


def holders(cloud: InMemoryCloud) -> dict[str, str]:
    return {target: holder.deployment for target, holder in cloud.ledger.held.items()}


def revisions(cloud: InMemoryCloud, *targets: str) -> list[str | None]:
    aliases = [cloud.alias(target) for target in targets]
    return [alias.revision if alias else None for alias in aliases]


def test_all_targets_are_taken(shop: InMemoryCloud) -> None:
    assert planned(shop, "orders", "billing").claim()["outcome"] == "claimed"
    assert holders(shop) == {"orders:live": "d-1", "billing:live": "d-1"}
    assert [line["state"] for line in shop.ledger.timeline("d-1")] == ["claimed", "planned"]


def test_claiming_twice_is_claiming_once(shop: InMemoryCloud) -> None:
    execution = planned(shop, "orders")
    first = execution.claim()
    shop.passes(5)
    again = execution.claim()
    assert (again["outcome"], again["reason"]) == (first["outcome"], first["reason"])
    assert again["revisions"] == revisions(shop, "orders:live")
    assert holders(shop) == {"orders:live": "d-1"}
    assert len(shop.ledger.timeline("d-1")) == 2


def test_a_claim_whose_answer_was_lost_is_found_again(shop: InMemoryCloud) -> None:
    shop.ledger.fails_next("claim", TryAgainError("timed out"), after_effect=True)
    execution = planned(shop, "orders")
    with pytest.raises(TryAgainError):
        execution.claim()
    assert execution.claim()["outcome"] == "claimed"


def test_a_target_that_is_held_leaves_all_the_others_free(shop: InMemoryCloud) -> None:
    planned(shop, "billing", name="d-0").claim()
    answer = planned(shop, "orders", "billing").claim()
    assert answer["outcome"] == "busy"
    assert "billing:live is being moved by deployment d-0 since 2026-11-24T09:00:00" in answer["reason"]
    assert holders(shop) == {"billing:live": "d-0"}
    assert shop.notifications.events[-1]["outcome"] == "busy"


@pytest.mark.parametrize("status", ["ABORTED", "FAILED", "TIMED_OUT", "SUCCEEDED"])
def test_what_an_execution_that_cannot_act_any_more_left_behind_is_settled_first(
    shop: InMemoryCloud, status: str
) -> None:
    for name in ("orders", "billing"):
        shop.somebody_saves(name)
    Execution(shop, {"functions": ["orders", "billing"]}, "d-0").shifted()
    assert shop.routing("billing:live") == split("41", "42", 10)
    shop.executions.ends("d-0", status)
    assert planned(shop, "orders").claim()["outcome"] == "claimed"
    assert holders(shop) == {"orders:live": "d-1"}
    assert shop.routing("orders:live") == shop.routing("billing:live") == Routing("41")
    assert shop.ledger.lines["d-0"]["closed"]["outcome"] == "rolled_back"


def test_the_claims_of_several_dead_executions_are_settled_together(shop: InMemoryCloud) -> None:
    planned(shop, "orders", name="d-0").claim()
    planned(shop, "billing", name="d-x").claim()
    shop.executions.ends("d-0")
    shop.executions.ends("d-x")
    assert planned(shop, "orders", "billing").claim()["outcome"] == "claimed"
    assert holders(shop) == {"orders:live": "d-1", "billing:live": "d-1"}


def test_an_execution_that_waits_for_its_redrive_keeps_its_claims(shop: InMemoryCloud) -> None:
    planned(shop, "orders", name="d-0").claim()
    shop.executions.ends("d-0", "PENDING_REDRIVE")
    assert planned(shop, "orders").claim()["outcome"] == "busy"


@pytest.mark.parametrize(("dead", "living"), [("orders", "billing"), ("billing", "orders")])
def test_one_living_holder_is_enough_to_take_nothing(shop: InMemoryCloud, dead: str, living: str) -> None:
    planned(shop, dead, name="d-0").claim()
    planned(shop, living, name="d-x").claim()
    shop.executions.ends("d-0")
    answer = planned(shop, "orders", "billing").claim()
    assert answer["outcome"] == "busy"
    assert "d-x" in answer["reason"]
    assert "d-0" not in answer["reason"]
    assert holders(shop) == {f"{living}:live": "d-x"}


def test_when_two_take_over_from_the_dead_one_of_them_is_busy(shop: InMemoryCloud) -> None:
    planned(shop, "orders", name="d-0").claim()
    shop.executions.ends("d-0")
    slower, faster = planned(shop, "orders"), planned(shop, "orders", name="d-2")
    shop.executions.meanwhile("is_running", faster.claim)
    answer = slower.claim()
    assert answer["outcome"] == "busy"
    assert "d-2" in answer["reason"]
    assert holders(shop) == {"orders:live": "d-2"}


@pytest.mark.parametrize(
    ("happens", "now"),
    [
        pytest.param(
            lambda cloud: cloud.somebody_moves("billing:live", split("41", "40", 5)),
            "it is on version 41 with 5 % to version 40 now",
            id="it was moved",
        ),
        pytest.param(
            lambda cloud: cloud.somebody_deletes("billing:live"), "it is gone now", id="it was deleted"
        ),
    ],
)
def test_a_target_that_moved_between_plan_and_claim_ends_it_and_frees_all(
    shop: InMemoryCloud, happens: Callable[[InMemoryCloud], object], now: str
) -> None:
    shop.functions.had_published("billing", "40", shop.functions.functions["billing"].config)
    execution = planned(shop, "orders", "billing")
    happens(shop)
    answer = execution.claim()
    assert answer["outcome"] == "busy"
    assert answer["reason"] == f"billing:live moved while this deployment was planned: {now}"
    assert holders(shop) == {}


def test_an_alias_that_was_written_and_says_the_same_is_as_it_was_planned(shop: InMemoryCloud) -> None:
    """Going back from an execution that is over writes it, too."""
    execution = planned(shop, "orders", "billing")
    shop.somebody_moves("billing:live", Routing("41"))
    answer = execution.claim()
    assert answer["outcome"] == "claimed"
    assert answer["revisions"] == revisions(shop, "orders:live", "billing:live")


def test_an_alias_that_appeared_between_plan_and_claim_ends_it(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders", alias=None)
    execution = planned(cloud, "orders")
    cloud.somebody_moves("orders:live", Routing("41"))
    assert execution.claim()["outcome"] == "busy"
    assert holders(cloud) == {}


def test_a_deployment_that_ended_between_plan_and_claim_is_noticed(shop: InMemoryCloud) -> None:
    shop.somebody_saves("orders")
    first = Execution(shop, {"function": "orders", "strategy": "AllAtOnce"}, "d-0")
    second = planned(shop, "orders")
    assert first.run() == "Deployed"
    answer = second.claim()
    assert answer["outcome"] == "busy"
    assert "it is on version 42 now" in answer["reason"]


# The rehearsal of going back


def test_the_write_that_going_back_will_need_is_tried_on_every_alias(shop: InMemoryCloud) -> None:
    before = revisions(shop, "orders:live", "billing:live")
    answer = planned(shop, "orders", "billing").claim()
    assert shop.routing("orders:live") == shop.routing("billing:live") == Routing("41")
    assert answer["revisions"] == revisions(shop, "orders:live", "billing:live")
    assert not set(answer["revisions"]) & set(before)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(ForbiddenError("not authorized to perform: lambda:UpdateAlias"), id="a permission"),
        pytest.param(
            refusal("ResourceNotFoundException", "UpdateAlias", "Function not found: orders:41"),
            id="the stable version",
        ),
    ],
)
def test_what_going_back_lacks_ends_a_deployment_before_anything_moved(
    shop: InMemoryCloud, error: Exception
) -> None:
    for name in ("orders", "billing"):
        shop.somebody_saves(name)
    execution = Execution(shop, BOTH)
    shop.functions.fails_next("point", error, of="billing")
    assert execution.run() == "Rolled back"
    assert shop.routing("orders:live") == shop.routing("billing:live") == Routing("41")
    assert str(error) in execution.variables["reason"]
    assert shop.versions_of("orders") == shop.versions_of("billing") == ["41"]
    assert holders(shop) == {}
    assert "shifted#00000" not in shop.ledger.lines["d-1"]


def test_by_force_a_split_alias_is_whole_before_anything_moves(shop: InMemoryCloud) -> None:
    shop.functions.had_published("orders", "40", shop.functions.functions["orders"].versions["41"].config)
    shop.somebody_moves("orders:live", split("41", "40", 30))
    execution = Execution(shop, {"function": "orders", "force": True})
    execution.plan()
    assert execution.claim()["outcome"] == "claimed"
    assert shop.routing("orders:live") == Routing("41")


def test_an_alias_that_does_not_exist_yet_has_nothing_to_try(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders", alias=None)
    assert planned(cloud, "orders").claim()["revisions"] == [None]
    assert cloud.alias("orders:live") is None


def test_a_rehearsal_whose_answer_was_lost_is_tried_again(shop: InMemoryCloud) -> None:
    execution = planned(shop, "orders", "billing")
    shop.functions.fails_next("point", TryAgainError("timed out"), of="billing", after_effect=True)
    with pytest.raises(TryAgainError):
        execution.claim()
    assert execution.claim()["revisions"] == revisions(shop, "orders:live", "billing:live")


def test_an_alias_that_moves_during_the_rehearsal_is_left_as_it_is(shop: InMemoryCloud) -> None:
    shop.functions.had_published("billing", "40", shop.functions.functions["billing"].config)
    execution = planned(shop, "orders", "billing")
    shop.functions.meanwhile(
        "point", lambda: shop.somebody_moves("billing:live", Routing("40")), of="billing"
    )
    assert execution.run() == "Target busy"
    assert "billing:live moved while this deployment was planned: it is on version 40 now" in execution.cause
    assert shop.routing("billing:live") == Routing("40")
    assert holders(shop) == {}


# What the claim leaves for the guard


def test_a_claim_never_lies_in_the_ledger_without_what_it_is_about_to_do(shop: InMemoryCloud) -> None:
    execution = planned(shop, "orders")
    shop.ledger.fails_next("claim", TryAgainError("timed out"), after_effect=True)
    with pytest.raises(TryAgainError):
        execution.claim()
    saved = shop.ledger.standings["d-1"]
    assert [str(planned.target) for planned in saved.progress.plan.targets] == ["orders:live"]
