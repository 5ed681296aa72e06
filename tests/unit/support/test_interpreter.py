"""The interpreter does what Amazon States Language says, where a fault could hide behind a difference."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.machine.interpreter import Interpreter
from tests.support.machine.values import StateFailedError, evaluated, filled

type Json = Any


def run(states: dict[str, Json], *answers: Json | Exception, given: Json = None) -> Interpreter:
    """From the first state to the end; tasks answer one after the other."""
    left = list(answers)

    def perform(_state: str, _resource: str, _arguments: Json) -> Json:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    machine = {"StartAt": next(iter(states)), "States": states}
    execution = Interpreter(machine, "e-1", given, perform, lambda _: None)
    while execution.status == "RUNNING":
        execution.step()
    assert left == [], "answers that nobody asked for"
    return execution


def a_task(**more: Json) -> dict[str, Json]:
    return {"Type": "Task", "Resource": "r", "Arguments": {}, "Next": "End"} | more


END = {"Type": "Succeed", "Output": "{% $states.input %}"}
THROTTLED, BROKEN = StateFailedError("Busy"), StateFailedError("Broken", "for good")
ON_BUSY = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 2}]
CAUGHT = [{"ErrorEquals": ["States.ALL"], "Assign": {"fault": "{% $states.errorOutput %}"}, "Next": "Caught"}]


def test_a_retrier_counts_its_attempts_for_one_visit_only() -> None:
    ended = run({"A": a_task(Next="B", Retry=ON_BUSY), "B": a_task(Retry=ON_BUSY), "End": END},
                THROTTLED, THROTTLED, 1, THROTTLED, THROTTLED, 2)  # fmt: skip
    assert (ended.status, ended.output) == ("SUCCEEDED", 2)


def test_after_its_attempts_an_error_is_caught_or_ends_the_execution() -> None:
    states = {"A": a_task(Retry=ON_BUSY, Catch=CAUGHT), "End": END, "Caught": END}
    ended = run(states, THROTTLED, THROTTLED, THROTTLED)
    assert ended.output == ended.variables["fault"] == {"Error": "Busy", "Cause": ""}
    del states["A"]["Catch"]
    assert run(states, BROKEN).error == "Broken"


def test_a_retrier_of_no_attempts_keeps_the_next_from_the_error() -> None:
    never = {"ErrorEquals": ["Busy"], "MaxAttempts": 0}
    always = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 9}
    assert run({"A": a_task(Retry=[never, always]), "End": END}, THROTTLED).error == "Busy"


@pytest.mark.parametrize(
    ("error", "names", "caught"),
    [
        ("Anything", "States.TaskFailed", True),
        ("States.Timeout", "States.TaskFailed", False),
        ("States.Timeout", "States.ALL", True),
        ("States.QueryEvaluationError", "States.ALL", True),
        ("States.DataLimitExceeded", "States.ALL", False),
        ("States.Runtime", "States.ALL", False),
    ],
)
def test_what_the_wildcards_catch(error: str, names: str, caught: bool) -> None:
    states = {"A": a_task(Catch=[CAUGHT[0] | {"ErrorEquals": [names]}]), "End": END, "Caught": END}
    assert (run(states, StateFailedError(error)).status == "SUCCEEDED") is caught


def test_what_has_no_value_is_an_error_that_can_be_caught() -> None:
    states = {"A": a_task(Assign={"x": "{% $states.result.x %}"}, Catch=CAUGHT), "End": END, "Caught": END}
    assert run(states, {"x": None}).variables["x"] is None
    assert run(states, {}).variables["fault"]["Error"] == "States.QueryEvaluationError"


def test_null_is_a_value_and_nothing_is_equal_to_what_is_not_there() -> None:
    assert filled("{% $x = null %}", {"x": None}, {}) is True
    assert filled("{% $x.a = $x.b %}", {"x": {}}, {}) is False
    with pytest.raises(StateFailedError, match="returned nothing"):
        filled("{% $x.a %}", {"x": {}}, {})


VALUES: list[Json] = [1, "", False, None, [], [1], [[]], [None], [1, 2], {}, {"a": None}, {"a": [1]}]
VALUES += [[{"a": 1}], [{"a": 1}, {"a": 2}], {"a": {"b": []}}, {"a": [{"b": 1}, {"b": 2}]}]


def said(evaluate: Callable[[], Json]) -> Json:
    try:
        return evaluate()
    except StateFailedError as failure:
        return failure.cause


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("lookup", ["$x", "$x.a", "$x.a.b", "$states.result", "$states.result.a", "$y"])
def test_a_lookup_that_needs_no_jsonata_says_what_jsonata_would(lookup: str, value: Json) -> None:
    known: Json = {"x": value, "states": {"result": value}}
    short = said(lambda: filled(f"{{% {lookup} %}}", {"x": value}, known["states"]))
    assert short == said(lambda: evaluated(lookup, known))
    assert type(short) is type(said(lambda: evaluated(lookup, known)))


def test_a_map_gives_each_item_variables_of_its_own_and_stops_at_the_first_failure() -> None:
    two: Json = {"Type": "Choice", "Choices": [{"Condition": "{% $mine = 2 %}", "Next": "Bad"}]}
    inner: Json = {
        "I": a_task(Assign={"mine": "{% $states.result %}"}, Output="{% $states.input %}", Next="J"),
        "J": two | {"Default": "Good"},
        "Good": {"Type": "Pass", "End": True},
        "Bad": {"Type": "Fail", "Error": "Bad", "Cause": "{% $outer %}"},
    }
    over: Json = {"Type": "Map", "Items": "{% $states.input %}", "Next": "End", "Catch": CAUGHT}
    over |= {"ItemSelector": {"n": "{% $states.context.Map.Item.Value %}"}}
    over |= {"ItemProcessor": {"StartAt": "I", "States": inner}}
    first: Json = {"Type": "Pass", "Assign": {"outer": "seen"}, "Next": "M"}
    states = {"S": first, "M": over, "End": END, "Caught": END}

    assert run(states, 1, 3, given=[7, 8]).output == [{"n": 7}, {"n": 8}]
    failed = run(states, 1, 2, given=[7, 8, 9])
    assert failed.variables == {"outer": "seen", "fault": {"Error": "Bad", "Cause": "seen"}}
