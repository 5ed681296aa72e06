"""What came of a warm-up, in numbers and in words."""

from collections.abc import Sequence

import pytest

from hotplug.core.deployment.warmed import Warmed
from hotplug.core.resources.invocation import Called, CallFailure, NotAnsweredError, Timed

ANSWER = Called(b'"hello"', "42", failed=False)
FAILURE = Called(b'{"errorType": "KeyError"}', "42", failed=True)
CRASH = Called(b'{"errorType": "Runtime.ExitError"}', "42", failed=True)
THROTTLED = NotAnsweredError(CallFailure.THROTTLED, "Rate Exceeded.", 7)
TIMED_OUT = NotAnsweredError(CallFailure.TIMED_OUT, "Read timeout")
MISSING = NotAnsweredError(CallFailure.MISSING, "Function not found")


def warmed(*answers: Called | NotAnsweredError, spans: Sequence[tuple[float, float]] = ()) -> Warmed:
    """All at the same time, unless their times are given."""
    times = spans or [(0.0, 1.0)] * len(answers)
    calls = [Timed(answer, *span) for answer, span in zip(answers, times, strict=True)]
    return Warmed("orders", "42", len(answers), calls, 2.06)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        pytest.param(
            warmed(ANSWER, ANSWER), "2 environments of version 42 of orders in 2.1 s", id="as asked for"
        ),
        pytest.param(warmed(ANSWER), "1 environment of version 42 of orders in 2.1 s", id="one"),
        pytest.param(
            warmed(ANSWER, FAILURE),
            '2 environments of version 42 of orders in 2.1 s; 1 of 2 calls failed: {"errorType": "KeyError"}',
            id="one failed",
        ),
        pytest.param(
            warmed(ANSWER, CRASH, THROTTLED),
            "1 of 3 environments of version 42 of orders in 2.1 s; "
            '1 of 3 calls failed: {"errorType": "Runtime.ExitError"}; '
            "1 of 3 calls had no answer: Rate Exceeded.",
            id="two are missing",
        ),
        pytest.param(
            warmed(ANSWER, ANSWER, ANSWER, spans=[(0, 2), (1, 3), (2, 4)]),
            "2 of 3 environments of version 42 of orders in 2.1 s; "
            "1 of 3 calls came to one that was free again",
            id="over too soon",
        ),
        pytest.param(
            Warmed("orders", "42", 30),
            "0 of 30 environments of version 42 of orders in 0.0 s; there was no time left for a call",
            id="no time",
        ),
    ],
)
def test_it_says_how_many_there_are_and_why_not_more(found: Warmed, words: str) -> None:
    assert str(found) == words


def test_a_long_error_is_cut() -> None:
    found = str(warmed(Called(b"x" * 10_000, "42", failed=True)))
    assert len(found) < 300
    assert found.endswith("xxx…")


@pytest.mark.parametrize(
    ("found", "is_cold", "is_not_taken"),
    [
        pytest.param(warmed(ANSWER, THROTTLED), False, True, id="one is there, one is throttled"),
        pytest.param(warmed(FAILURE, FAILURE), False, False, id="all handlers failed"),
        pytest.param(warmed(CRASH, CRASH), True, False, id="none could start"),
        pytest.param(warmed(THROTTLED, THROTTLED), True, True, id="none was taken"),
        pytest.param(warmed(THROTTLED, TIMED_OUT), False, True, id="one may be there"),
        pytest.param(warmed(MISSING), True, False, id="there is no such version"),
        pytest.param(Warmed("orders", "42", 2), False, False, id="none was called"),
    ],
)
def test_it_is_cold_if_certainly_nothing_is_there(found: Warmed, is_cold: bool, is_not_taken: bool) -> None:
    assert (found.is_cold, found.is_not_taken) == (is_cold, is_not_taken)


def test_the_longest_wait_that_lambda_asks_for_counts() -> None:
    assert warmed(ANSWER, THROTTLED, TIMED_OUT).retry_after_seconds == 7
    assert warmed(ANSWER).retry_after_seconds == 0
