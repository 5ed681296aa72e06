"""What CloudWatch says of an alarm, the rare and the new."""

from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from hotplug.aws.alarms import TYPES, AwsAlarms
from hotplug.core.resources.alarm import AlarmColour, AlarmState
from tests.unit.aws.clients import a_client

CHANGED = datetime(2026, 11, 24, 9, tzinfo=UTC)
ALARM = {
    "AlarmName": "errors",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors",
    "StateValue": "OK",
    "StateReason": "a text of AWS",
    "StateUpdatedTimestamp": CHANGED + timedelta(minutes=1),
    "StateTransitionedTimestamp": CHANGED,
}


def read(page: Any) -> AlarmState:
    class Answering:
        def describe_alarms(self, **_: Any) -> Any:
            return page

    client: Any = Answering()
    return AwsAlarms(client).states(["errors"])["errors"]


@pytest.mark.parametrize("kind", TYPES)
def test_an_alarm_of_each_type_is_asked_for_and_read(kind: str) -> None:
    client = a_client("cloudwatch")
    asked = {
        "AlarmNames": ["errors"],
        "AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
        "MaxRecords": 100,
    }
    with Stubber(client) as stubber:
        stubber.add_response("describe_alarms", {TYPES[kind]: [ALARM]}, asked)
        (state,) = AwsAlarms(client).states(["errors"]).values()
    assert (state.colour, state.since) == (AlarmColour.GREEN, CHANGED.isoformat())
    assert (state.updated, state.doubt) == ((CHANGED + timedelta(minutes=1)).isoformat(), "")


def test_every_type_of_the_model_is_read() -> None:
    model: Any = botocore.session.get_session().get_service_model("cloudwatch")
    assert set(model.shape_for("AlarmType").enum) == set(TYPES)
    answer = set(model.operation_model("DescribeAlarms").output_shape.members) - {"NextToken"}
    assert answer == set(TYPES.values())


@pytest.mark.parametrize("evaluation", ["EVALUATION_ERROR", "EVALUATION_FAILURE", "PARTIAL_DATA", "NEW_ONE"])
@pytest.mark.parametrize("key", TYPES.values())
def test_an_alarm_that_is_not_evaluated_well_is_doubtful(key: str, evaluation: str) -> None:
    state = read({key: [ALARM | {"EvaluationState": evaluation}]})
    assert (state.colour, state.doubt) == (AlarmColour.GREEN, evaluation)


def test_a_state_that_nobody_knows_yet_is_doubtful() -> None:
    state = read({"MetricAlarms": [ALARM | {"StateValue": "MUTED"}]})
    assert (state.colour, state.doubt) == (AlarmColour.UNKNOWN, "the unknown state MUTED")


def test_an_alarm_of_a_type_that_nobody_knows_yet_is_doubtful() -> None:
    state = read({"TraceAlarms": [ALARM], "NextToken": "n"})
    assert (state.colour, state.doubt) == (AlarmColour.GREEN, "alarms of an unknown type, TraceAlarms")


def test_an_alarm_that_does_not_say_when_it_changed_is_read_too() -> None:
    bare = {key: value for key, value in ALARM.items() if not key.endswith("Timestamp")}
    state = read({"MetricAlarms": [bare]})
    assert (state.since, state.updated) == ("", "")
