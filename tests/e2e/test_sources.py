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
