"""Shift gives the candidates this step's share of the calls, and only that."""

import pytest
from botocore.exceptions import ClientError

from hotplug.core.errors import AliasMovedError, ForbiddenError, TryAgainError
from hotplug.core.resources.alias import Routing
from tests.fakes import InMemoryCloud, split
from tests.support.machine.execution import Execution

SLOWLY = {"type": "steps", "steps": [{"percent": 5, "bake": 10}, {"percent": 50, "bake": "5m"}]}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Two functions with new code."""
    for name in ("orders", "billing"):
        cloud.has_function(name)
        cloud.somebody_saves(name)
    return cloud


def published(cloud: InMemoryCloud, *functions: str, **more: object) -> Execution:
    return Execution(cloud, {"functions": list(functions), "strategy": SLOWLY} | more).published()


def test_the_candidate_gets_its_share_and_the_stable_version_keeps_the_alias(shop: InMemoryCloud) -> None:
    published(shop, "orders").shift()
    assert shop.routing("orders:live") == split("41", "42", 5)


def test_the_bake_counts_from_the_move(shop: InMemoryCloud) -> None:
    execution = published(shop, "orders")
    shop.passes(7)
    answer = execution.shift()
    assert answer["since"] == shop.now().isoformat()


@pytest.mark.parametrize(
    ("step", "poll", "wait"),
    [
        pytest.param(0, 30, 10, id="a short bake"),
        pytest.param(1, 30, 30, id="a long bake is polled"),
        pytest.param(1, 7, 7, id="more often"),
    ],
)
def test_the_first_wait_is_a_poll_or_the_whole_bake(
    shop: InMemoryCloud, step: int, poll: int, wait: int
) -> None:
    execution = published(shop, "orders", pollSeconds=poll)
    execution.assign(step=step)
    assert execution.shift()["wait"] == wait


def test_the_revision_that_was_written_is_handed_on(shop: InMemoryCloud) -> None:
    answer = published(shop, "orders").shift()
    alias = shop.alias("orders:live")
    assert alias is not None
    assert answer["revisions"] == [alias.revision]


def test_shifting_twice_is_shifting_once(shop: InMemoryCloud) -> None:
    execution = published(shop, "orders")
    before = execution.variables["revisions"]
    execution.shift()
    moved = shop.alias("orders:live")
    execution.assign(revisions=before)
    answer = execution.shift()
    assert shop.alias("orders:live") == moved
    assert moved is not None
    assert answer["revisions"] == [moved.revision]
    assert [line["state"] for line in shop.ledger.timeline("d-1")].count("shifted") == 1


def test_a_move_whose_answer_was_lost_is_recognised(shop: InMemoryCloud) -> None:
    execution = published(shop, "orders")
    shop.functions.fails_next("point", TryAgainError("timed out"), after_effect=True)
    with pytest.raises(TryAgainError):
        execution.shift()
    assert shop.routing("orders:live") == split("41", "42", 5)
    execution.shift()
    assert shop.routing("orders:live") == split("41", "42", 5)


def test_each_step_is_a_line_and_a_message(shop: InMemoryCloud) -> None:
    published(shop, "orders", "billing").shift()
    line = shop.ledger.lines["d-1"]["shifted#00000"]
    assert [target["percent"] for target in line["targets"]] == [5, 5]
    assert line["reason"] == "step 1 of 2, bakes 10 s; the candidate had 5 % of calls"
    assert "41 -> 42 at 5 %" in shop.notifications.messages[-1].body


def test_all_targets_move_together(shop: InMemoryCloud) -> None:
    published(shop, "orders", "billing").shift()
    assert shop.routing("orders:live") == shop.routing("billing:live") == split("41", "42", 5)


def test_an_alias_that_somebody_moved_is_left_as_it_is(shop: InMemoryCloud) -> None:
    execution = published(shop, "orders")
    moved = shop.somebody_moves("orders:live", split("41", "42", 77))
    with pytest.raises(AliasMovedError, match="is on version 41 with 77 % to version 42 now"):
        execution.shift()
    assert shop.alias("orders:live") == moved


def test_an_alias_that_somebody_deleted_is_not_made_again(shop: InMemoryCloud) -> None:
    execution = published(shop, "orders")
    shop.somebody_deletes("orders:live")
    with pytest.raises(ClientError, match=r"Alias not found: .*orders:live"):
        execution.shift()
    assert shop.alias("orders:live") is None


def test_when_the_second_target_fails_the_first_can_be_put_back(shop: InMemoryCloud) -> None:
    execution = published(shop, "orders", "billing")
    shop.functions.fails_next("point", ForbiddenError("AccessDenied"), of="billing")
    with pytest.raises(ForbiddenError):
        execution.shift()
    assert shop.routing("orders:live") == split("41", "42", 5)
    execution.assign(reason="because")
    execution.roll_back()
    assert shop.routing("orders:live") == shop.routing("billing:live") == Routing("41")


def test_a_target_whose_candidate_is_live_already_is_not_written(shop: InMemoryCloud) -> None:
    shop.has_function("mail")
    execution = published(shop, "orders", "mail")
    before = shop.alias("mail:live")
    execution.shift()
    assert shop.alias("mail:live") == before
    assert shop.routing("orders:live") == split("41", "42", 5)


def test_an_alias_that_is_new_waits_for_the_promotion(shop: InMemoryCloud) -> None:
    shop.has_function("mail", alias=None)
    answer = published(shop, "orders", "mail").shift()
    assert shop.alias("mail:live") is None
    assert answer["revisions"][1] is None


def test_by_force_a_split_alias_is_taken_over(shop: InMemoryCloud) -> None:
    shop.functions.had_published("orders", "40", shop.functions.functions["orders"].versions["41"].config)
    shop.somebody_moves("orders:live", split("41", "40", 30))
    published(shop, "orders", force=True).shift()
    assert shop.routing("orders:live") == split("41", "42", 5)


def test_a_last_step_at_a_hundred_percent_still_rides_beside_the_stable_version(shop: InMemoryCloud) -> None:
    published(shop, "orders", strategy={"type": "allAtOnce", "finalBake": "5m"}).shift()
    assert shop.routing("orders:live") == split("41", "42", 100)
