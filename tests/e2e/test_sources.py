"""Where a candidate may come from, beside an upload."""

import pytest

from tests.e2e.story import Given, Then, When, steps

pytestmark = pytest.mark.emulator


def test_a_changed_configuration_is_deployed_without_any_new_code(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function(latest=None)
    orders.configure(MODE="debug")

    deployment = when.deploying(orders, strategy=steps(50))

    then.it_succeeds(deployment)
    assert orders.routing() == "2"
    old, new = orders.described("1"), orders.described("2")
    assert new["Environment"]["Variables"] == {"MODE": "debug"}
    assert "Environment" not in old
    assert new["CodeSha256"] == old["CodeSha256"]


def test_old_versions_are_deleted_and_those_that_are_used_are_not(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function(published=4, live=4)
    orders.has_an_alias("test", "2")

    deployment = when.deploying(orders, strategy="AllAtOnce", keepVersions=1)

    output = then.it_succeeds(deployment)
    assert orders.versions() == ["2", "4", "5"]
    assert output["pruned"] == (
        f"{orders.name}: deleted 1, 3, 2 is kept: an alias leads to it, 4 is kept: a deployment needs it"
    )
    assert deployment.timeline()[-1]["state"] == "pruned"
    then.the_claim_is_free(orders)
