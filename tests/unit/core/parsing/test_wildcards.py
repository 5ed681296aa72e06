"""IAM's wildcards, and nothing else that a pattern could mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.parsing.wildcards import matches


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        pytest.param("orders", "orders", id="itself"),
        pytest.param("*", "", id="anything may be nothing"),
        pytest.param("orders-*", "orders-", id="nothing after the dash"),
        pytest.param("orders-*", "orders-eu-1", id="something after it"),
        pytest.param("*-eu-*", "orders-eu-1", id="in between"),
        pytest.param("order?", "orders", id="one character"),
        pytest.param(
            "arn:aws:sts::*:assumed-role/Tester/*", "arn:aws:sts::111122223333:assumed-role/Tester/ann"
        ),
        pytest.param("a.b", "a.b", id="a point is a point"),
        pytest.param("a[bc]+(d|e)$", "a[bc]+(d|e)$", id="no other sign means anything"),
    ],
)
def test_a_name_fits(pattern: str, name: str) -> None:
    assert matches(pattern, name)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        pytest.param("orders", "orders-eu", id="only the beginning"),
        pytest.param("orders", "my-orders", id="only the end"),
        pytest.param("Orders", "orders", id="another case"),
        pytest.param("order?", "order", id="one character is not none"),
        pytest.param("order?", "orderss", id="one character is not two"),
        pytest.param("a.b", "axb", id="a point is no wildcard"),
        pytest.param("[ab]", "a", id="there are no classes"),
        pytest.param("orders", "orders\n", id="a line's end is a character"),
        pytest.param("", "a", id="an empty pattern fits nothing"),
    ],
)
def test_a_name_does_not_fit(pattern: str, name: str) -> None:
    assert not matches(pattern, name)


@given(any_.text("ab.*?[\\", max_size=12))
def test_every_pattern_can_be_used_and_fits_what_it_spells(pattern: str) -> None:
    assert matches(pattern, pattern.replace("*", "").replace("?", "x"))
