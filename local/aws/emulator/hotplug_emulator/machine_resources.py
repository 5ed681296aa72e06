"""CloudFormation's StateMachineVersion and StateMachineAlias, which SAM's `AutoPublishAlias` creates.

LocalEmu 1.3.2 skips both, and `!Ref` of them is "unknown".
"""

from typing import Any, ClassVar

from localemu.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
)


class StateMachineVersionProvider(ResourceProvider):
    """One published version. A change replaces it with a new version: see `patches.machine_resource`."""

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
        """Publish a version; a revision that was published before returns its existing version."""
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
    """An alias that moves to its version at once, even with a DeploymentPreference.

    AWS shifts by `Percentage` every `Interval`, and rolls back when one of the `Alarms` turns red.
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
    """Read the routing. Raises `ValueError` unless exactly one of its two forms is given."""
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
