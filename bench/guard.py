"""Time from a red alarm to the restored alias, on the embedded AWS, compared with waiting for the next poll.

A poll every P seconds that does not know of the alarm comes between 0 and P seconds after it, P/2 on average.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench import transitions
from local.aws.embedded import EmbeddedAws

TRIES = 30
POLL_SECONDS = 30
LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 60
ALARM = "measured"


@dataclass(frozen=True, slots=True)
class Delay:
    """Seconds from the alarm to the restored alias."""

    least: float
    half: float
    nine_of_ten: float
    most: float

    @staticmethod
    def of(seconds: list[float]) -> "Delay":
        """Return the delays by nearest rank, so that every figure was measured."""
        ranked = sorted(seconds)
        return Delay(ranked[0], median(ranked), ranked[-(-9 * len(ranked) // 10) - 1], ranked[-1])

    @staticmethod
    def of_the_next_look() -> "Delay":
        """Return delays that are evenly spread over one poll interval."""
        return Delay(0.0, POLL_SECONDS / 2, POLL_SECONDS * 0.9, float(POLL_SECONDS))


def measure() -> Delay:
    """Measure one deployment after another. Each is stopped when its alias is restored."""
    with transitions.embedded() as aws:
        function = transitions.make_function(aws)
        _alarm(aws)
        _try(aws, function)
        return Delay.of([_try(aws, function) for _ in range(TRIES)])


def _alarm(aws: EmbeddedAws) -> None:
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=ALARM,
        Namespace="Measured",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )


def _try(aws: EmbeddedAws, function: str) -> float:
    alarms = aws.client("cloudwatch")
    alarms.set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="the next try")
    with _baking(aws, function):
        alarms.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="this try")
        since = time.monotonic()
        _until(aws, function, is_split=False)
        return time.monotonic() - since


@contextmanager
def _baking(aws: EmbeddedAws, function: str) -> Iterator[None]:
    """Keep a deployment in the middle of a bake. The machine does not poll during the try."""
    transitions.change_code(aws, function)
    executions = aws.client("stepfunctions")
    request = {
        "function": function,
        "strategy": {"type": "canary", "percent": 10, "bake": "1h"},
        "pollSeconds": 3600,
        "alarms": [ALARM],
    }
    machine = aws.outputs("hotplug")["StateMachineArn"]
    execution = executions.start_execution(stateMachineArn=machine, input=json.dumps(request))["executionArn"]
    _until(aws, function, is_split=True)
    yield
    executions.stop_execution(executionArn=execution)
    _until_free(aws)


def _until(aws: EmbeddedAws, function: str, *, is_split: bool) -> None:
    functions = aws.client("lambda")
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        found: dict[str, Any] = functions.get_alias(FunctionName=function, Name="live")
        if bool((found.get("RoutingConfig") or {}).get("AdditionalVersionWeights")) is is_split:
            return
        time.sleep(LOOK_SECONDS)
    raise TimeoutError(f"after {PATIENCE_SECONDS} s the alias is still {'whole' if is_split else 'split'}")


def _until_free(aws: EmbeddedAws) -> None:
    table, ledger = aws.client("dynamodb"), aws.outputs("hotplug")["LedgerTableName"]
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        claims = table.query(
            TableName=ledger,
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": {"S": "claim"}},
            ConsistentRead=True,
        )
        if not claims["Items"]:
            return
        time.sleep(LOOK_SECONDS)
    raise TimeoutError(f"after {PATIENCE_SECONDS} s a claim is still held")
