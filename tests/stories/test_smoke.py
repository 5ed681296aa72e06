"""Whole deployments that are tried before they get traffic, through the machine's own definition."""

from typing import Any

import pytest

from hotplug.core.errors import TryAgainError
from hotplug.core.resources.alias import Routing
from tests.fakes import InMemoryCloud, a_zip
from tests.support.machine.execution import Execution

type Json = dict[str, Any]

UPLOAD = {"bucket": "artifacts", "key": "app.zip"}
SMOKE = [{"payload": {"order": 7}, "expect": {"status": 200}}]
ONE_STEP = {"type": "steps", "steps": [{"percent": 10, "bake": "30s"}]}
BEGINNING = ["Plan", "Refused?", "Claim", "Busy?"]
TRYING = ["Ready?", "Before traffic", "Ready?"]
"""After a look that found the candidates ready."""
CLIMBING = ["Shift", "Bake", "Watch", "What now?"]
ENDING = ["Close", "How did it end?"]


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders and billing on version 41, an alarm that watches, and a package that arrived."""
    for name in ("orders", "billing"):
        cloud.has_function(name, versions=["40", "41"])
    cloud.alarm("errors")
    cloud.has_object("artifacts", "app.zip", a_zip("better"))
    return cloud


def deploying(cloud: InMemoryCloud, name: str = "d-1", **more: Any) -> Execution:
    request = {"functions": ["orders"], "source": UPLOAD, "strategy": ONE_STEP, "smoke": SMOKE}
    asked: Json = request | more
    return Execution(cloud, {key: value for key, value in asked.items() if value is not None}, name)


def states_of(execution: Execution) -> list[str]:
    """Run it to its end; the states that it comes to, without the looks at what isn't ready yet."""
    execution.run()
    states = execution.entered
    waited = {"Publish", "Not ready yet"}
    ready = [at for at, state in enumerate(states) if state == "Publish"][-1]
    return [state for at, state in enumerate(states) if at > ready or state not in {*waited, "Ready?"}]


def served(cloud: InMemoryCloud, *names: str) -> list[Routing | None]:
    return [cloud.routing(f"{name}:live") for name in names or ("orders", "billing")]


def lines_of(cloud: InMemoryCloud, name: str = "d-1") -> list[str]:
    """The states that people are told of."""
    return [event["state"] for event in cloud.notifications.events if event["deployment"] == name]


def test_it_is_tried_when_it_is_ready_and_before_its_first_step(shop: InMemoryCloud) -> None:
    execution = deploying(shop)
    assert states_of(execution) == [*BEGINNING, *TRYING, *CLIMBING, "Promote", *ENDING, "Deployed"]
    assert served(shop, "orders") == [Routing("42")]
    assert [(made.function, made.qualifier, made.event) for made in shop.trials.made] == [
        ("orders", "42", {"order": 7})
    ]
    assert " ".join(lines_of(shop)) == "planned claimed published tested shifted watched promoted closed"
    assert "smoke passed: 1 of 1 calls" in "\n".join(execution.output["timeline"])


def test_all_at_once_it_is_tried_just_before_the_promotion(shop: InMemoryCloud) -> None:
    states = states_of(deploying(shop, strategy="AllAtOnce"))
    assert states == [*BEGINNING, *TRYING, "Promote", *ENDING, "Deployed"]


@pytest.mark.parametrize("smoke", [None, []], ids=["no smoke", "an empty list of it"])
def test_what_has_no_trial_goes_straight_on(shop: InMemoryCloud, smoke: object) -> None:
    states = states_of(deploying(shop, smoke=smoke))
    assert states == [*BEGINNING, "Ready?", *CLIMBING, "Promote", *ENDING, "Deployed"]
    assert shop.trials.made == []


def test_of_several_targets_those_with_trials_are_tried(shop: InMemoryCloud) -> None:
    functions = ["orders", {"name": "billing", "smoke": SMOKE}]
    assert "Before traffic" in states_of(deploying(shop, functions=functions, smoke=None))
    assert [(made.function, made.qualifier) for made in shop.trials.made] == [("billing", "42")]


