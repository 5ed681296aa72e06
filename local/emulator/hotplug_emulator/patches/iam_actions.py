"""Names of IAM actions, for runs with `IAM_ENFORCEMENT=1`."""

from ._version import require_known_emulator


def name_step_functions_states() -> None:
    """IAM knows Step Functions as `states:…`; 1.3.2 asks for `stepfunctions:…`, which no policy grants."""
    require_known_emulator()
    from localemu.services.iam_enforcement import arn_builder, service_action_map

    map_by_service = service_action_map.map_action

    def map_action(service: str, operation_name: str) -> list[str]:
        actions = map_by_service(service, operation_name)
        return [action.replace("stepfunctions:", "states:", 1) for action in actions]

    service_action_map.map_action = map_action
    builders = arn_builder._SERVICE_ARN_BUILDERS
    builders.setdefault("stepfunctions", builders["states"])
