"""Least privilege, proven from the source: what a function calls is what its role allows, and nothing else.

A missing permission shows itself in the middle of a deployment, the worst one in the middle of a rollback; a
permission too many shows itself never. Both are found here before anything is deployed.
"""

import json
import re
from collections.abc import Iterator, Set
from typing import Any

from tests.contract.analysis.calls import Call, calls_of
from tests.contract.analysis.names import SUBSTITUTION, function_of
from tests.contract.analysis.source import handlers
from tests.contract.analysis.template import resources

type Template = dict[str, Any]
type Statement = dict[str, Any]

NEEDED_WITHOUT_A_CALL = {
    (
        "IntakeFunction",
        "s3:ListBucket",
    ): "tells a policy that is not there (404) from one that is forbidden (403)",
    (
        "PlanFunction",
        "s3:ListBucket",
    ): "tells an object that is not there (404) from one that is forbidden (403)",
    ("PublishFunction", "s3:ListBucket"): "Lambda reads the package with the caller's permissions: likewise",
    (
        "PublishFunction",
        "kms:CreateGrant",
    ): "Lambda grants a version's role the customer key of its environment",
    ("*", "kms:Decrypt"): "DynamoDB, SNS and S3 use the installation's key with the caller's permissions",
    (
        "*",
        "kms:GenerateDataKey",
    ): "DynamoDB, SNS and S3 use the installation's key with the caller's permissions",
    (
        "DeployStateMachine",
        "logs:CreateLogDelivery",
    ): "Step Functions sets up its log with the machine's role",
    ("DeployStateMachine", "logs:GetLogDelivery"): "the same",
    ("DeployStateMachine", "logs:UpdateLogDelivery"): "the same",
    ("DeployStateMachine", "logs:DeleteLogDelivery"): "the same",
    ("DeployStateMachine", "logs:ListLogDeliveries"): "the same",
    ("DeployStateMachine", "logs:PutResourcePolicy"): "the same",
    ("DeployStateMachine", "logs:DescribeResourcePolicies"): "the same",
    ("DeployStateMachine", "logs:DescribeLogGroups"): "the same",
}
"""By function, or * for all: what AWS does on its own with a role."""

ON_EVERYTHING = {
    "cloudwatch:DescribeAlarms": "composite alarms are only shown to those who may see all",
    "cloudwatch:GetMetricData": "it knows no resource",
    "lambda:GetAccountSettings": "it knows no resource",
    "lambda:ListEventSourceMappings": "it knows no resource",
    **{action: reason for (_, action), reason in NEEDED_WITHOUT_A_CALL.items() if action.startswith("logs:")},
}
"""What may name the resource *, because it knows no other."""

NEVER_WITHOUT_A_QUALIFIER = {
    "lambda:InvokeFunction": "without one it is $LATEST that is called",
    "lambda:DeleteFunction": "without one the whole function is deleted",
}
"""What may not name a function without :*, where it is called with a qualifier."""

MACHINE = "DeployStateMachine"


def problems(template: Template, definition: str) -> list[str]:
    """All that is wrong between source, machine and template, each as a sentence."""
    found: list[str] = []
    for handler in handlers():
        name = function_of(handler)
        found += of_role(name, calls_of(handler), statements_of_function(template, name))
    found += of_role(MACHINE, calls_of_machine(template, definition), statements_of_machine(template))
    found += of_invocations(template, definition)
    return found


def of_role(name: str, calls: Set[Call], statements: list[Statement]) -> Iterator[str]:
    """What one role lacks, has too much, or has on the wrong things."""
    allowing = [one for one in statements if one["Effect"] == "Allow"]
    needed, allowed = {call.action for call in calls}, {each for one in allowing for each in actions(one)}
    for action in sorted(needed - allowed):
        yield f"{name} calls {action}, which its role does not allow"
    for action in sorted(allowed - needed):
        if not {(name, action), ("*", action)} & NEEDED_WITHOUT_A_CALL.keys():
            yield f"{name} may {action}, which it never calls"
    for statement in allowing:
        for action in actions(statement):
            yield from _of_resources(name, action, Call(action, qualified=True) in calls, statement)
    yield from _of_denials(name, statements)


