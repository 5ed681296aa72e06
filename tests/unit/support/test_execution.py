"""An execution goes the way of the machine, or carries out one task alone."""

import pytest

from hotplug.core.errors import ForbiddenError, TryAgainError
from hotplug.core.resources.alias import Routing
from tests.contract.analysis.names import file_of
from tests.fakes import RED, InMemoryCloud, split
from tests.support.machine.execution import DEFINITION, Execution
from tests.support.machine.tasks import is_function
from tests.support.machine.values import StateFailedError

REQUEST = {"function": "orders", "alarms": ["errors"]}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders with new code, and a green alarm."""
    cloud.has_function("orders")
    cloud.somebody_saves("orders")
    cloud.alarm("errors")
    return cloud


def test_it_goes_through_the_states_of_the_definition_and_says_which(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST)
    assert execution.run() == "Deployed"
    assert execution.entered[:6] == ["Plan", "Refused?", "Claim", "Busy?", "Publish", "Ready?"]
    assert execution.entered[-4:] == ["Promote", "Close", "How did it end?", "Deployed"]
    assert execution.output["outcome"] == "deployed"


def test_a_retry_is_no_new_state_and_takes_its_time(shop: InMemoryCloud) -> None:
    shop.ledger.fails_next("claim", TryAgainError("throttled"), times=3)
    execution, begun = Execution(shop, REQUEST), shop.now()
    execution.run_to("Publish")
    assert execution.entered.count("Claim") == 1
    assert (shop.now() - begun).total_seconds() == 3


def test_at_a_bake_something_may_happen(shop: InMemoryCloud) -> None:
    assert Execution(shop, REQUEST).run(lambda: shop.alarm("errors").goes(RED)) == "Rolled back"


def test_one_that_never_comes_to_a_state_says_how_it_ended(shop: InMemoryCloud) -> None:
    shop.functions.fails_next("point", ForbiddenError("AccessDenied"))
    with pytest.raises(AssertionError, match=r"never came to .*Bake.*RolledBack .*AccessDenied"):
        Execution(shop, REQUEST).shifted()


def test_its_end_is_known_where_executions_are_asked_for(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    assert shop.executions.is_running(execution.arn)
    execution.run()
    assert not shop.executions.is_running(execution.arn)


@pytest.mark.parametrize(
    ("way", "state", "routing"),
    [
        (Execution.published, "Shift", Routing("41")),
        (Execution.shifted, "Bake", split("41", "42", 10)),
        (Execution.baked, "Promote", split("41", "42", 10)),
    ],
    ids=lambda it: getattr(it, "__name__", None),
)
def test_the_ways_have_names(shop: InMemoryCloud, way: object, state: str, routing: Routing) -> None:
    assert callable(way)
    assert way(Execution(shop, REQUEST)).state == state
    assert shop.routing("orders:live") == routing


# One task alone


def test_every_function_of_the_definition_can_be_carried_out_alone() -> None:
    tasks = [name for name, state in DEFINITION["States"].items() if is_function(state.get("Resource", ""))]
    assert [name for name in tasks if not callable(getattr(Execution, file_of(name), None))] == []


def test_a_task_alone_assigns_and_goes_on_as_the_definition_says(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST)
    assert execution.plan()["outcome"] == execution.variables["outcome"] == "planned"
    assert execution.state == "Claim"
    execution.shifted().roll_back()
    assert (execution.state, execution.variables["direct"]) == ("Close", False)


def test_the_error_of_a_task_alone_comes_as_it_was_raised_and_is_not_retried(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).published()
    error = TryAgainError("throttled")
    shop.functions.fails_next("point", error)
    with pytest.raises(TryAgainError) as raised:
        execution.shift()
    assert raised.value is error
    assert (execution.state, execution.status) == ("Shift", "RUNNING")


def test_what_is_assigned_is_handed_to_the_next_task(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    execution.assign(reason="because")
    assert execution.arguments("Roll back")["reason"] == "because"
    with pytest.raises(TypeError):
        execution.variables["reason"] = "by the way"  # type: ignore[index]


def test_a_task_alone_before_its_variables_are_known_fails_as_the_machine_would(shop: InMemoryCloud) -> None:
    with pytest.raises(StateFailedError, match=r"\$plan returned nothing"):
        Execution(shop, REQUEST).claim()
