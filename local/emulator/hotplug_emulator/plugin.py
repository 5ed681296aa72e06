"""Entry points that LocalEmu finds: the runtime executor, and the hook that applies the patches."""

from localemu.runtime import hooks
from plux import Plugin


class ProcessExecutorPlugin(Plugin):  # type: ignore[misc]
    """Chosen with `LAMBDA_RUNTIME_EXECUTOR=process`."""

    namespace = "localemu.lambda.runtime_executor"
    name = "process"

    def load(self, *args: object, **kwargs: object) -> type:
        from .executor import ProcessRuntimeExecutor

        return ProcessRuntimeExecutor


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def restore_aws_behaviour() -> None:
    from .patches import apply_all

    apply_all()
