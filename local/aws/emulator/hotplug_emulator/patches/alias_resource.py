"""CloudFormation's AWS::Lambda::Alias, which SAM's AutoPublishAlias creates."""

from typing import Any

from ._version import require_known_emulator

_IN_PLACE = ("AWS::Lambda::Alias", "AWS::Lambda::Version")


def update_aliases_in_place() -> None:
    """A new version moves the alias; 1.3.2 creates it again and deletes the old one, which conflicts.

    The cause: 1.3.2 treats a changed function as a changed `FunctionName`, and so as a replacement.
    """
    require_known_emulator()
    from localemu.services.cloudformation.engine.v2.change_set_model import ChangeSetModel
    from localemu.services.cloudformation.resource_provider import OperationStatus, ProgressEvent
    from localemu.services.lambda_.resource_providers.lambda_alias import LambdaAliasProvider

    requires_replacement = ChangeSetModel._resolve_requires_replacement

    def resolve_requires_replacement(self: Any, node_properties: Any, resource_type: Any) -> bool:
        if resource_type.value in _IN_PLACE:
            return False
        return bool(requires_replacement(self, node_properties, resource_type))

    def update(self: Any, request: Any) -> Any:
        model = {**(request.previous_state or {}), **request.desired_state}
        alias = request.aws_client_factory.lambda_.update_alias(**_update_of(request.desired_state))
        model["Id"] = alias["AliasArn"]
        return ProgressEvent(
            status=OperationStatus.SUCCESS, resource_model=model, custom_context=request.custom_context
        )

    ChangeSetModel._resolve_requires_replacement = resolve_requires_replacement
    LambdaAliasProvider.update = update


def _update_of(properties: dict[str, Any]) -> dict[str, Any]:
    weights = (properties.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or []
    return {
        "FunctionName": properties["FunctionName"],
        "Name": properties["Name"],
        "FunctionVersion": properties["FunctionVersion"],
        "Description": properties.get("Description") or "",
        "RoutingConfig": {
            "AdditionalVersionWeights": {
                weight["FunctionVersion"]: weight["FunctionWeight"] for weight in weights
            }
        },
    }
