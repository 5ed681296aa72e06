"""LocalEmu entry points: the runtime executor, two CloudFormation resources, and the hook for the patches."""

import os
import traceback

from localemu.runtime import hooks
from plux import Plugin


class ProcessExecutorPlugin(Plugin):
    """The executor for `LAMBDA_RUNTIME_EXECUTOR=process`."""

    namespace = "localemu.lambda.runtime_executor"
    name = "process"

    def load(self, *args: object, **kwargs: object) -> type:
        from .executor import ProcessRuntimeExecutor

        return ProcessRuntimeExecutor


class StateMachineVersionPlugin(Plugin):
    namespace = "localemu.cloudformation.resource_providers"
    name = "AWS::StepFunctions::StateMachineVersion"

    def load(self, *args: object, **kwargs: object) -> None:
        from .machine_resources import StateMachineVersionProvider

        self.factory = StateMachineVersionProvider


class StateMachineAliasPlugin(Plugin):
    namespace = "localemu.cloudformation.resource_providers"
    name = "AWS::StepFunctions::StateMachineAlias"

    def load(self, *args: object, **kwargs: object) -> None:
        from .machine_resources import StateMachineAliasProvider

        self.factory = StateMachineAliasProvider


@hooks.on_infra_start(priority=1)  # type: ignore[untyped-decorator]
def leave_out_the_dashboard() -> None:
    """Before the hook that makes it."""
    from .patches import dashboard

    dashboard.leave_it_out()


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def restore_aws_behaviour() -> None:
    """Apply all patches, or exit. LocalEmu would log a failed hook and continue, partly patched."""
    from .patches import apply_all

    try:
        apply_all()
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        os._exit(1)
