"""EventBridge deliveries to targets."""

import json
import uuid
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from ._version import require_known_emulator


def start_executions_under_any_event() -> None:
    """A rule starts a state machine with any input. 1.3.2 needs an `id` in it, which transformed input lacks.

    As on AWS, each delivery is an execution with a name of its own.
    """
    require_known_emulator()
    from localemu.services.events.target import StatesTargetSender

    def send_event(self: Any, event: Any, trace_header: Any) -> None:
        self.service = "stepfunctions"
        payload = event if isinstance(event, str) else json.dumps(event, default=str)
        self.client.start_execution(stateMachineArn=self.target["Arn"], name=str(uuid.uuid4()), input=payload)

    StatesTargetSender.send_event = send_event


def spell_object_keys_plainly() -> None:
    """S3 events on EventBridge have the plain key; 1.3.2 encodes it, as only S3 notifications do."""
    require_known_emulator()
    from localemu.services.s3.notifications import EventBridgeNotifier

    encoded = EventBridgeNotifier._get_event_payload

    def payload(ctx: Any, config_id: Any = None) -> Any:
        return encoded(replace(ctx, key_name=unquote(ctx.key_name)), config_id)

    EventBridgeNotifier._get_event_payload = staticmethod(payload)