def _of_denials(name: str, statements: list[Statement]) -> Iterator[str]:
    """What is denied must be less than what is allowed: a denial wins."""
    for denying in [one for one in statements if one["Effect"] == "Deny"]:
        for allowing in [one for one in statements if one["Effect"] == "Allow"]:
            for action in sorted({*actions(denying)} & {*actions(allowing)}):
                denies = listed(denying.get("Resource", []))
                denied = [one for one in listed(allowing["Resource"]) if one in denies]
                yield from (f"{name} may {action} on {json.dumps(one)}, and is denied it" for one in denied)


def _of_resources(name: str, action: str, is_qualified: bool, statement: Statement) -> Iterator[str]:
    if "*" in action:
        yield f"{name} may {action}: a wildcard hides what is allowed"
    where = [json.dumps(resource) for resource in listed(statement["Resource"])]
    if '"*"' in where and action not in ON_EVERYTHING:
        yield f"{name} may {action} on everything"
    if is_qualified and action in NEVER_WITHOUT_A_QUALIFIER:
        for one in [one for one in where if not one.endswith(':*"}')]:
            yield f"{name} may {action} on {one}: {NEVER_WITHOUT_A_QUALIFIER[action]}"
    elif is_qualified and not (any(one.endswith(':*"}') for one in where) and len(where) > 1):
        yield f"{name} calls {action} with a qualifier: its role must name the function with and without :*"


# What the machine calls


def calls_of_machine(template: Template, definition: str) -> set[Call]:
    calls = set()
    for task in task_resources(template, definition):
        sdk = re.search(r":::aws-sdk:(\w+):(\w+)", json.dumps(task))
        calls.add(Call(f"{sdk[1]}:{sdk[2][0].upper()}{sdk[2][1:]}" if sdk else "lambda:InvokeFunction"))
    return calls


def task_resources(template: Template, definition: str) -> list[Any]:
    """What stands in the place of each task's resource when CloudFormation has filled it in."""
    (machine,) = resources(template, "AWS::Serverless::StateMachine").values()
    places = [
        found for task in _tasks(json.loads(definition)) for found in SUBSTITUTION.findall(task["Resource"])
    ]
    return [machine["DefinitionSubstitutions"][place] for place in places]


def _tasks(machine: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for state in machine["States"].values():
        if state["Type"] == "Task":
            yield state
        for inner in [
            *state.get("Branches", []),
            *([state["ItemProcessor"]] if "ItemProcessor" in state else []),
        ]:
            yield from _tasks(inner)


def of_invocations(template: Template, definition: str) -> Iterator[str]:
    """The machine may invoke the functions of its tasks, each by its name and alias, and no other."""
    functions = resources(template, "AWS::Serverless::Function")
    named = {f"{name}.Alias": function["FunctionName"]["Fn::Sub"] for name, function in functions.items()}
    tasks = {
        f"{named[task['Ref']]}:live"
        for task in task_resources(template, definition)
        if task.get("Ref") in named
    }
    allowed = {
        str(resource.get("Fn::Sub", resource)).rpartition(":function:")[2]
        for statement in statements_of_machine(template)
        if "lambda:InvokeFunction" in actions(statement)
        for resource in listed(statement["Resource"])
    }
    yield from (f"{MACHINE} runs {task}, which it may not invoke" for task in sorted(tasks - allowed))
    yield from (f"{MACHINE} may invoke {one}, which is none of its tasks" for one in sorted(allowed - tasks))


# What the template allows


def statements_of_function(template: Template, name: str) -> list[Statement]:
    properties = resources(template, "AWS::Serverless::Function")[name]
    return [one for policy in properties.get("Policies", []) for one in _statements(template, policy)]


def statements_of_machine(template: Template) -> list[Statement]:
    properties = resources(template, "AWS::Serverless::StateMachine")[MACHINE]
    return [one for policy in properties.get("Policies", []) for one in _statements(template, policy)]


def _statements(template: Template, policy: Any) -> Iterator[Statement]:
    """Inline policies, and managed ones of the same template; a condition counts as met."""
    match policy:
        case {"Ref": managed}:
            document = resources(template, "AWS::IAM::ManagedPolicy")[managed]["PolicyDocument"]
            yield from _statements(template, document)
        case {"Statement": statements}:
            yield from map(met, statements)
        case _:
            raise AssertionError(f"{policy} is a kind of policy that is not understood here")


def met(statement: Statement) -> Statement:
    """The statement itself where it stands under a condition."""
    found: Statement = statement["Fn::If"][1] if "Fn::If" in statement else statement
    return found


def actions(statement: Statement) -> list[str]:
    return [str(action) for action in listed(statement["Action"])]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
