"""What an alias says: exact percentages, whatever floats Lambda answers with."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.resources.alias import Routing
from tests.fakes import split


@given(any_.integers(0, 10_000))
def test_a_percentage_survives_the_way_through_lambda(cents: int) -> None:
    wanted = split("41", "42", Decimal(cents) / 100)
    assert Routing.of("41", wanted.weights) == wanted


@pytest.mark.parametrize(
    ("weight", "percent"),
    [
        pytest.param(0.07, "7", id="0.07 is 7, not 7.000000000000001"),
        pytest.param(0.29, "29", id="0.29 is 29, not 28.999999999999996"),
        pytest.param(1.0, "100", id="one is a hundred"),
        pytest.param(1, "100", id="one without a point"),
        pytest.param(0.0001, "0.01", id="the smallest"),
        pytest.param(0.125, "12.5", id="one decimal"),
        pytest.param(0.30000000000000004, "30", id="a sum of floats"),
    ],
)
def test_a_share_becomes_an_exact_percentage(weight: float, percent: str) -> None:
    assert str(Routing.of("41", {"42": weight})) == f"version 41 with {percent} % to version 42"


@pytest.mark.parametrize("weights", [None, {}], ids=["no RoutingConfig", "an empty one"])
def test_an_alias_without_weights_is_on_one_version(weights: dict[str, float] | None) -> None:
    routing = Routing.of("41", weights)
    assert routing == Routing("41")
    assert not routing.is_split
    assert routing.weights == {}
    assert str(routing) == "version 41"


def test_the_order_of_the_weights_does_not_matter() -> None:
    assert Routing.of("1", {"3": 0.1, "2": 0.2}) == Routing.of("1", {"2": 0.2, "3": 0.1})
    assert Routing.of("1", {"2": 0.2}).is_split
