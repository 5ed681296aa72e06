"""The checks of a definition can fail: a machine that is sound, and all that breaks it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.analysis.definition import problems, without_a_way_back
from tests.contract.analysis.state_graph import States

type Machine = dict[str, Any]

RETRY = [{"ErrorEquals": ["Lambda.ServiceException"], "MaxAttempts": 3, "JitterStrategy": "FULL"}]
TO_ROLL_BACK = {
    "ErrorEquals": ["States.ALL"],
    "Assign": {"fault": "{% $states.errorOutput %}"},
    "Next": "Roll back",
}
SOUND: Machine = {
    "QueryLanguage": "JSONata",
    "StartAt": "Claim",
    "States": {
        "Claim": {
            "Type": "Task",
            "Resource": "${ClaimFunctionArn}",
            "TimeoutSeconds": 60,
            "Retry": RETRY,
            "Assign": {"plan": "{% $states.result.plan %}", "step": 0},
            "Next": "Shift",
        },
        "Shift": {
            "Type": "Task",
            "Resource": "${ShiftFunctionArn}",
            "Arguments": {"plan": "{% $plan %}", "step": "{% $step %}"},
            "TimeoutSeconds": 60,
            "Retry": RETRY,
            "Catch": [TO_ROLL_BACK],
            "Assign": {"step": "{% $step + 1 %}"},
            "Next": "More?",
        },
        "More?": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $step < $count($plan.steps) %}", "Next": "Bake"}],
            "Default": "Promote",
        },
        "Bake": {"Type": "Wait", "Seconds": "{% $plan.bake %}", "Next": "Shift"},
        "Promote": {
            "Type": "Task",
            "Resource": "${PromoteFunctionArn}",
            "TimeoutSeconds": 60,
            "Retry": RETRY,
            "Catch": [TO_ROLL_BACK],
            "Next": "Deployed",
        },
        "Deployed": {"Type": "Succeed"},
        "Roll back": {
            "Type": "Map",
            "Items": "{% $plan.targets %}",
            "ItemProcessor": {
                "StartAt": "Restore",
                "States": {
                    "Restore": {
                        "Type": "Task",
                        "Resource": "arn:aws:states:::aws-sdk:lambda:updateAlias",
                        "Arguments": {
                            "Name": "{% $states.input.alias %}",
                            "Description": "{% $fault.Cause %}",
                        },
                        "TimeoutSeconds": 60,
                        "Retry": RETRY,
                        "Assign": {"restored": "{% $states.result.AliasArn %}"},
                        "Next": "Told",
                    },
                    "Told": {"Type": "Pass", "Output": "{% $restored %}", "End": True},
                },
            },
            "Next": "Rolled back",
        },
        "Rolled back": {"Type": "Fail", "Error": "RolledBack", "Cause": "{% $fault.Cause %}"},
    },
}


def problems_after(change: Callable[[States], object]) -> list[str]:
    return problems(SOUND | {"States": states_after(change)}, {"AliasMovedError"})


def states_after(change: Callable[[States], object]) -> States:
    states: States = json.loads(json.dumps(SOUND["States"]))
    change(states)
    return states


def inner(states: States) -> States:
    found: States = states["Roll back"]["ItemProcessor"]["States"]
    return found


def test_a_sound_machine_has_no_problem() -> None:
    assert problems_after(lambda states: None) == []


BREAKS = [
    pytest.param(
        lambda states: states["Bake"].update(Next="Shfit"),
        "Bake: leads to 'Shfit', which does not exist",
        id="a next state that does not exist",
    ),
    pytest.param(
        lambda states: states["More?"].update(Default="Promoted"),
        "More?: leads to 'Promoted', which does not exist",
        id="a default that does not exist",
    ),
    pytest.param(
        lambda states: states["More?"]["Choices"][0].update(Next="Baking"),
        "More?: leads to 'Baking', which does not exist",
        id="a choice that does not exist",
    ),
    pytest.param(
        lambda states: states["Shift"]["Catch"][0].update(Next="Rollback"),
        "Shift: leads to 'Rollback', which does not exist",
        id="a catch that does not exist",
    ),
    pytest.param(
        lambda states: inner(states)["Restore"].update(Next="Tell"),
        "Restore: leads to 'Tell', which does not exist",
        id="a next state that does not exist inside a map",
    ),
    pytest.param(
        lambda states: states["Roll back"]["ItemProcessor"].update(StartAt="Begin"),
        "StartAt leads to 'Begin', which does not exist",
        id="a start that does not exist",
    ),
    pytest.param(
        lambda states: states.update(Orphan={"Type": "Succeed"}),
        "Orphan: no way leads there",
        id="a state that nothing reaches",
    ),
    pytest.param(
        lambda states: states["More?"].update(Default="Bake"),
        "Bake: no way leads from there to an end",
        id="a loop without a way out",
    ),
    pytest.param(
        lambda states: states["Bake"].update(Seconds="{% $plna.bake %}"),
        "Bake: reads $plna, which is not assigned on every way there",
        id="a variable that nobody assigns",
    ),
    pytest.param(
        lambda states: states["More?"]["Choices"][0].update(Condition="{% $step < $cnt($plan.steps) %}"),
        "More?: reads $cnt, which is not assigned on every way there",
        id="a function that does not exist",
    ),
    pytest.param(
        lambda states: states["Promote"]["Catch"][0].pop("Assign"),
        "Rolled back: reads $fault, which is not assigned on every way there",
        id="a variable that one way does not assign",
    ),
    pytest.param(
        lambda states: inner(states)["Told"].update(Output="{% $restord %}"),
        "Told: reads $restord, which is not assigned on every way there",
        id="a variable that nobody assigns inside a map",
    ),
    pytest.param(
        lambda states: states["Rolled back"].update(Cause="{% $restored %}"),
        "Rolled back: reads $restored, which is not assigned on every way there",
        id="a variable of a map read after it",
    ),
    pytest.param(
        lambda states: inner(states)["Restore"]["Assign"].update(step=0),
        "Restore: assigns $step, which belongs to an outer scope",
        id="an outer variable assigned inside a map",
    ),
    pytest.param(
        lambda states: states["Roll back"]["ItemProcessor"].update(ProcessorConfig={"Mode": "DISTRIBUTED"}),
        "Restore: reads $fault, which is not assigned on every way there",
        id="an outer variable read inside a distributed map",
    ),
    pytest.param(
        lambda states: states["Bake"].update(Seconds="{% $plan.bake + %}"),
        "Bake: $plan.bake + is no JSONata",
        id="an expression that does not parse",
    ),
    pytest.param(
        lambda states: states["Shift"].update(Arguments={"plan": "{% $states.result %}"}),
        "Shift: reads $states.result in Arguments, where it does not exist",
        id="a result read before the call",
    ),
    pytest.param(
        lambda states: states["Shift"]["Assign"].update(fault="{% $states.errorOutput %}"),
        "Shift: reads $states.errorOutput in Assign, where it does not exist",
        id="an error read without an error",
    ),
    pytest.param(
        lambda states: states["Shift"]["Catch"].append({"ErrorEquals": ["AliasMoved"], "Next": "Roll back"}),
        "Shift: 'AliasMoved' is no error that anything here raises",
        id="a caught error that nobody raises",
    ),
    pytest.param(
        lambda states: states["Claim"].update(Retry=[{**RETRY[0], "ErrorEquals": ["TypoError"]}]),
        "Claim: 'TypoError' is no error that anything here raises",
        id="a retried error that nobody raises",
    ),
    pytest.param(
        lambda states: states["Shift"].pop("TimeoutSeconds"),
        "Shift: a Task needs TimeoutSeconds",
        id="a task that waits forever",
    ),
    pytest.param(
        lambda states: inner(states)["Restore"].pop("Retry"),
        "Restore: a Task needs a Retry",
        id="a task inside a map that gives up at once",
    ),
    pytest.param(
        lambda states: states["Claim"].update(Retry=[{"ErrorEquals": ["States.ALL"]}]),
        "Claim: a Retry needs JitterStrategy FULL",
        id="retries that arrive together",
    ),
    pytest.param(
        lambda states: states["Rolled back"].pop("Cause"),
        "Rolled back: a Fail needs an Error and a Cause",
        id="a failure without a cause",
    ),
]


@pytest.mark.parametrize(("change", "problem"), BREAKS)
def test_a_broken_machine_is_found_out(change: Callable[[States], object], problem: str) -> None:
    assert any(found.startswith(problem) for found in problems_after(change)), problems_after(change)


def test_a_machine_in_another_query_language_is_refused() -> None:
    assert problems(SOUND | {"QueryLanguage": "JSONPath"}, set()) == ["the machine is not written in JSONata"]


@pytest.mark.parametrize(
    ("change", "unsafe"),
    [
        pytest.param(lambda states: None, [], id="every risky state is caught"),
        pytest.param(lambda states: states["Shift"].pop("Catch"), ["Shift"], id="nothing is caught"),
        pytest.param(
            lambda states: states["Promote"]["Catch"][0].update(ErrorEquals=["AliasMovedError"]),
            ["Promote"],
            id="only some errors are caught",
        ),
        pytest.param(
            lambda states: states["Shift"]["Catch"][0].update(Next="Deployed"),
            ["Shift"],
            id="caught by the wrong state",
        ),
        pytest.param(
            lambda states: (
                states.update(Note={"Type": "Pass", "Next": "Roll back"})
                or states["Shift"]["Catch"][0].update(Next="Note")
            ),
            [],
            id="caught and noted first",
        ),
    ],
)
def test_a_risky_state_without_a_way_back_is_found_out(
    change: Callable[[States], object], unsafe: list[str]
) -> None:
    states = states_after(change)
    found = without_a_way_back(states, first="Claim", last="Promote", back="Roll back")
    assert [problem.split(":")[0] for problem in found] == unsafe


def test_text_around_an_expression_makes_it_text() -> None:
    assert problems_after(lambda states: states["Rolled back"].update(Cause="it was {% $nothing %}")) == []
