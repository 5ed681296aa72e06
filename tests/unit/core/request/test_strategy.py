"""Every strategy becomes one list of steps, or problems that say how to put it right."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.parsing.problem import Problem
from hotplug.core.parsing.units import HUNDRED, MAX_BAKE_SECONDS
from hotplug.core.request.stepped_strategy import MAX_STEPS
from hotplug.core.request.strategy import read_strategy
from hotplug.core.spec.approval import Approval, OnTimeout
from hotplug.core.spec.steps import AdvanceOn, Progression, Steps

CODE_DEPLOY = [
    ("Canary10Percent5Minutes", [("10", 300)]),
    ("Canary10Percent10Minutes", [("10", 600)]),
    ("Canary10Percent15Minutes", [("10", 900)]),
    ("Canary10Percent30Minutes", [("10", 1800)]),
    ("Linear10PercentEvery1Minute", [(str(percent), 60) for percent in range(10, 100, 10)]),
    ("Linear10PercentEvery2Minutes", [(str(percent), 120) for percent in range(10, 100, 10)]),
    ("Linear10PercentEvery3Minutes", [(str(percent), 180) for percent in range(10, 100, 10)]),
    ("Linear10PercentEvery10Minutes", [(str(percent), 600) for percent in range(10, 100, 10)]),
    ("AllAtOnce", []),
]
"""The names and their steps: CodeDeploy user guide, "Working with deployment configurations"."""


def read(value: Any) -> tuple[Steps, list[Problem]]:
    problems: list[Problem] = []
    return read_strategy(value, "strategy", problems).steps, problems


@pytest.mark.parametrize(
    ("said", "advance_on"),
    [
        pytest.param({}, AdvanceOn.TIME, id="by time unless told otherwise"),
        pytest.param({"advanceOn": "time"}, AdvanceOn.TIME, id="time"),
        pytest.param({"advanceOn": "evidence"}, AdvanceOn.EVIDENCE, id="evidence"),
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        {"type": "canary", "percent": 5, "bake": 60},
        {"type": "linear", "percent": 5, "every": 60},
        {"type": "exponential", "start": 5, "every": 60},
        {"type": "steps", "steps": [{"percent": 5, "bake": 60}]},
        {"type": "allAtOnce", "finalBake": 60},
    ],
    ids=lambda value: str(value["type"]),
)
def test_every_timetable_can_wait_for_a_proof(
    value: dict[str, Any], said: dict[str, str], advance_on: AdvanceOn
) -> None:
    problems: list[Problem] = []
    strategy = read_strategy(value | said, "strategy", problems)
    assert problems == []
    assert (strategy.progression, strategy.advance_on) == (Progression.STEPPED, advance_on)
    assert strategy.needs_evidence is (advance_on is AdvanceOn.EVIDENCE)


def pairs(steps: Steps) -> list[tuple[str, int]]:
    return [(str(step.percent), step.bake_seconds) for step in steps]


@pytest.mark.parametrize("prefix", ["", "CodeDeployDefault.Lambda"], ids=["short", "full"])
@pytest.mark.parametrize(("name", "expected"), CODE_DEPLOY, ids=[name for name, _ in CODE_DEPLOY])
def test_the_nine_names_of_code_deploy_mean_here_what_they_mean_there(
    prefix: str, name: str, expected: list[tuple[str, int]]
) -> None:
    steps, problems = read(prefix + name)
    assert problems == []
    assert pairs(steps) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("Canary25Percent90Minutes", [("25", 5400)], id="any canary"),
        pytest.param("Canary0.5Percent1Minute", [("0.5", 60)], id="half a percent, one minute"),
        pytest.param("Linear33PercentEvery1Minutes", [("33", 60), ("66", 60), ("99", 60)], id="thirds"),
        pytest.param("Linear50PercentEvery7Minutes", [("50", 420)], id="two halves: the second is live"),
        pytest.param({"type": "canary", "percent": 5, "bake": "10m"}, [("5", 600)], id="canary"),
        pytest.param({"type": "canary", "percent": 5.0, "bake": 1}, [("5", 1)], id="5.0 is 5"),
        pytest.param("Canary10.50Percent1Minute", [("10.5", 60)], id="10.50 is 10.5"),
        pytest.param({"type": "canary", "percent": 5, "bake": 0}, [("5", 0)], id="canary without a bake"),
        pytest.param(
            {"type": "canary", "percent": 12.5, "bake": 90, "finalBake": "1h"},
            [("12.5", 90), ("100", 3600)],
            id="canary with a final bake",
        ),
        pytest.param(
            {"type": "linear", "percent": 40, "every": "90s"}, [("40", 90), ("80", 90)], id="linear"
        ),
        pytest.param(
            {"type": "exponential", "start": 1, "every": "2m"},
            [("1", 120), ("2", 120), ("4", 120), ("8", 120), ("16", 120), ("32", 120), ("64", 120)],
            id="exponential doubles unless told otherwise",
        ),
        pytest.param(
            {"type": "exponential", "start": 10, "factor": 3, "every": 1, "finalBake": 5},
            [("10", 1), ("30", 1), ("90", 1), ("100", 5)],
            id="exponential by three",
        ),
        pytest.param(
            {"type": "steps", "steps": [{"percent": 1, "bake": "5m"}, {"percent": 25, "bake": "10m"}]},
            [("1", 300), ("25", 600)],
            id="steps",
        ),
        pytest.param(
            {"type": "steps", "steps": [{"percent": 25, "bake": "1m"}, {"percent": 100, "bake": "1m"}]},
            [("25", 60), ("100", 60)],
            id="a last step at 100 that bakes stays",
        ),
        pytest.param(
            {"type": "steps", "steps": [{"percent": 25, "bake": "1m"}, {"percent": 100, "bake": 0}]},
            [("25", 60)],
            id="a last step at 100 that does not bake is the promotion",
        ),
        pytest.param({"type": "canary", "percent": 5, "bake": "720h"}, [("5", 2_592_000)], id="30 days"),
        pytest.param(
            {"type": "linear", "percent": 0.5, "every": 1},
            [(f"{at / 2:g}", 1) for at in range(1, 200)],
            id="199 steps",
        ),
        pytest.param({"type": "allAtOnce"}, [], id="all at once"),
        pytest.param({"type": "allAtOnce", "finalBake": "5m"}, [("100", 300)], id="all at once, watched"),
    ],
)
def test_a_strategy_becomes_steps(value: Any, expected: list[tuple[str, int]]) -> None:
    steps, problems = read(value)
    assert problems == []
    assert pairs(steps) == expected


@pytest.mark.parametrize(
    ("value", "field", "given_", "allowed"),
    [
        pytest.param("Canary10", "strategy", '"Canary10"', "Canary<percent>Percent", id="half a name"),
        pytest.param("canary10percent5minutes", "strategy", "canary10", "AllAtOnce", id="lower case"),
        pytest.param("adaptive", "strategy", '"adaptive"', '"Adaptive"', id="an adaptive one in lower case"),
        pytest.param(
            {"type": "canary", "percent": 5, "bake": 1, "advanceOn": "proof"},
            "strategy.advanceOn",
            '"proof"',
            '"time" or "evidence"',
            id="another thing to wait for",
        ),
        pytest.param("Canary100Percent5Minutes", "strategy", "Canary100", "0.01 to 99.99", id="all of it"),
        pytest.param("Canary0Percent5Minutes", "strategy", "Canary0", "0.01 to 99.99", id="none of it"),
        pytest.param("Canary10.123Percent5Minutes", "strategy", "10.123", "0.01 to 99.99", id="3 decimals"),
        pytest.param(
            "Canary10Percent0Minutes", "strategy", "0Minutes", "1 to 43200 minutes", id="no minutes"
        ),
        pytest.param("Linear1PercentEvery43201Minutes", "strategy", "43201", "43200", id="over 30 days"),
        pytest.param("Linear0.1PercentEvery1Minute", "strategy", "999 steps", "200", id="a thousand steps"),
        pytest.param("Canary٣Percent5Minutes", "strategy", "Canary٣", "a name", id="other digits"),
        pytest.param(7, "strategy", "7", 'an object with a "type"', id="a number"),
        pytest.param(None, "strategy", "null", 'an object with a "type"', id="null"),
        pytest.param([], "strategy", "[]", 'an object with a "type"', id="a list"),
        pytest.param({}, "strategy.type", "nothing", '"exponential"', id="no type"),
        pytest.param({"type": "blue"}, "strategy.type", '"blue"', '"allAtOnce"', id="an unknown type"),
        pytest.param({"type": ["canary"]}, "strategy.type", '["canary"]', '"steps"', id="a type in a list"),
        pytest.param(
            {"type": "canary", "percent": 5}, "strategy.bake", "nothing", '"90s", "5m"', id="no bake"
        ),
        pytest.param(
            {"type": "canary", "percent": 100, "bake": 1},
            "strategy.percent",
            "100",
            "99.99",
            id="a full canary",
        ),
        pytest.param(
            {"type": "canary", "percent": "5", "bake": 1},
            "strategy.percent",
            '"5"',
            "a number from 0.01 to 99.99",
            id="a percentage as a text",
        ),
        pytest.param(
            {"type": "canary", "percent": True, "bake": 1},
            "strategy.percent",
            "true",
            "a number",
            id="a flag",
        ),
        pytest.param(
            {"type": "canary", "percent": 5, "bake": 1, "every": 2},
            "strategy.every",
            "an unknown key",
            "one of type, percent, bake, finalBake, approve, advanceOn",
            id="a key of another type",
        ),
        pytest.param(
            {"type": "linear", "percnt": 5, "percent": 5, "every": 1},
            "strategy.percnt",
            "an unknown key",
            "did you mean percent?",
            id="a misspelt key",
        ),
        pytest.param(
            {"type": "exponential", "start": 1, "factor": 1, "every": 1},
            "strategy.factor",
            "1",
            "1.1 to 100",
            id="no growth",
        ),
        pytest.param(
            {"type": "exponential", "every": 1}, "strategy.start", "nothing", "0.01 to 99.99", id="no start"
        ),
        pytest.param({"type": "exponential", "start": 1}, "strategy.every", "nothing", "5m", id="no every"),
        pytest.param({"type": "linear", "every": 1}, "strategy.percent", "nothing", "99.99", id="no percent"),
        pytest.param({"type": "linear", "percent": 1}, "strategy.every", "nothing", "5m", id="no interval"),
        pytest.param({"type": "canary", "bake": 1}, "strategy.percent", "nothing", "99.99", id="no share"),
        pytest.param(
            {"type": "canary", "percent": 5, "bake": "720h", "finalBake": 1},
            "strategy",
            "2592001 s in all",
            "30 days",
            id="a second more than 30 days",
        ),
        pytest.param({"type": "steps", "steps": []}, "strategy.steps", "[]", "1 to 200 steps", id="no steps"),
        pytest.param(
            {"type": "steps", "steps": [5]}, "strategy.steps[0]", "5", "a JSON object", id="a bare step"
        ),
        pytest.param(
            {"type": "steps", "steps": [{"percent": 5, "bake": "1d"}]},
            "strategy.steps[0].bake",
            '"1d"',
            "a duration",
            id="a bake in days",
        ),
        pytest.param(
            {"type": "steps", "steps": [{"percent": 5, "bake": 1}, {"percent": 5, "bake": 1}]},
            "strategy.steps[1].percent",
            "5",
            "more than the step before it (5)",
            id="a step that does not grow",
        ),
        pytest.param(
            {"type": "steps", "steps": [{"percent": 9, "bake": 1}, {"percent": 5, "bake": 1}]},
            "strategy.steps[1].percent",
            "5",
            "more than the step before it (9)",
            id="a step back",
        ),
        pytest.param(
            {"type": "steps", "steps": [{"percent": 100, "bake": 1}], "finalBake": 1},
            "strategy.finalBake",
            "1 s",
            "none when the last step is at 100 percent",
            id="two final bakes",
        ),
        pytest.param(
            {"type": "linear", "percent": 10, "every": "100h"},
            "strategy",
            f"{9 * 360_000} s in all",
            "30 days",
            id="longer than 30 days in all",
        ),
    ],
)
def test_a_wrong_strategy_is_answered_with_field_given_and_allowed(
    value: Any, field: str, given_: str, allowed: str
) -> None:
    steps, (problem, *more) = read(value)
    assert (steps, more) == ((), [])
    assert problem.field == field
    assert given_ in problem.given
    assert allowed in problem.allowed


def test_all_problems_of_a_strategy_come_at_once() -> None:
    listed = [{"percent": 0.001, "bake": "x"}, {"bake": -1, "percent": "no", "pct": 5}]
    _, problems = read({"type": "steps", "steps": listed, "finalBake": [], "bake": 1})
    assert sorted(problem.field for problem in problems) == [
        "strategy.bake",
        "strategy.finalBake",
        "strategy.steps[0].bake",
        "strategy.steps[0].percent",
        "strategy.steps[1].bake",
        "strategy.steps[1].pct",
        "strategy.steps[1].percent",
    ]


percentages = any_.integers(1, 9_999).map(lambda cents: cents / 100)
durations = any_.integers(0, 3600) | any_.sampled_from(["90s", "5m", "1h"])
listed_steps = any_.lists(any_.fixed_dictionaries({"percent": percentages, "bake": durations}), max_size=9)
objects = any_.one_of(
    any_.fixed_dictionaries({"type": any_.just("canary"), "percent": percentages, "bake": durations}),
    any_.fixed_dictionaries({"type": any_.just("linear"), "percent": percentages, "every": durations}),
    any_.fixed_dictionaries(
        {"type": any_.just("exponential"), "start": percentages, "every": durations},
        optional={"factor": any_.floats(1.1, 100).map(lambda factor: round(factor, 2))},
    ),
    any_.fixed_dictionaries(
        {
            "type": any_.just("steps"),
            "steps": listed_steps.map(lambda steps: sorted(steps, key=lambda step: step["percent"])),
        }
    ),
).flatmap(
    lambda value: any_.fixed_dictionaries(
        {key: any_.just(item) for key, item in value.items()}, optional={"finalBake": durations}
    )
)
names = any_.builds("Canary{}Percent{}Minutes".format, percentages, any_.integers(1, 100)) | any_.builds(
    "Linear{}PercentEvery{}Minutes".format, percentages, any_.integers(1, 100)
)


@given(objects | names)
def test_whatever_the_strategy_its_weights_grow_and_are_exact(value: Any) -> None:
    steps, problems = read(value)
    assert problems == [] or steps == ()
    percents = [step.percent for step in steps]
    assert percents == sorted(set(percents))
    assert len(steps) <= MAX_STEPS
    assert sum(step.bake_seconds for step in steps) <= MAX_BAKE_SECONDS
    for step in steps:
        assert 0 < step.percent <= HUNDRED
        assert step.percent == step.percent.quantize(Decimal("0.01"))
        assert Decimal(str(step.weight)) * 100 == step.percent
    if steps and steps[-1].percent == HUNDRED:
        assert steps[-1].bake_seconds > 0
    assert all(percent < HUNDRED for percent in percents[:-1])


any_json = any_.recursive(
    any_.none() | any_.booleans() | any_.integers() | any_.floats() | any_.text(),
    lambda inner: any_.lists(inner) | any_.dictionaries(any_.text(), inner),
    max_leaves=12,
)
keys = any_.sampled_from(
    ["percent", "bake", "every", "start", "factor", "steps", "finalBake", "advanceOn", "maxBadRequests"]
) | any_.sampled_from(
    ["minWeight", "maxWeight", "probe", "minTime", "maxTime", "onTimeLimit", "resplit", "other"]
)
kinds = any_.sampled_from(["canary", "linear", "exponential", "steps", "allAtOnce", "adaptive"])
almost = any_.dictionaries(keys, any_json | listed_steps).flatmap(
    lambda value: kinds.map(lambda kind: value | {"type": kind})
)


@pytest.mark.slow
@given(any_json | almost)
def test_no_json_whatever_breaks_the_reader(value: Any) -> None:
    steps, problems = read(value)
    assert steps == () or problems == []
    assert all(problem.field.startswith("strategy") and problem.allowed for problem in problems)


@pytest.mark.parametrize(
    ("said", "approval"),
    [
        pytest.param({}, Approval(7200, OnTimeout.ROLL_BACK), id="by default"),
        pytest.param(
            {"timeout": "168h", "onTimeout": "hold"}, Approval(604_800, OnTimeout.HOLD), id="spelt out"
        ),
        pytest.param({"onTimeout": "advance"}, Approval(7200, OnTimeout.ADVANCE), id="goes on"),
    ],
)
def test_a_step_can_ask_for_an_approval(said: dict[str, str], approval: Approval) -> None:
    listed = [{"percent": 5, "bake": 60, "approve": said}, {"percent": 50, "bake": 60}]
    steps, problems = read({"type": "steps", "steps": listed})
    assert problems == []
    assert [step.approval for step in steps] == [approval, None]


@pytest.mark.parametrize(
    "value",
    [
        {"type": "canary", "percent": 5, "bake": 60},
        {"type": "linear", "percent": 40, "every": 60},
        {"type": "exponential", "start": 5, "every": 60, "finalBake": 60},
        {"type": "steps", "steps": [{"percent": 5, "bake": 60}]},
        {"type": "allAtOnce", "finalBake": 60},
    ],
    ids=lambda value: str(value["type"]),
)
def test_an_approval_of_the_whole_strategy_is_asked_for_before_the_promotion(value: dict[str, Any]) -> None:
    steps, problems = read(value | {"approve": {"timeout": "1h"}})
    assert problems == []
    assert [step.approval for step in steps] == [*[None] * (len(steps) - 1), Approval(3600)]


def test_all_calls_wait_for_an_approval_even_without_a_bake() -> None:
    steps, _ = read({"type": "steps", "steps": [{"percent": 100, "bake": 0, "approve": {}}]})
    assert [(step.percent, step.bake_seconds, step.approval) for step in steps] == [(HUNDRED, 0, Approval())]


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        pytest.param({"type": "allAtOnce", "approve": {}}, ["strategy.approve"], id="no step"),
        pytest.param(
            {"type": "steps", "steps": [{"percent": 5, "bake": 60, "approve": {}}], "approve": {}},
            ["strategy.approve"],
            id="asked for twice",
        ),
        pytest.param({"type": "adaptive", "approve": {}}, ["strategy.approve"], id="adaptive"),
        pytest.param(
            {"type": "canary", "percent": 5, "bake": 60, "approve": {"timeout": 0, "onTimeout": "wait"}},
            ["strategy.approve.onTimeout", "strategy.approve.timeout"],
            id="neither time nor end",
        ),
        pytest.param(
            {"type": "steps", "steps": [{"percent": 5, "bake": 60, "approve": {"timeout": "169h"}}]},
            ["strategy.steps[0].approve.timeout"],
            id="too long",
        ),
        pytest.param(
            {"type": "canary", "percent": 5, "bake": 60, "approve": True}, ["strategy.approve"], id="a flag"
        ),
        pytest.param(
            {
                "type": "steps",
                "steps": [
                    {"percent": percent, "bake": 60, "approve": {"timeout": "168h"}}
                    for percent in range(1, 6)
                ],
            },
            ["strategy"],
            id="too long in all",
        ),
    ],
)
def test_what_is_no_approval_is_a_problem(value: dict[str, Any], fields: list[str]) -> None:
    steps, problems = read(value)
    assert (steps, sorted(problem.field for problem in problems)) == ((), fields)
