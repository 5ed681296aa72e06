"""EventBridge event "Step Functions Execution Status Change", from the output of DescribeExecution."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

SOURCE = "aws.states"
DETAIL_TYPE = "Step Functions Execution Status Change"

type Execution = Mapping[str, Any]

_MEMBERS = (
    "executionArn",
    "stateMachineArn",
    "stateMachineVersionArn",
    "stateMachineAliasArn",
    "name",
    "status",
    "input",
    "inputDetails",
    "output",
    "outputDetails",
    "error",
    "cause",
)


def status_change_entry(execution: Execution) -> dict[str, Any]:
    """An entry for PutEvents, without the redrive fields, which the emulator lacks.

    Source of the shape: "Execution Status Change", Step Functions developer guide.
    """
    detail = {member: execution.get(member) for member in _MEMBERS}
    dates = {member: _milliseconds(execution.get(member)) for member in ("startDate", "stopDate")}
    return {
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Resources": [execution["executionArn"]],
        "Detail": json.dumps(detail | dates),
    }


def _milliseconds(when: datetime | None) -> int | None:
    return None if when is None else int(when.timestamp() * 1000)
