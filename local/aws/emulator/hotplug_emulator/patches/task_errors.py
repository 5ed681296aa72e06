"""Error names of a Task whose resource is a function's ARN."""

from typing import Any

from ._version import require_known_emulator


def name_lambda_client_errors() -> None:
    """A rejected invocation is `Lambda.<ErrorCode>` for Retry and Catch; in 1.3.2 each is "Exception"."""
    require_known_emulator()
    from botocore.exceptions import ClientError
    from localemu.aws.api.stepfunctions import HistoryEventType, LambdaFunctionFailedEventDetails
    from localemu.services.stepfunctions.asl.component.common.error_name.custom_error_name import (
        CustomErrorName,
    )
    from localemu.services.stepfunctions.asl.component.common.error_name.failure_event import FailureEvent
    from localemu.services.stepfunctions.asl.component.state.state_execution.state_task import (
        state_task_lambda,
    )
    from localemu.services.stepfunctions.asl.eval.event.event_detail import EventDetails

    task = state_task_lambda.StateTaskLambda
    from_any_error = task._from_error

    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        if not isinstance(ex, ClientError):
            return from_any_error(self, env, ex)
        error = f"Lambda.{ex.response['Error']['Code']}"
        details = LambdaFunctionFailedEventDetails(error=error, cause=str(ex))
        return FailureEvent(
            env=env,
            error_name=CustomErrorName(error),
            event_type=HistoryEventType.LambdaFunctionFailed,
            event_details=EventDetails(lambdaFunctionFailedEventDetails=details),
        )

    task._from_error = from_error
