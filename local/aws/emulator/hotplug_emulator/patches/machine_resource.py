"""CloudFormation's AWS::StepFunctions::StateMachine, and replacements that a change of it causes."""

import functools
from typing import Any

from ._version import require_known_emulator

_VERSION = "AWS::StepFunctions::StateMachineVersion"
_INITIAL = "INITIAL"


def tell_the_revision_of_machines() -> None:
    """`!GetAtt Machine.StateMachineRevisionId` is INITIAL at first, and a new value after each change.

    1.3.2 lacks this attribute, and its update does not change the role and loses the name.
    """
    require_known_emulator()
    from localemu.services.cloudformation.resource_provider import OperationStatus, ProgressEvent
    from localemu.services.stepfunctions.resource_providers.aws_stepfunctions_statemachine import (
        StepFunctionsStateMachineProvider,
    )

    create_machine = StepFunctionsStateMachineProvider.create

    @functools.wraps(create_machine)
    def create(self: Any, request: Any) -> Any:
        created = create_machine(self, request)
        created.resource_model["StateMachineRevisionId"] = _INITIAL
        return created

    def update(self: Any, request: Any) -> Any:
        known = ("Arn", "Name", "StateMachineName")
        model = request.desired_state | {key: request.previous_state[key] for key in known}
        logging = model.get("LoggingConfiguration")
        updated = request.aws_client_factory.stepfunctions.update_state_machine(
            stateMachineArn=model["Arn"],
            definition=self._get_definition(model, request.aws_client_factory.s3),
            roleArn=model["RoleArn"],
            **({"loggingConfiguration": logging} if logging else {}),
        )
        model["StateMachineRevisionId"] = updated.get("revisionId", _INITIAL)
        return ProgressEvent(
            status=OperationStatus.SUCCESS, resource_model=model, custom_context=request.custom_context
        )

    StepFunctionsStateMachineProvider.create = create
    StepFunctionsStateMachineProvider.update = update


def replace_changed_versions() -> None:
    """A version is replaced when its revision changes; 1.3.2 does not detect a changed value of `!GetAtt`."""
    require_known_emulator()
    from localemu.services.cloudformation.engine.v2.change_set_model import ChangeSetModel

    requires_replacement = ChangeSetModel._resolve_requires_replacement

    @functools.wraps(requires_replacement)
    def resolve_requires_replacement(self: Any, node_properties: Any, resource_type: Any) -> bool:
        if resource_type.value == _VERSION:
            return True
        return bool(requires_replacement(self, node_properties, resource_type))

    ChangeSetModel._resolve_requires_replacement = resolve_requires_replacement
