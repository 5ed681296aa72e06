"""EventBridge targets."""

import json
import uuid
from typing import Any

from ._version import require_known_emulator


def start_executions_under_any_event() -> None:
    """A rule starts a state machine with any input; 1.3.2 needs an `id` in it, which transformed input lacks.

    As on AWS, each delivery is an execution with a name of its own.
    """
    require_known_emulator()
    from localemu.services.events.target import StatesTargetSender

    def send_event(self: Any, event: Any, trace_header: Any) -> None:
        self.service = "stepfunctions"
        payload = event if isinstance(event, str) else json.dumps(event, default=str)
        self.client.start_execution(stateMachineArn=self.target["Arn"], name=str(uuid.uuid4()), input=payload)

    StatesTargetSender.send_event = send_event
