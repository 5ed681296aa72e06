"""What Step Functions tells EventBridge about executions."""

import logging
from typing import Any

from ..execution_events import status_change_entry
from ._version import require_known_emulator

LOG = logging.getLogger(__name__)


def name_machine_version_and_alias() -> None:
    """`stateMachineArn` is the machine's own, whatever qualifier the execution was started by.

    1.3.2 puts the version there and leaves version and alias empty; dates are text there, and empty input
    is none.
    """
    require_known_emulator()
    from localemu.services.stepfunctions.backend.execution import Execution

    def publish_execution_status_change_event(self: Any) -> None:
        entry = status_change_entry(self.to_describe_output())
        try:
            self._get_events_client().put_events(Entries=[entry])
        except Exception:
            LOG.exception("EventBridge does not take the event %s", entry)

    Execution.publish_execution_status_change_event = publish_execution_status_change_event
