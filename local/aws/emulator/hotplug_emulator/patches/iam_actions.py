"""IAM actions and resources of requests, for runs with `IAM_ENFORCEMENT=1`."""

import contextvars
import functools
from collections.abc import Iterable, Mapping
from typing import Any

from ._version import require_known_emulator

_request: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar("request")

_ITEM_ACTIONS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}

_COLONS = 6
"""Colons in the ARN of a function without a qualifier."""

_MACHINE_PARTS = 7
"""Parts of the ARN of a state machine without a qualifier."""


def ask_for_what_the_request_does() -> None:
    """Check the actions and resources that AWS checks.

    On AWS, a transaction needs the actions of its items, and like a batch it needs them on its table. An
    object version has an action of its own. Step Functions has the prefix `states:`, on the execution if one
    is named, else on the machine, also for its versions and aliases. A function with a qualifier is another
    resource than one without.

    1.3.2 checks every action of a transaction on any table, and the action of the current object. It checks
    `stepfunctions:…`, on the machine with its qualifier if the machine is named. It always checks the
    function without its qualifier.
    """
    require_known_emulator()
    from localemu.services.iam_enforcement import arn_builder, enforcer, service_action_map

    handle = enforcer.IAMEnforcementHandler.__call__
    map_by_service = service_action_map.map_action
    builders = arn_builder._SERVICE_ARN_BUILDERS
    table_arn, machine_arn, function_arn = builders["dynamodb"], builders["states"], builders["lambda"]

    @functools.wraps(handle)
    def handle_with_request(self: Any, chain: Any, context: Any, response: Any) -> Any:
        _request.set(context.service_request or {})
        return handle(self, chain, context, response)

    def map_action(service: str, operation_name: str) -> list[str]:
        return actions_of(service, operation_name, _request.get({})) or map_by_service(
            service, operation_name
        )

    def item_table_arn(params: dict[str, Any], region: str, account_id: str) -> Any:
        tables = [*params.get("RequestItems", ()), *(part["TableName"] for _, part in _parts(params))]
        return table_arn(params | ({"TableName": tables[0]} if tables else {}), region, account_id)

    def execution_or_machine_arn(params: dict[str, Any], region: str, account_id: str) -> Any:
        if execution := params.get("executionArn"):
            return execution
        return machine_of(params) or machine_arn(params, region, account_id)

    def qualified_function_arn(params: dict[str, Any], region: str, account_id: str) -> Any:
        arn, qualifier = function_arn(params, region, account_id), params.get("Qualifier")
        return f"{arn}:{qualifier}" if qualifier and arn.count(":") == _COLONS else arn

    enforcer.IAMEnforcementHandler.__call__ = handle_with_request
    service_action_map.map_action = map_action
    builders |= {
        "stepfunctions": execution_or_machine_arn,
        "dynamodb": item_table_arn,
        "lambda": qualified_function_arn,
    }


def actions_of(service: str, operation_name: str, request: Mapping[str, Any]) -> list[str]:
    """Return the actions of a request; empty if LocalEmu's own table is right."""
    match service, operation_name:
        case "stepfunctions", _:
            return [f"states:{operation_name}"]
        case "dynamodb", "TransactWriteItems":
            return sorted({_ITEM_ACTIONS[kind] for kind, _ in _parts(request)})
        case "s3", "GetObject" | "HeadObject" if request.get("VersionId"):
            return ["s3:GetObjectVersion"]
        case _:
            return []


def machine_of(request: Mapping[str, Any]) -> str | None:
    """Return the unqualified state machine of a Step Functions request."""
    routes = request.get("routingConfiguration") or [{}]
    named = (request.get(f"stateMachine{kind}Arn") for kind in ("", "Alias", "Version"))
    arn = next(filter(None, named), None) or routes[0].get("stateMachineVersionArn")
    return ":".join(arn.split(":")[:_MACHINE_PARTS]) if arn else None


def _parts(request: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    return [part for item in request.get("TransactItems", []) for part in item.items()]


def take_loopback_for_tls() -> None:
    """`aws:SecureTransport` is true. Nothing here uses TLS, yet policies that deny plain HTTP must pass."""
    require_known_emulator()
    from localemu.services.iam_enforcement import enforcer

    build = enforcer._build_conditions

    @functools.wraps(build)
    def build_conditions(*args: Any, **kwargs: Any) -> Any:
        return build(*args, **kwargs) | {"aws:SecureTransport": "true"}

    enforcer._build_conditions = build_conditions
