"""Executions of the machine in memory."""

import json
import re
from collections import deque
from collections.abc import Mapping
from typing import Any

from hotplug.core.resources.invocation import Ended
from tests.fakes.faults import Surprising, refusal, verb

MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:hotplug-deploy"
LIVING = {"RUNNING", "PENDING_REDRIVE"}
NAME = re.compile(r"[0-9A-Za-z_-]{1,80}")


def execution_arn(name: str, machine: str = MACHINE) -> str:
    """As Step Functions makes it from machine and name, whatever version or alias of it was started."""
    whole = ":".join(machine.split(":")[:7])
    return f"{whole.replace(':stateMachine:', ':execution:')}:{name}"


class InMemoryExecutions(Surprising):
    """The `Executions` of a test. `started` holds the input of each execution, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.started: dict[str, Any] = {}
        self._status: dict[str, str] = {}
        self._said: dict[str, str] = {}
        self._kinds: dict[str, str] = {MACHINE: "STANDARD"}
        self._lag = 0
        self._stale: dict[str, deque[str | None]] = {}

    def runs(self, name: str) -> None:
        """An execution of this name is under way."""
        self._becomes(execution_arn(name), "RUNNING")

    def reads_lag(self, reads: int) -> None:
        """How many answers about an execution are older than its last change, from now on."""
        self._lag = reads
        self._stale.clear()

    def ends(self, name: str, status: str = "ABORTED") -> None:
        """The execution cannot act any more; PENDING_REDRIVE is no end."""
        self._becomes(execution_arn(name), status)

    def has_machine(self, machine: str, kind: str = "STANDARD") -> None:
        """Somebody has made a state machine of this ARN."""
        self._kinds[machine] = kind

    def comes_to(self, name: str, machine: str, said: str, status: str = "SUCCEEDED") -> None:
        """The execution of such a machine ends, with this output or error."""
        self._status[execution_arn(name, machine)], self._said[execution_arn(name, machine)] = status, said

    @verb
    def start(self, machine: str, name: str, request: Mapping[str, Any]) -> bool:
        """Same name and input while it runs: the same answer again. Otherwise a name works once."""
        if not NAME.fullmatch(name):
            raise refusal("InvalidName", "StartExecution", f"Invalid Name: '{name}'")
        arn, wanted = execution_arn(name, machine), json.loads(json.dumps(request))
        if arn in self._status:
            return self._status[arn] == "RUNNING" and self.started.get(name) == wanted
        self.started[name] = wanted
        self._becomes(arn, "RUNNING")
        return True

    @verb
    def is_running(self, execution: str) -> bool | None:
        status = self._seen(execution)
        return None if status is None else status in LIVING

    @verb
    def ended(self, execution: str) -> Ended | None:
        status = self._seen(execution)
        if status is None or status in LIVING:
            return None
        return Ended(status, self._said.get(execution, ""))

    def _becomes(self, execution: str, status: str) -> None:
        self._stale[execution] = deque([self._status.get(execution)] * self._lag)
        self._status[execution] = status

    def _seen(self, execution: str) -> str | None:
        stale = self._stale.get(execution)
        return stale.popleft() if stale else self._status.get(execution)

    @verb
    def kind(self, machine: str) -> str | None:
        return self._kinds.get(machine)
