"""Whatever may be asked of a candidate can be kept in the ledger, with the plan that it travels in."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.aws.dynamodb_json import decode, encode
from hotplug.core.plan.plan import Plan
from hotplug.core.request.request import Request, read_request
from hotplug.core.spec.smoke_test import MAX_DIGITS, MAX_LEVELS
from tests.support.plans import a_plan, a_planned

DEEPEST = 32
"""Levels that DynamoDB takes in an attribute."""
MAX_ITEM_BYTES = 409_600


def planned(*trials: Any) -> Plan | None:
    """A plan with these trials, if they may be asked."""
    request = read_request({"function": "orders", "smoke": list(trials)})
    if not isinstance(request, Request):
        return None
    return a_plan(replace(a_planned(), smoke=request.targets[0].smoke))


def kept(plan: Plan) -> Plan:
    """From the standing of its deployment."""
    item = encode({"plan": plan.to_json()})
    assert levels(item["plan"]) <= DEEPEST
    return Plan.from_json(decode(item)["plan"])


def levels(attribute: dict[str, Any]) -> int:
    """How deeply lists and maps lie in each other, as DynamoDB types them."""
    ((kind, value),) = attribute.items()
    inner = {"M": lambda: list(value.values()), "L": lambda: list(value)}.get(kind)
    return 1 + max(map(levels, inner()), default=0) if inner else 0


def nested(depth: int) -> Any:
    value: Any = "deep"
    for at in range(depth):
        value = [value] if at % 2 else {"in": value}
    return value


@pytest.mark.parametrize(
    "trial",
    [
        pytest.param({"payload": nested(MAX_LEVELS)}, id="the deepest payload"),
        pytest.param({"expect": {"answer": nested(MAX_LEVELS)}}, id="the deepest answer"),
        pytest.param({"payload": [10**MAX_DIGITS - 1, 1 - 10**MAX_DIGITS]}, id="the largest numbers"),
        pytest.param({"payload": [1e-37, 0.1 + 0.2, -1.5, 0]}, id="numbers with a point"),
        pytest.param({"payload": {"a": "", "b": [], "c": {}, "d": None, "e": True}}, id="empty values"),
        pytest.param({"payload": "Grüße\x00😀"}, id="any character"),
    ],
)
def test_what_is_just_within_its_limits_is_kept_as_it_is(trial: dict[str, Any]) -> None:
    plan = planned(trial)
    assert plan
    assert kept(plan) == plan


def test_the_most_that_may_be_asked_fits_into_an_item() -> None:
    plan = planned(*[{"payload": "x" * 9_900}] * 6)
    assert plan
    assert len(json.dumps(encode({"plan": plan.to_json()}))) < MAX_ITEM_BYTES / 2


any_json = any_.recursive(
    any_.none() | any_.booleans() | any_.integers() | any_.floats() | any_.text(max_size=9),
    lambda inner: any_.lists(inner, max_size=3) | any_.dictionaries(any_.text(max_size=3), inner, max_size=3),
    max_leaves=9,
)


@given(any_json, any_json)
def test_what_can_not_be_kept_can_not_be_asked(payload: Any, answer: Any) -> None:
    """A number may come back spelt otherwise: 1e16 as 10000000000000000."""
    plan = planned({"payload": payload, "expect": {"answer": answer}})
    if plan:
        assert kept(plan).targets[0].target == plan.targets[0].target
