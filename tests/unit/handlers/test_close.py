"""Close writes the outcome down and frees the claims, which go last."""

import pytest

from hotplug.core.errors import TryAgainError
from tests.fakes import InMemoryCloud, execution_arn
from tests.support.machine.execution import Execution


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Two functions with new code."""
    for name in ("orders", "billing"):
        cloud.has_function(name)
        cloud.somebody_saves(name)
    return cloud


def promoted(cloud: InMemoryCloud, *functions: str) -> Execution:
    execution = Execution(cloud, {"functions": list(functions), "strategy": "AllAtOnce"}).published()
    execution.promote()
    return execution


def restored(cloud: InMemoryCloud, *functions: str) -> Execution:
    execution = Execution(cloud, {"functions": list(functions)}).shifted()
    execution.assign(reason="alarm errors went into ALARM")
    execution.roll_back()
    return execution


def test_a_deployment_that_went_well_is_closed(shop: InMemoryCloud) -> None:
    answer = promoted(shop, "orders", "billing").close()
    assert answer["outcome"] == "deployed"
    assert [(target["from"], target["to"]) for target in answer["targets"]] == [("41", "42"), ("41", "42")]
    assert shop.ledger.held == {}


def test_a_deployment_that_went_back_is_closed(shop: InMemoryCloud) -> None:
    answer = restored(shop, "orders").close()
    assert answer["outcome"] == "rolled_back"
    assert "orders:live is back on version 41" in answer["reason"]
    assert [(target["to"], target["candidate"]) for target in answer["targets"]] == [("41", "42")]
    assert shop.ledger.held == {}


def test_a_deployment_of_unchanged_code_is_closed(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders")
    answer = Execution(cloud, {"function": "orders"}).published().close()
    assert (answer["outcome"], answer["reason"]) == ("unchanged", "live already: orders version 41")
    assert cloud.ledger.held == {}


def test_the_answer_tells_the_whole_story(shop: InMemoryCloud) -> None:
    execution = Execution(shop, {"function": "orders"})
    for task in (execution.plan, execution.claim, execution.publish, execution.shift):
        task()
        shop.passes(1)
    execution.assign(reason="alarm errors went into ALARM")
    execution.roll_back()
    shop.passes(1)
    story = execution.close()["timeline"]
    assert [line.split()[1].rstrip(":") for line in story] == [
        "planned",
        "claimed",
        "published",
        "shifted",
        "restored",
        "closed",
    ]


def test_each_target_remembers_what_became_of_it(shop: InMemoryCloud) -> None:
    promoted(shop, "orders", "billing").close()
    for name in ("orders:live", "billing:live"):
        (past,) = shop.ledger.history[name].values()
        assert (past["outcome"], past["candidate"], past["percent"]) == ("deployed", "42", 100)


def test_code_that_was_rolled_back_is_remembered_by_its_hash(shop: InMemoryCloud) -> None:
    restored(shop, "orders").close()
    (past,) = shop.ledger.history["orders:live"].values()
    assert (past["outcome"], past["percent"]) == ("rolled_back", 0)
    assert past["codeSha256"] == shop.functions.functions["orders"].config.code_sha256


def test_closing_twice_is_closing_once(shop: InMemoryCloud) -> None:
    execution = promoted(shop, "orders")
    first = execution.close()
    shop.passes(5)
    assert execution.close() == first
    assert len(shop.ledger.history["orders:live"]) == 1


def test_a_claim_that_somebody_else_holds_by_now_stays(shop: InMemoryCloud) -> None:
    execution = promoted(shop, "orders")
    execution.close()
    Execution(shop, {"function": "orders"}, "d-2").published()
    execution.close()
    assert shop.ledger.held["orders:live"].execution == execution_arn("d-2")


@pytest.mark.parametrize("verb", ["append", "remember", "timeline"])
def test_the_claims_are_kept_until_everything_is_written(shop: InMemoryCloud, verb: str) -> None:
    execution = promoted(shop, "orders")
    shop.ledger.fails_next(verb, TryAgainError("throttled"))
    with pytest.raises(TryAgainError):
        execution.close()
    if verb != "timeline":
        assert "orders:live" in shop.ledger.held
    assert execution.close()["outcome"] == "deployed"
    assert shop.ledger.held == {}


def test_a_fault_that_roll_back_could_not_tell_is_told_here(shop: InMemoryCloud) -> None:
    execution = Execution(shop, {"function": "orders"}).shifted()
    execution.assign(
        outcome="rolled_back",
        reason="Lambda.Unknown",
        fault={"Error": "Lambda.Unknown", "Cause": '{"errorMessage": "exit status 1"}'},
        direct=True,
    )
    reason = execution.close()["reason"]
    assert reason.startswith("Lambda.Unknown: exit status 1; ")
    assert "the machine put the aliases back without it" in reason


def test_the_outcome_is_announced_with_its_numbers(shop: InMemoryCloud) -> None:
    promoted(shop, "orders").close()
    assert shop.notifications.events[-1]["outcome"] == "deployed"
    assert shop.notifications.messages[-1].subject == "hotplug: deployed: orders:live 41 -> 42 at 100 %"