def test_a_version_that_exists_is_tried_too(shop: InMemoryCloud) -> None:
    assert "Before traffic" in states_of(deploying(shop, source={"version": "40"}))
    assert [made.qualifier for made in shop.trials.made] == ["40"]


def test_what_is_live_already_is_not_tried(shop: InMemoryCloud) -> None:
    assert states_of(deploying(shop, source=None)) == [*BEGINNING, "Ready?", *ENDING, "Deployed"]
    assert shop.trials.made == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(KeyError("tea"), "it failed: {", id="it throws"),
        pytest.param(None, "it answered status null, not 200", id="it answers otherwise"),
    ],
)
def test_a_smoke_that_fails_leaves_every_alias_and_says_why(
    shop: InMemoryCloud, error: Exception | None, said: str
) -> None:
    if error:
        shop.trials.fails("billing", error, "42")
    else:
        shop.trials.answers("billing", None, "42")
    execution = deploying(shop, functions=["orders", "billing"], alarms=["errors"])
    states = states_of(execution)
    assert states == [*BEGINNING, *TRYING[:2], "Roll back", "Is it an answer?", *ENDING, "Rolled back"]
    assert served(shop) == [Routing("41"), Routing("41")]
    assert lines_of(shop) == ["planned", "claimed", "published", "restored", "closed"]
    assert (execution.status, execution.error) == ("FAILED", "RolledBack")
    reason = execution.cause
    assert reason.startswith(f"SmokeFailedError: version 42 of billing: {said}")
    assert "orders:live is back on version 41" in reason
    assert "$LATEST of billing still holds the code of version 42" in reason
    assert shop.ledger.lines["d-1"]["closed"]["reason"] == reason
    assert shop.ledger.held == {}


def test_it_blames_nobody_so_that_the_same_package_may_be_tried_again(shop: InMemoryCloud) -> None:
    shop.trials.fails("orders", ConnectionError("the test order is gone"), "42")
    deploying(shop, "d-bad").run()
    assert shop.ledger.blamed == {}
    shop.trials.answers("orders", {"statusCode": 200}, "42")
    assert states_of(deploying(shop, "d-good"))[-1] == "Deployed"
    assert served(shop, "orders") == [Routing("42")]


def test_a_moment_of_trouble_is_retried_and_everything_is_tried_again(shop: InMemoryCloud) -> None:
    execution = deploying(shop)
    execution.run_to("Before traffic")
    shop.ledger.fails_next("append", TryAgainError("Rate exceeded"))
    execution.run()
    assert execution.status == "SUCCEEDED"
    assert len(shop.trials.made) == 2


# First deployments


@pytest.fixture
def new(shop: InMemoryCloud) -> InMemoryCloud:
    """Billing has no alias yet."""
    shop.somebody_deletes("billing:live")
    return shop


def test_on_a_first_deployment_it_is_tried_before_the_alias_exists(new: InMemoryCloud) -> None:
    seen: list[Any] = []

    def works(_: object) -> object:
        seen.append(new.alias("billing:live"))
        return {"statusCode": 200}

    new.trials.does("billing", works)
    states = states_of(deploying(new, functions=["billing"]))
    assert states == [*BEGINNING, *TRYING, "Promote", *ENDING, "Deployed"]
    assert seen == [None]
    assert served(new, "billing") == [Routing("42")]


def test_a_first_deployment_that_fails_its_smoke_makes_no_alias(new: InMemoryCloud) -> None:
    new.trials.fails("billing", KeyError("tea"))
    execution = deploying(new, functions=["orders", "billing"])
    assert states_of(execution)[-1] == "Rolled back"
    assert served(new) == [Routing("41"), None]
    assert "billing:live does not exist, as before" in execution.cause
    assert new.ledger.held == {}
