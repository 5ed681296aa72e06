"""The EventBridge event "Step Functions Execution Status Change" from what DescribeExecution returns."""

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
    """An entry for PutEvents. Source of the shape: "Execution Status Change", Step Functions developer guide.

    It says nothing about redriving, which the emulator does not know.
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
