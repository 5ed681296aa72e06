"""State machines with versions and aliases: starts, and the stacks that they come from."""

import json
from pathlib import Path
from typing import Any

from local.aws.embedded import EmbeddedAws
from local.aws.tests.attempts import until

TEMPLATES = Path(__file__).parent / "machines"
PLAIN, BY_SAM = TEMPLATES / "plain.yaml", TEMPLATES / "by_sam.yaml"


def start(aws: EmbeddedAws, machine: str, given: object = None) -> str:
    started = aws.client("stepfunctions").start_execution(
        stateMachineArn=machine, input=json.dumps(given or {})
    )
    return str(started["executionArn"])


def ended(aws: EmbeddedAws, execution: str) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        described: dict[str, Any] = aws.client("stepfunctions").describe_execution(executionArn=execution)
        return None if described["status"] == "RUNNING" else described

    return until(over)


def versions(aws: EmbeddedAws, machine: str) -> set[str]:
    found = aws.client("stepfunctions").list_state_machine_versions(stateMachineArn=machine)
    return {version["stateMachineVersionArn"].rpartition(":")[2] for version in found["stateMachineVersions"]}


def routes(aws: EmbeddedAws, alias: str) -> dict[str, int]:
    found = aws.client("stepfunctions").describe_state_machine_alias(stateMachineAliasArn=alias)
    return {
        route["stateMachineVersionArn"].rpartition(":")[2]: route["weight"]
        for route in found["routingConfiguration"]
    }


def create(
    aws: EmbeddedAws, stack: str, parameters: dict[str, str], template: Path = PLAIN
) -> dict[str, str]:
    return change(aws, stack, "create", parameters, template)


def update(
    aws: EmbeddedAws, stack: str, parameters: dict[str, str], template: Path = PLAIN
) -> dict[str, str]:
    return change(aws, stack, "update", parameters, template)


def change(
    aws: EmbeddedAws, stack: str, verb: str, parameters: dict[str, str], template: Path
) -> dict[str, str]:
    """Change a stack as SAM CLI does, which only hands its template on; return the stack's outputs."""
    stacks = aws.client("cloudformation")
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    begin = {"create": stacks.create_stack, "update": stacks.update_stack}[verb]
    begin(
        StackName=stack,
        TemplateBody=template.read_text(),
        Parameters=given,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    stacks.get_waiter(f"stack_{verb}_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    return aws.outputs(stack)
