"""What an answer says about the environment that gave it, and how many calls were in progress at once."""

import json
from typing import Any

import pytest

from hotplug.core.resources.invocation import Called, CallFailure, NotAnsweredError, Timed, most_at_once

HELLO = Called(b'"hello"', "42", failed=False)


def failed(kind: str | None = None, message: str = "no such order") -> Called:
    told: dict[str, Any] = {"errorMessage": message} | ({"errorType": kind} if kind else {})
    return Called(json.dumps(told).encode(), "42", failed=True)


@pytest.mark.parametrize(
    ("answer", "is_lost"),
    [
        pytest.param(HELLO, False, id="an answer"),
        pytest.param(failed("KeyError"), False, id="an error of the handler"),
        pytest.param(failed("Runtime.MarshalError"), False, id="an answer that is no JSON"),
        pytest.param(failed("Runtime.ImportModuleError"), True, id="it can't be imported"),
        pytest.param(failed("Runtime.ExitError"), True, id="it ended"),
        pytest.param(failed("Sandbox.Timedout"), True, id="it timed out"),
        pytest.param(failed(None, "7f3 Task timed out after 3.00 seconds"), True, id="it timed out, untyped"),
        pytest.param(failed("Extension.Crash"), True, id="an extension ended"),
        pytest.param(Called(b"no JSON", "42", failed=True), False, id="no JSON"),
        pytest.param(Called(b"[1]", "42", failed=True), False, id="no object"),
        pytest.param(
            Called(b'{"errorType": "Runtime.ExitError"}', "42", failed=False), False, id="an answer like it"
        ),
    ],
)
def test_an_environment_is_lost_if_lambda_says_so(answer: Called, is_lost: bool) -> None:
    assert answer.lost_its_environment is is_lost


@pytest.mark.parametrize("failure", CallFailure)
def test_only_a_call_that_was_sent_and_not_answered_may_have_run(failure: CallFailure) -> None:
    expected = failure in {CallFailure.LOST, CallFailure.TIMED_OUT}
    assert NotAnsweredError(failure, "a text of AWS").may_have_run is expected


@pytest.mark.parametrize(
    ("spans", "most"),
    [
        pytest.param([], 0, id="none"),
        pytest.param([(0, 1)], 1, id="one"),
        pytest.param([(0, 1), (1, 2)], 1, id="one after the other"),
        pytest.param([(0, 3), (1, 2), (1.5, 4)], 3, id="all at once"),
        pytest.param([(0, 2), (1, 4), (3, 5), (3.5, 6)], 3, id="not all at once"),
    ],
)
def test_the_most_at_once_are_counted(spans: list[tuple[float, float]], most: int) -> None:
    assert most_at_once([Timed(HELLO, *span) for span in spans]) == most
