"""Executions of hotplug's own state machine, and of state machines that are hooks."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from hotplug.aws.errors import code, translated
from hotplug.core.resources.invocation import Ended

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

LIVING = {"RUNNING", "PENDING_REDRIVE"}
"""Statuses of an execution that can act, or act again when it is redriven."""


class Executions(Protocol):
    """Step Functions, as hotplug uses it."""

    def start(self, machine: str, name: str, request: Mapping[str, Any]) -> bool:
        """Start an execution by name; False if the name was started before."""

    def is_running(self, execution: str) -> bool | None:
        """Whether an execution (ARN) can still act; None if it is not known, or too new to be found."""

    def ended(self, execution: str) -> Ended | None:
        """The result of an execution (ARN); None while it runs, or while it is too new to be found."""

    def kind(self, machine: str) -> str | None:
        """STANDARD or EXPRESS, the type of a state machine (ARN); None if it does not exist."""


class AwsExecutions:
    """Executions in Step Functions."""

    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def start(self, machine: str, name: str, request: Mapping[str, Any]) -> bool:
        """StartExecution. For a running execution with the same name and input, it succeeds again."""
        try:
            with translated():
                self._client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(request))
        except ClientError as error:
            if code(error) == "ExecutionAlreadyExists":
                return False
            raise
        return True

    def is_running(self, execution: str) -> bool | None:
        """DescribeExecution, eventually consistent; an execution that waits for a redrive can act again."""
        try:
            with translated():
                found = self._client.describe_execution(executionArn=execution)
        except ClientError as error:
            if code(error) == "ExecutionDoesNotExist":
                return None
            raise
        return found["status"] in LIVING

    def ended(self, execution: str) -> Ended | None:
        """DescribeExecution, which is eventually consistent. Error and cause may be absent."""
        try:
            with translated():
                found = self._client.describe_execution(executionArn=execution)
        except ClientError as error:
            if code(error) == "ExecutionDoesNotExist":
                return None
            raise
        if found["status"] in LIVING:
            return None
        output = found.get("output") or ": ".join(filter(None, (found.get("error"), found.get("cause"))))
        return Ended(found["status"], output)

    def kind(self, machine: str) -> str | None:
        """DescribeStateMachine."""
        try:
            with translated():
                return self._client.describe_state_machine(stateMachineArn=machine)["type"]
        except ClientError as error:
            if code(error) in {"StateMachineDoesNotExist", "InvalidArn"}:
                return None
            raise
