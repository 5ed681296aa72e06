"""Step Functions' control plane for versions and aliases of state machines."""

import contextvars
import functools
from typing import Any

from ._version import require_known_emulator

_INITIAL = "INITIAL"

_listed_alias: contextvars.ContextVar[str | None] = contextvars.ContextVar("listed_alias", default=None)


def publish_the_initial_revision() -> None:
    """A state machine that was never changed has the revision INITIAL; 1.3.2 does not know that name."""
    require_known_emulator()
    from localemu.services.stepfunctions.provider import StepFunctionsProvider

    publish = StepFunctionsProvider.publish_state_machine_version

    @functools.wraps(publish)
    def publish_state_machine_version(
        self: Any, context: Any, state_machine_arn: str, revision_id: str | None = None, **kwargs: Any
    ) -> Any:
        if revision_id == _INITIAL:
            machine = self.get_store(context).state_machines.get(state_machine_arn)
            revision_id = None if getattr(machine, "revision_id", None) is None else _INITIAL
        return publish(self, context, state_machine_arn, revision_id, **kwargs)

    StepFunctionsProvider.publish_state_machine_version = publish_state_machine_version


def start_machines_that_have_aliases() -> None:
    """A state machine with an alias can be started by its own ARN; 1.3.2 fails to copy the alias."""
    require_known_emulator()
    from localemu.services.stepfunctions.backend.alias import Alias

    Alias.__deepcopy__ = lambda self, memo: self


def list_executions_of_an_alias() -> None:
    """ListExecutions by an alias' ARN lists the executions started by it; 1.3.2 finds no such machine."""
    require_known_emulator()
    from localemu.services.stepfunctions.provider import StepFunctionsProvider

    list_by_machine = StepFunctionsProvider.list_executions
    is_of_machine = StepFunctionsProvider._list_execution_filter

    @functools.wraps(list_by_machine)
    def list_executions(self: Any, context: Any, state_machine_arn: str | None = None, **kwargs: Any) -> Any:
        alias = state_machine_arn if state_machine_arn in self.get_store(context).aliases else None
        machine = alias.rpartition(":")[0] if alias else state_machine_arn
        before = _listed_alias.set(alias)
        try:
            return list_by_machine(self, context, machine, **kwargs)
        finally:
            _listed_alias.reset(before)

    @functools.wraps(is_of_machine)
    def is_listed(execution: Any, state_machine_arn: str, status_filter: str | None) -> bool:
        alias = _listed_alias.get()
        if alias and execution.state_machine_alias_arn != alias:
            return False
        return bool(is_of_machine(execution, state_machine_arn, status_filter))

    StepFunctionsProvider.list_executions = list_executions
    StepFunctionsProvider._list_execution_filter = staticmethod(is_listed)


def delete_aliases_with_their_machine() -> None:
    """Aliases are deleted with their machine; 1.3.2 keeps them, and they block a new machine of that name."""
    require_known_emulator()
    from localemu.services.stepfunctions.provider import StepFunctionsProvider

    delete = StepFunctionsProvider.delete_state_machine

    @functools.wraps(delete)
    def delete_state_machine(self: Any, context: Any, state_machine_arn: str, **kwargs: Any) -> Any:
        deleted = delete(self, context, state_machine_arn, **kwargs)
        aliases = self.get_store(context).aliases
        for alias in [arn for arn in aliases if arn.rpartition(":")[0] == state_machine_arn]:
            del aliases[alias]
        return deleted

    StepFunctionsProvider.delete_state_machine = delete_state_machine
