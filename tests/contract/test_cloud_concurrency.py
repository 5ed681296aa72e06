"""Provisioned concurrency, in memory and on the local AWS alike."""

import time
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from hotplug.core.errors import RevisionStaleError, TryAgainError
from hotplug.core.resources.alias import AliasState, Routing
from hotplug.core.resources.concurrency import READY, ConcurrencyState
from hotplug.core.resources.target import Target
from tests.contract.surroundings import PATIENCE_SECONDS, Surroundings
from tests.fakes import split

CODE = "def handler(event, context):\n    return 0\n# "


@pytest.fixture
def orders(cloud: Surroundings, name: str) -> str:
    """A function with versions 1 and 2."""
    cloud.has_function(name, "none")
    for edition in ("one", "two"):
        cloud.publishes(name, CODE + edition)
    return name


@pytest.fixture
def live(cloud: Surroundings, orders: str) -> Target:
    """Its alias, on version 1."""
    target = Target(orders, "live")
    cloud.functions.create(target, Routing("1"))
    return target


@pytest.fixture
def settling(cloud: Surroundings, live: Target) -> AliasState:
    """What was answered when the alias, which has five executions provisioned, was moved to version 2."""
    provisioned(cloud, live.function, "live", 5)
    cloud.withholds_provisioning(live.function)
    return cloud.functions.point(live, Routing("2"), alias(cloud, live).revision)


def alias(cloud: Surroundings, target: Target) -> AliasState:
    found = cloud.functions.alias(target)
    assert found
    return found


def provisioned(cloud: Surroundings, function: str, qualifier: str, executions: int) -> ConcurrencyState:
    """So many were asked for; their state once they are ready."""
    cloud.concurrency.put(function, qualifier, executions)
    return ready(lambda: cloud.concurrency.state(function, qualifier), lambda found: found.status == READY)


def ready[T](look: Callable[[], T | None], is_ready: Callable[[T], bool]) -> T:
    """What is seen once it is ready."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not ((found := look()) and is_ready(found)):
        assert time.monotonic() < give_up, found
        time.sleep(0.05)
    return found


def test_a_function_has_none_before_any_is_put(cloud: Surroundings, orders: str) -> None:
    assert cloud.concurrency.found(orders) == {}
    assert cloud.concurrency.state(orders, "1") is None


def test_taking_away_what_is_not_there_is_no_error(cloud: Surroundings, orders: str) -> None:
    cloud.concurrency.remove(orders, "1")
    assert cloud.concurrency.found(orders) == {}


@pytest.mark.parametrize("qualifier", ["1", "live"])
def test_what_is_put_becomes_ready_changes_and_is_taken_away(
    cloud: Surroundings, live: Target, qualifier: str
) -> None:
    assert provisioned(cloud, live.function, qualifier, 5) == ConcurrencyState(5, READY)
    assert provisioned(cloud, live.function, qualifier, 10) == ConcurrencyState(10, READY)
    provisioned(cloud, live.function, "2", 1)
    assert cloud.concurrency.found(live.function) == {qualifier: 10, "2": 1}
    cloud.concurrency.remove(live.function, qualifier)
    assert cloud.concurrency.found(live.function) == {"2": 1}
    assert cloud.concurrency.state(live.function, qualifier) is None


@pytest.mark.parametrize(
    ("qualifier", "code"),
    [
        ("$LATEST", "InvalidParameterValueException"),
        ("7", "ResourceNotFoundException"),
        ("nobody", "ResourceNotFoundException"),
    ],
)
def test_only_a_version_or_an_alias_takes_any(
    cloud: Surroundings, orders: str, qualifier: str, code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        cloud.concurrency.put(orders, qualifier, 1)
    assert refused.value.response["Error"]["Code"] == code
    assert cloud.concurrency.found(orders) == {}


def test_a_version_under_an_alias_that_has_some_takes_none(cloud: Surroundings, live: Target) -> None:
    provisioned(cloud, live.function, "live", 5)
    with pytest.raises(TryAgainError, match="Version is pointed by a Provisioned Concurrency alias"):
        cloud.concurrency.put(live.function, "1", 1)
    cloud.concurrency.put(live.function, "2", 1)


def test_an_alias_on_a_version_that_has_some_takes_none(cloud: Surroundings, live: Target) -> None:
    provisioned(cloud, live.function, "1", 5)
    with pytest.raises(TryAgainError, match="on an already Provisioned version"):
        cloud.concurrency.put(live.function, "live", 1)


def test_a_split_alias_keeps_what_it_has_and_takes_no_other_amount(cloud: Surroundings, live: Target) -> None:
    provisioned(cloud, live.function, "live", 5)
    shared = cloud.functions.point(live, split("1", "2", 10), alias(cloud, live).revision)
    assert alias(cloud, live) == shared
    with pytest.raises(ClientError, match="Alias with weights can not be used"):
        cloud.concurrency.put(live.function, "live", 10)
    assert cloud.concurrency.found(live.function) == {"live": 5}


def test_after_its_version_changed_an_alias_shows_all_calls_on_the_one_before(
    cloud: Surroundings, live: Target, settling: AliasState
) -> None:
    assert settling.routing == Routing("2")
    assert alias(cloud, live) == AliasState(split("2", "1", 100), settling.revision)
    with pytest.raises(TryAgainError, match="being updated"):
        cloud.concurrency.put(live.function, "live", 10)
    assert cloud.concurrency.found(live.function) == {"live": 5}

    cloud.goes_on_provisioning(live)

    settled = ready(lambda: cloud.functions.alias(live), lambda found: found.routing == Routing("2"))
    assert settled.revision != settling.revision
    with pytest.raises(RevisionStaleError):
        cloud.functions.point(live, Routing("1"), settling.revision)
    assert provisioned(cloud, live.function, "live", 10) == ConcurrencyState(10, READY)


def test_an_alias_is_touched_while_it_settles(
    cloud: Surroundings, live: Target, settling: AliasState
) -> None:
    cloud.touches(live)
    assert alias(cloud, live).routing == split("2", "1", 100)
    assert alias(cloud, live).revision != settling.revision
    cloud.goes_on_provisioning(live)
    ready(lambda: cloud.functions.alias(live), lambda found: found.routing == Routing("2"))


def test_an_alias_is_moved_while_it_settles(cloud: Surroundings, live: Target, settling: AliasState) -> None:
    back = cloud.functions.point(live, Routing("1"), settling.revision)
    assert back.routing == Routing("1")
    cloud.goes_on_provisioning(live)
    ready(lambda: cloud.functions.alias(live), lambda found: found.routing == Routing("1"))


def test_a_version_knows_the_aliases_that_lead_to_it_even_with_a_share(
    cloud: Surroundings, orders: str
) -> None:
    assert cloud.concurrency.aliases_on(orders, "1") == []
    made = cloud.functions.create(Target(orders, "live"), Routing("1"))
    assert made
    assert cloud.concurrency.aliases_on(orders, "1") == ["live"]
    cloud.functions.point(Target(orders, "live"), split("1", "2", 10), made.revision)
    assert cloud.concurrency.aliases_on(orders, "1") == ["live"]
