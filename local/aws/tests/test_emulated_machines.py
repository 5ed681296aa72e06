"""What the product relies on of Step Functions, asked of the emulator as it runs."""

import json
import time
from typing import Any

import pytest

from local.aws.embedded import EmbeddedAws
from local.aws.tests.attempts import until

pytestmark = [pytest.mark.emulator, pytest.mark.usefixtures("live_on_version_1")]


def run(aws: EmbeddedAws, role: str, states: dict[str, Any], given: Any = None) -> dict[str, Any]:
    machines = aws.client("stepfunctions")
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    machine = machines.create_state_machine(
        name=f"m{time.monotonic_ns()}", definition=json.dumps(definition), roleArn=role
    )["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=machine, input=json.dumps(given or {}))[
        "executionArn"
    ]

    def ended() -> dict[str, Any] | None:
        described: dict[str, Any] = machines.describe_execution(executionArn=execution)
        return None if described["status"] == "RUNNING" else described

    return until(ended)


def test_a_machine_moves_an_alias_under_a_computed_version(aws: EmbeddedAws, role: str) -> None:
    routing = {"AdditionalVersionWeights": "{% {$states.input.version: $weight} %}"}
    states = {
        "Set": {"Type": "Pass", "Assign": {"weight": 0.05}, "Next": "Wait"},
        "Wait": {
            "Type": "Wait",
            "Seconds": "{% $weight * 20 %}",
            "Output": "{% $states.input %}",
            "Next": "Move",
        },
        "Move": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:lambda:updateAlias",
            "Arguments": {"FunctionName": "orders", "Name": "live", "RoutingConfig": routing},
            "Output": "{% $states.result.RoutingConfig.AdditionalVersionWeights %}",
            "End": True,
        },
    }
    ended = run(aws, role, states, {"version": "2"})
    assert json.loads(ended["output"]) == {"2": 0.05}


def test_text_is_data_in_an_expression_and_a_fail_state_may_compute_its_words(
    aws: EmbeddedAws, role: str
) -> None:
    said = 'it\'s "quoted"\n{% $x %} é'
    states = {
        "Hold": {"Type": "Pass", "Assign": {"said": "{% $states.input.said %}"}, "Next": "Rolled back"},
        "Rolled back": {
            "Type": "Fail",
            "Error": "{% 'Rolled' & 'Back' %}",
            "Cause": "{% 'said: ' & $said %}",
        },
    }
    ended = run(aws, role, states, {"said": said})
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "RolledBack", f"said: {said}")


def test_nothing_is_an_error_but_null_is_a_value(aws: EmbeddedAws, role: str) -> None:
    look = {"Type": "Pass", "Output": "{% $states.input.value %}", "End": True}
    assert run(aws, role, {"Look": look}, {"value": None})["output"] == "null"
    ended = run(aws, role, {"Look": look})
    assert ended["error"] == "States.QueryEvaluationError"
    assert "returned nothing (undefined)" in ended["cause"]


def test_a_map_catches_inside_and_keeps_order(aws: EmbeddedAws, role: str) -> None:
    arn = aws.client("lambda").get_function(FunctionName="orders", Qualifier="1")["Configuration"][
        "FunctionArn"
    ]
    caught = {"ErrorEquals": ["OutOfStock"], "Next": "Sorry", "Output": "{% $states.errorOutput.Error %}"}
    call = {"Type": "Task", "Resource": arn, "Arguments": "{% $states.input %}", "Catch": [caught]}
    each = {
        "Call": call | {"Output": "{% $states.result.release %}", "TimeoutSeconds": 99, "End": True},
        "Sorry": {"Type": "Pass", "End": True},
    }
    states = {
        "Each": {
            "Type": "Map",
            "Items": "{% [false, true, false].{'fail': $} %}",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Call", "States": each},
            "End": True,
        }
    }
    assert json.loads(run(aws, role, states)["output"]) == [1, "OutOfStock", 1]


def test_each_execution_counts_its_attempts_and_names_lambdas_error(aws: EmbeddedAws, role: str) -> None:
    retry = {
        "ErrorEquals": ["Lambda.ResourceNotFoundException"],
        "IntervalSeconds": 1,
        "MaxAttempts": 1,
        "MaxDelaySeconds": 2,
        "JitterStrategy": "FULL",
    }
    missing = "arn:aws:lambda:us-east-1:000000000000:function:gone"
    states = {"Call": {"Type": "Task", "Resource": missing, "Retry": [retry], "End": True}}
    for ended in (run(aws, role, states), run(aws, role, states)):
        assert ended["error"] == "Lambda.ResourceNotFoundException"
        history = aws.client("stepfunctions").get_execution_history(executionArn=ended["executionArn"])
        events = [event["type"] for event in history["events"]]
        assert events.count("LambdaFunctionScheduled") == 2
