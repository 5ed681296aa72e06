"""The guard as a test wakes it: the events that EventBridge delivers, and the answer as JSON."""

import json
from typing import Any

from hotplug.handlers.guard import guard
from tests.fakes import MACHINE, InMemoryCloud, execution_arn

type Json = dict[str, Any]

SWEEP: Json = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


def ended(name: str = "d-1", status: str = "ABORTED") -> Json:
    """Step Functions says that an execution has ended."""
    detail = {"name": name, "executionArn": execution_arn(name), "stateMachineArn": MACHINE, "status": status}
    return {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}


def turned_red(alarm: str = "errors") -> Json:
    """CloudWatch says that an alarm went into ALARM."""
    detail = {"alarmName": alarm, "state": {"value": "ALARM"}, "previousState": {"value": "OK"}}
    return {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "detail": detail}


def wake(cloud: InMemoryCloud, event: Json) -> Json:
    """What the guard answers; in and out is JSON, as on AWS."""
    answer: Json = json.loads(json.dumps(guard(json.loads(json.dumps(event)), cloud)))
    return answer
