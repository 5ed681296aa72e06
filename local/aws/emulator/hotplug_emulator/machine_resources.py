"""CloudFormation's StateMachineVersion and StateMachineAlias, which SAM's `AutoPublishAlias` makes.

1.3.2 passes both over, and `!Ref` of them is "unknown".
"""

from typing import Any, ClassVar

from localemu.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
)


class StateMachineVersionProvider(ResourceProvider):
    """One published version. A changed one is another version: `patches.machine_resource` sees to that."""

    TYPE = "AWS::StepFunctions::StateMachineVersion"
    SCHEMA: ClassVar[dict[str, Any]] = {
        "typeName": TYPE,
        "required": ["StateMachineArn"],
        "createOnlyProperties": [
            "/properties/StateMachineArn",
            "/properties/StateMachineRevisionId",
            "/properties/Description",
        ],
        "readOnlyProperties": ["/properties/Arn"],
        "primaryIdentifier": ["/properties/Arn"],
    }

    def create(self, request: Any) -> Any:
        """Publishing a revision again gives the version that it has."""
        wanted = request.desired_state
        options = {"revisionId": "StateMachineRevisionId", "description": "Description"}
        version = request.aws_client_factory.stepfunctions.publish_state_machine_version(
            stateMachineArn=wanted["StateMachineArn"],
            **{name: wanted[key] for name, key in options.items() if wanted.get(key)},
        )
        return _done(request, version["stateMachineVersionArn"])

    def delete(self, request: Any) -> Any:
        arn = request.desired_state["Arn"]
        request.aws_client_factory.stepfunctions.delete_state_machine_version(stateMachineVersionArn=arn)
        return _done(request, arn)


class StateMachineAliasProvider(ResourceProvider):
    """With a DeploymentPreference too the alias is on its version at once.

    AWS shifts by `Percentage` every `Interval`, and back when one of the `Alarms` goes off.
    """

    TYPE = "AWS::StepFunctions::StateMachineAlias"
    SCHEMA: ClassVar[dict[str, Any]] = {
        "typeName": TYPE,
        "createOnlyProperties": ["/properties/Name"],
        "readOnlyProperties": ["/properties/Arn"],
        "primaryIdentifier": ["/properties/Arn"],
    }

    def create(self, request: Any) -> Any:
        alias = request.aws_client_factory.stepfunctions.create_state_machine_alias(
            name=request.desired_state["Name"], **_configuration(request.desired_state)
        )
        return _done(request, alias["stateMachineAliasArn"])

    def update(self, request: Any) -> Any:
        arn = request.previous_state["Arn"]
        request.aws_client_factory.stepfunctions.update_state_machine_alias(
            stateMachineAliasArn=arn, **_configuration(request.desired_state)
        )
        return _done(request, arn)

    def delete(self, request: Any) -> Any:
        arn = request.desired_state["Arn"]
        request.aws_client_factory.stepfunctions.delete_state_machine_alias(stateMachineAliasArn=arn)
        return _done(request, arn)


def _done(request: Any, arn: str) -> Any:
    return ProgressEvent(
        status=OperationStatus.SUCCESS,
        resource_model=request.desired_state | {"Arn": arn},
        custom_context=request.custom_context,
    )


def _configuration(alias: dict[str, Any]) -> dict[str, Any]:
    """Raises `ValueError` unless exactly one of the two ways of routing is there."""
    match alias:
        case {"DeploymentPreference": preference} if "RoutingConfiguration" not in alias:
            routes = [{"StateMachineVersionArn": preference["StateMachineVersionArn"], "Weight": 100}]
        case {"RoutingConfiguration": routes} if "DeploymentPreference" not in alias:
            pass
        case _:
            raise ValueError("an alias has either a RoutingConfiguration or a DeploymentPreference")
    return {
        "description": alias.get("Description") or "",
        "routingConfiguration": [
            {"stateMachineVersionArn": route["StateMachineVersionArn"], "weight": int(route["Weight"])}
            for route in routes
        ],
    }
