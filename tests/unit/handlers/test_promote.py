"""Promote makes the aliases name the candidates, and new aliases come into being."""

import pytest
from botocore.exceptions import ClientError

from hotplug.core.errors import AliasMovedError, ForbiddenError, TryAgainError
from hotplug.core.resources.alias import Routing
from tests.fakes import InMemoryCloud, refusal, split
from tests.support.machine.execution import Execution


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Two functions with new code, and one that was never deployed."""
    for name in ("orders", "billing"):
        cloud.has_function(name)
        cloud.somebody_saves(name)
    cloud.has_function("mail", versions=[], alias=None)
    return cloud


def baked(cloud: InMemoryCloud, *functions: str, **more: object) -> Execution:
    return Execution(cloud, {"functions": list(functions)} | more).baked()


def put_back(execution: Execution) -> None:
    execution.assign(reason="because")
    execution.roll_back()


def test_one_write_swaps_the_version_and_takes_the_weights_away(shop: InMemoryCloud) -> None:
    execution = baked(shop, "orders")
    assert shop.routing("orders:live") == split("41", "42", 10)
    answer = execution.promote()
    assert shop.routing("orders:live") == Routing("42")
    assert answer == {"outcome": "deployed", "reason": "orders:live 41 -> 42 at 100 %"}


def test_all_at_once_is_only_a_promotion(shop: InMemoryCloud) -> None:
    execution = Execution(shop, {"function": "orders", "strategy": "AllAtOnce"}).published()
    execution.promote()
    assert shop.routing("orders:live") == Routing("42")


def test_a_first_deployment_makes_the_alias(shop: InMemoryCloud) -> None:
    baked(shop, "mail").promote()
    assert shop.routing("mail:live") == Routing("1")


def test_promoting_twice_is_promoting_once(shop: InMemoryCloud) -> None:
    execution = baked(shop, "orders", "mail")
    first = execution.promote()
    aliases = [shop.alias("orders:live"), shop.alias("mail:live")]
    assert execution.promote() == first
    assert [shop.alias("orders:live"), shop.alias("mail:live")] == aliases
    assert [line["state"] for line in shop.ledger.timeline("d-1")].count("promoted") == 1


@pytest.mark.parametrize("verb", ["point", "create"])
def test_a_promotion_whose_answer_was_lost_is_recognised(shop: InMemoryCloud, verb: str) -> None:
    execution = baked(shop, "orders", "mail")
    shop.functions.fails_next(verb, TryAgainError("timed out"), after_effect=True)
    with pytest.raises(TryAgainError):
        execution.promote()
    execution.promote()
    assert shop.routing("orders:live") == Routing("42")
    assert shop.routing("mail:live") == Routing("1")


def test_an_alias_that_somebody_moved_is_left_as_it_is(shop: InMemoryCloud) -> None:
    execution = baked(shop, "orders")
    moved = shop.somebody_moves("orders:live", Routing("41"))
    with pytest.raises(AliasMovedError, match="is on version 41 now and is left"):
        execution.promote()
    assert shop.alias("orders:live") == moved


def test_a_new_alias_that_somebody_else_made_in_between_is_left_as_it_is(shop: InMemoryCloud) -> None:
    execution = baked(shop, "mail")
    shop.somebody_saves("mail", "somebody else's")
    shop.functions.had_published("mail", "2", shop.functions.functions["mail"].config)
    made = shop.somebody_moves("mail:live", Routing("2"))
    with pytest.raises(AliasMovedError, match="is on version 2 now"):
        execution.promote()
    assert shop.alias("mail:live") == made


def test_a_new_alias_that_says_already_what_is_wanted_is_fine(shop: InMemoryCloud) -> None:
    execution = baked(shop, "mail")
    shop.somebody_moves("mail:live", Routing("1"))
    assert execution.promote()["outcome"] == "deployed"


@pytest.mark.parametrize(
    ("verb", "of"), [("point", "billing"), ("create", "mail")], ids=["the second swap", "the creation"]
)
def test_when_a_later_target_fails_the_earlier_ones_can_be_put_back(
    shop: InMemoryCloud, verb: str, of: str
) -> None:
    execution = baked(shop, "orders", "billing", "mail")
    shop.functions.fails_next(verb, ForbiddenError("AccessDenied"), of=of)
    with pytest.raises(ForbiddenError):
        execution.promote()
    assert shop.routing("orders:live") == Routing("42")
    assert shop.alias("mail:live") is None
    put_back(execution)
    assert shop.routing("orders:live") == shop.routing("billing:live") == Routing("41")
    assert shop.alias("mail:live") is None


def test_an_alias_made_by_the_promotion_goes_when_it_is_put_back(shop: InMemoryCloud) -> None:
    execution = baked(shop, "orders", "mail")
    shop.functions.fails_next("create", TryAgainError("timed out"), after_effect=True)
    with pytest.raises(TryAgainError):
        execution.promote()
    put_back(execution)
    assert shop.routing("orders:live") == Routing("41")
    assert shop.alias("mail:live") is None


def test_a_version_that_was_deleted_meanwhile_is_an_error_that_moves_nothing(shop: InMemoryCloud) -> None:
    execution = Execution(shop, {"function": "orders", "strategy": "AllAtOnce"}).published()
    before = shop.alias("orders:live")
    shop.functions.delete_version("orders", "42")
    with pytest.raises(ClientError, match=r"Function not found: .*orders:42"):
        execution.promote()
    assert shop.alias("orders:live") == before


def test_a_split_alias_without_a_new_version_is_unsplit_by_force(shop: InMemoryCloud) -> None:
    shop.has_function("old", versions=["40", "41"])
    shop.somebody_moves("old:live", split("41", "40", 30))
    execution = Execution(shop, {"function": "old", "force": True, "strategy": "AllAtOnce"}).published()
    execution.promote()
    assert shop.routing("old:live") == Routing("41")


def test_the_promotion_is_announced_with_where_everything_went(shop: InMemoryCloud) -> None:
    baked(shop, "orders", "mail").promote()
    event = shop.notifications.events[-1]
    assert event["state"] == "promoted"
    assert [target["percent"] for target in event["targets"]] == [100, 100]
    assert "orders:live 41 -> 42 at 100 %" in shop.notifications.messages[-1].body
    assert "mail:live first version 1" in shop.notifications.messages[-1].body


def test_an_error_that_nobody_expected_is_not_swallowed(shop: InMemoryCloud) -> None:
    execution = baked(shop, "mail")
    shop.functions.fails_next(
        "create", refusal("ResourceNotFoundException", "CreateAlias", "Function not found")
    )
    with pytest.raises(ClientError):
        execution.promote()
