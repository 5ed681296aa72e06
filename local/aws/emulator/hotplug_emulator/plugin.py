"""Entry points that LocalEmu finds: the runtime executor, two resources of CloudFormation, and the hook that
applies the patches.
"""

import os
import traceback

from localemu.runtime import hooks
from plux import Plugin


class ProcessExecutorPlugin(Plugin):
    """Chosen with `LAMBDA_RUNTIME_EXECUTOR=process`."""

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


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def restore_aws_behaviour() -> None:
    """LocalEmu logs a hook that fails, and goes on; half-patched it would mislead, so it ends."""
    from .patches import apply_all

    try:
        apply_all()
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        os._exit(1)
