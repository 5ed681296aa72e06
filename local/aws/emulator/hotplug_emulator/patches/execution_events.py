"""EventBridge events of executions of Step Functions."""

import logging
from typing import Any

from ..execution_events import status_change_entry
from ._version import require_known_emulator

LOG = logging.getLogger(__name__)


def name_machine_version_and_alias() -> None:
    """`stateMachineArn` is the machine's own ARN, even if the execution was started by a qualifier.

    1.3.2 sets it to the version's ARN and leaves version and alias empty. Its dates are strings, and it omits
    empty input.
    """
    require_known_emulator()
    from localemu.services.stepfunctions.backend.execution import Execution

    def publish_execution_status_change_event(self: Any) -> None:
        entry = status_change_entry(self.to_describe_output())
        try:
            self._get_events_client().put_events(Entries=[entry])
        except Exception:
            LOG.exception("could not publish the event %s", entry)

    Execution.publish_execution_status_change_event = publish_execution_status_change_event
