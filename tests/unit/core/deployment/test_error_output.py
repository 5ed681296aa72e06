"""What Step Functions hands over after an error, in words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.deployment.error_output import MAX_CAUSE, describe


def lambda_cause(message: str) -> str:
    trace = ['  File "/var/task/hotplug/handlers/shift.py", line 19, in shift\n']
    return json.dumps({"errorMessage": message, "errorType": "AliasMovedError", "stackTrace": trace})


@pytest.mark.parametrize(
    ("error", "cause", "words"),
    [
        pytest.param(
            "AliasMovedError",
            lambda_cause("orders:live was moved"),
            "AliasMovedError: orders:live was moved",
            id="an exception of a Lambda",
        ),
        pytest.param("States.Timeout", "", "States.Timeout", id="no cause"),
        pytest.param("States.Runtime", "An error occurred", "States.Runtime: An error occurred", id="prose"),
        pytest.param("Lambda.Unknown", '{"a": 1}', 'Lambda.Unknown: {"a": 1}', id="JSON without a message"),
        pytest.param("E", "7", "E: 7", id="a number"),
        pytest.param("E", '["errorMessage"]', 'E: ["errorMessage"]', id="a list"),
        pytest.param("E", lambda_cause(""), "E", id="an empty message"),
    ],
)
def test_a_fault_is_described(error: str, cause: str, words: str) -> None:
    assert describe(error, cause) == words


@given(any_.text())
def test_a_description_is_one_bounded_text(cause: str) -> None:
    assert len(describe("Error", cause * 200)) <= MAX_CAUSE + len("Error: ")
