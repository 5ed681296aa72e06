"""Old versions and what uses them, in memory and on the local AWS alike."""

import pytest

from hotplug.core.resources.alias import Routing
from hotplug.core.resources.target import Target
from tests.contract.surroundings import Surroundings
from tests.fakes import split


@pytest.fixture
def orders(cloud: Surroundings, name: str) -> str:
    """A function with versions 1 to 3."""
    cloud.has_function(name, "none")
    for code in ("one", "two", "three"):
        cloud.saves(name, code)
        latest = cloud.functions.describe(name)
        assert latest
        cloud.functions.publish(name, latest.code_sha256, latest.revision)
    return name


def test_every_published_version_is_listed_with_its_arn(cloud: Surroundings, orders: str) -> None:
    found = cloud.versions.published(orders)
    assert [(one.version, one.is_durable) for one in found] == [(each, False) for each in "123"]
    assert [one.arn.partition(":function:")[2] for one in found] == [f"{orders}:{each}" for each in "123"]


def test_every_alias_is_listed_with_all_its_versions(cloud: Surroundings, orders: str) -> None:
    assert cloud.versions.aliases(orders) == {}
    live, test = Target(orders, "live"), Target(orders, "test")
    made = cloud.functions.create(live, Routing("1"))
    assert made
    cloud.functions.point(live, split("1", "2", 10), made.revision)
    cloud.functions.create(test, Routing("3"))
    assert cloud.versions.aliases(orders) == {"live": ("1", "2"), "test": ("3",)}


def test_without_event_sources_there_are_none(cloud: Surroundings, orders: str) -> None:
    assert [cloud.versions.is_fed(one) for one in cloud.versions.published(orders)] == [False] * 3


def test_one_version_goes_and_the_others_stay(cloud: Surroundings, orders: str) -> None:
    assert cloud.versions.delete(orders, "2")
    assert [one.version for one in cloud.versions.published(orders)] == ["1", "3"]
    assert cloud.functions.describe(orders, "2") is None
    assert cloud.functions.describe(orders) is not None


def test_what_is_gone_can_be_deleted_again(cloud: Surroundings, orders: str) -> None:
    assert cloud.versions.delete(orders, "2")
    assert cloud.versions.delete(orders, "2")


@pytest.mark.parametrize("what", ["", "$LATEST", "live", "0", "1:2", "*"])
def test_nothing_but_a_version_can_be_deleted(cloud: Surroundings, orders: str, what: str) -> None:
    with pytest.raises(ValueError, match="is no published version"):
        cloud.versions.delete(orders, what)
    assert len(cloud.versions.published(orders)) == 3
