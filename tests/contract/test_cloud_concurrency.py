"""Provisioned concurrency as far as the local AWS has any, which is none: the rest is in capacity stories."""

import pytest

from hotplug.core.resources.alias import Routing
from hotplug.core.resources.target import Target
from tests.contract.surroundings import Surroundings
from tests.fakes import split


@pytest.fixture
def orders(cloud: Surroundings, name: str) -> str:
    """A function with versions 1 and 2."""
    cloud.has_function(name, "none")
    for code in ("one", "two"):
        cloud.saves(name, code)
        latest = cloud.functions.describe(name)
        assert latest
        cloud.functions.publish(name, latest.code_sha256, latest.revision)
    return name


def test_a_function_has_none_before_any_is_put(cloud: Surroundings, orders: str) -> None:
    assert cloud.concurrency.found(orders) == {}
    assert cloud.concurrency.state(orders, "1") is None


def test_taking_away_what_is_not_there_is_no_error(cloud: Surroundings, orders: str) -> None:
    cloud.concurrency.remove(orders, "1")
    assert cloud.concurrency.found(orders) == {}


def test_a_version_knows_the_aliases_that_lead_to_it_even_with_a_share(
    cloud: Surroundings, orders: str
) -> None:
    assert cloud.concurrency.aliases_on(orders, "1") == []
    made = cloud.functions.create(Target(orders, "live"), Routing("1"))
    assert made
    assert cloud.concurrency.aliases_on(orders, "1") == ["live"]
    cloud.functions.point(Target(orders, "live"), split("1", "2", 10), made.revision)
    assert cloud.concurrency.aliases_on(orders, "1") == ["live"]
