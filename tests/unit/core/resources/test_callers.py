"""Who calls a function without alias, by its event sources and its own policy."""

import json
from typing import Any

import pytest

from hotplug.core.resources.callers import EventSource, unqualified_callers

ORDERS = "arn:aws:lambda:us-east-1:111122223333:function:orders"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:work"


@pytest.mark.parametrize(
    ("function", "state", "unqualified"),
    [
        pytest.param(ORDERS, "Enabled", (QUEUE,), id="the function itself"),
        pytest.param(ORDERS, "Creating", (QUEUE,), id="soon"),
        pytest.param(ORDERS, "", (QUEUE,), id="in a state that is not told"),
        pytest.param(ORDERS, "Disabled", (), id="asleep"),
        pytest.param(f"{ORDERS}:live", "Enabled", (), id="its alias"),
        pytest.param(f"{ORDERS}:41", "Enabled", (), id="one version"),
    ],
)
def test_an_event_source_counts_if_it_calls_the_function_itself(
    function: str, state: str, unqualified: tuple[str, ...]
) -> None:
    assert unqualified_callers([EventSource(function, QUEUE, state)], "") == unqualified


def a_policy(**statement: Any) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": "lambda:InvokeFunction"} | statement]})


@pytest.mark.parametrize(
    ("policy", "unqualified"),
    [
        pytest.param(a_policy(Principal="*"), ("*",), id="anybody"),
        pytest.param(
            a_policy(Principal={"Service": "s3.amazonaws.com"}), ("s3.amazonaws.com",), id="a service"
        ),
        pytest.param(
            a_policy(
                Principal={"Service": "s3.amazonaws.com"},
                Condition={
                    "StringEquals": {"AWS:SourceAccount": "111122223333"},
                    "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::uploads"},
                },
            ),
            ("s3.amazonaws.com (arn:aws:s3:::uploads)",),
            id="a service for one bucket",
        ),
        pytest.param(
            a_policy(Principal={"AWS": "arn:aws:iam::444455556666:root"}),
            ("arn:aws:iam::444455556666:root",),
            id="another account",
        ),
        pytest.param(a_policy(Principal="*", Effect="Deny"), (), id="a denial"),
        pytest.param(
            json.dumps({"Statement": {"Effect": "Allow", "Principal": "*"}}), ("*",), id="one that is no list"
        ),
        pytest.param("", (), id="no policy"),
        pytest.param("{", (), id="cut short"),
        pytest.param("[]", (), id="no object"),
        pytest.param('{"Statement": [7]}', (), id="no statement"),
    ],
)
def test_a_policy_names_those_whom_it_lets_call(policy: str, unqualified: tuple[str, ...]) -> None:
    assert unqualified_callers([], policy) == unqualified


def test_who_calls_in_two_ways_is_named_once() -> None:
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*"}] * 2})
    assert unqualified_callers([EventSource(ORDERS, QUEUE, "")] * 2, policy) == (QUEUE, "*")
