"""Every call is allowed, every permission is used, and the check itself notices when that is not so."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.analysis.calls import Call, calls_of, verbs_of
from tests.contract.analysis.names import function_of
from tests.contract.analysis.permissions import (
    NEEDED_WITHOUT_A_CALL,
    ON_EVERYTHING,
    actions,
    met,
    problems,
    statements_of_function,
    statements_of_machine,
)
from tests.contract.analysis.source import handlers
from tests.contract.analysis.template import ROOT, load_template, resources

DEFINITION = (ROOT / "statemachine" / "deploy.asl.json").read_text()
TEMPLATE = load_template()


def test_every_function_may_do_what_it_does_and_nothing_else() -> None:
    assert problems(TEMPLATE, DEFINITION) == []


def test_the_check_reads_what_the_source_does() -> None:
    assert verbs_of("shift") == {
        ("functions", "point"),
        ("functions", "alias"),
        ("ledger", "save"),
        ("ledger", "append"),
        ("notifications", "publish"),
    }
    assert {call.action for call in calls_of("shift")} == {
        "lambda:UpdateAlias",
        "lambda:GetAlias",
        "dynamodb:UpdateItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "events:PutEvents",
        "sns:Publish",
    }
    assert calls_of("publish") >= {
        Call("lambda:GetFunction", qualified=True),
        Call("s3:GetObject"),
        Call("s3:GetObjectVersion"),
    }


def test_the_check_follows_the_router_into_what_it_remembers() -> None:
    assert verbs_of("router") == {
        ("calls", "invoke"),
        ("functions", "alias"),
        ("alias_views", "known"),
        ("alias_views", "take_turn"),
        ("alias_views", "closed_deployments"),
        ("alias_views", "share"),
    }
    assert calls_of("router") == {
        Call("lambda:InvokeFunction", qualified=True),
        Call("lambda:GetAlias"),
        Call("dynamodb:BatchGetItem"),
        Call("dynamodb:UpdateItem"),
        Call("dynamodb:Query"),
    }


def test_every_handler_turns_to_somebody() -> None:
    assert {handler: bool(calls_of(handler)) for handler in handlers()} == dict.fromkeys(handlers(), True)


@pytest.mark.parametrize(("name", "action"), NEEDED_WITHOUT_A_CALL, ids=" ".join)
def test_every_exception_is_still_needed(name: str, action: str) -> None:
    every = [function_of(handler) for handler in handlers()] if name == "*" else [name]
    roles = [
        statements_of_machine(TEMPLATE)
        if one == "DeployStateMachine"
        else statements_of_function(TEMPLATE, one)
        for one in every
    ]
    assert any(action in actions(statement) for role in roles for statement in role)


def test_every_exception_says_why() -> None:
    assert all([*NEEDED_WITHOUT_A_CALL.values(), *ON_EVERYTHING.values()])


type Mutation = Callable[[dict[str, Any]], object]


def policies(template: dict[str, Any], name: str) -> list[Any]:
    found: list[Any] = template["Resources"][name]["Properties"]["Policies"]
    return found


def last_statement(template: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = policies(template, name)[-1]["Statement"][-1]
    return found


def statement(template: dict[str, Any], name: str, sid: str) -> dict[str, Any]:
    found = [met(one) for one in policies(template, name)[-1]["Statement"]]
    (one,) = [each for each in found if each["Sid"] == sid]
    return one


def allow_everything(template: dict[str, Any], name: str, sid: str) -> None:
    """The statement names its function without a qualifier."""
    one = statement(template, name, sid)
    one["Resource"] = {"Fn::Sub": one["Resource"]["Fn::Sub"].removesuffix(":*")}


@pytest.mark.parametrize(
    ("mutation", "problem"),
    [
        pytest.param(
            lambda template: statement(template, "RollBackFunction", "RestoreAliases")["Action"].remove(
                "lambda:DeleteAlias"
            ),
            "RollBackFunction calls lambda:DeleteAlias, which its role does not allow",
            id="an action is missing",
        ),
        pytest.param(
            lambda template: policies(template, "ShiftFunction").pop(0),
            "ShiftFunction calls dynamodb:PutItem, which its role does not allow",
            id="a managed policy is missing",
        ),
        pytest.param(
            lambda template: last_statement(template, "WatchFunction").update(
                Action=["lambda:DeleteFunction"]
            ),
            "WatchFunction may lambda:DeleteFunction, which it never calls",
            id="an action too many",
        ),
        pytest.param(
            lambda template: last_statement(template, "CloseFunction").update(Action="dynamodb:*"),
            "CloseFunction may dynamodb:*: a wildcard hides what is allowed",
            id="a wildcard",
        ),
        pytest.param(
            lambda template: last_statement(template, "CloseFunction").update(Resource="*"),
            "CloseFunction may dynamodb:Query on everything",
            id="every resource",
        ),
        pytest.param(
            lambda template: statement(template, "GuardFunction", "RestoreAliases")["Action"].remove(
                "lambda:UpdateAlias"
            ),
            "GuardFunction calls lambda:UpdateAlias, which its role does not allow",
            id="the guard could not put anything back",
        ),
        pytest.param(
            lambda template: statement(template, "GuardFunction", "ReadExecutions").update(
                Action=["states:DescribeExecution", "states:StopExecution"]
            ),
            "GuardFunction may states:StopExecution, which it never calls",
            id="the guard may do more than it does",
        ),
        pytest.param(
            lambda template: statement(template, "PublishFunction", "ReadVersions")["Resource"].pop(1),
            "PublishFunction calls lambda:GetFunction with a qualifier: its role must name the function "
            "with and without :*",
            id="versions are forgotten",
        ),
        pytest.param(
            lambda template: statement(template, "DeployStateMachine", "RestoreAliases")["Action"].remove(
                "lambda:GetAlias"
            ),
            "DeployStateMachine calls lambda:GetAlias, which its role does not allow",
            id="the machine lacks an action",
        ),
        pytest.param(
            lambda template: statement(template, "DeployStateMachine", "RunTasks")["Resource"].pop(),
            "DeployStateMachine runs ${AWS::StackName}_prune:live, which it may not invoke",
            id="the machine may not invoke one of its functions",
        ),
        pytest.param(
            lambda template: statement(template, "DeployStateMachine", "RunTasks")["Resource"].append(
                {"Fn::GetAtt": ["IntakeFunction", "Arn"]}
            ),
            "DeployStateMachine may invoke {'Fn::GetAtt': ['IntakeFunction', 'Arn']}, "
            "which is none of its tasks",
            id="the machine may invoke another function",
        ),
        pytest.param(
            lambda template: allow_everything(template, "RouterFunction", "InvokeTargets"),
            'RouterFunction may lambda:InvokeFunction on {"Fn::Sub": "arn:${AWS::Partition}:lambda:'
            '${AWS::Region}:${AWS::AccountId}:function:${TargetFunctions}"}: '
            "without one it is $LATEST that is called",
            id="the router may call unpublished code",
        ),
        pytest.param(
            lambda template: statement(template, "RouterFunction", "DenyUnroutable").update(Effect="Allow"),
            'RouterFunction may lambda:InvokeFunction on {"Fn::Sub": "arn:${AWS::Partition}:lambda:'
            '${AWS::Region}:${AWS::AccountId}:function:*:$LATEST"}: without one it is $LATEST that is called',
            id="what was denied is allowed",
        ),
        pytest.param(
            lambda template: statement(template, "PruneFunction", "DeleteVersions").update(
                Resource={"Fn::Sub": "arn:${AWS::Partition}:lambda:*:*:function:${TargetFunctions}"}
            ),
            'PruneFunction may lambda:DeleteFunction on {"Fn::Sub": "arn:${AWS::Partition}:lambda:*:*:'
            'function:${TargetFunctions}"}: without one the whole function is deleted',
            id="a whole function could be deleted",
        ),
        pytest.param(
            lambda template: statement(template, "RouterFunction", "InvokeTargets").update(Effect="Deny"),
            "RouterFunction calls lambda:InvokeFunction, which its role does not allow",
            id="what was allowed is denied",
        ),
        pytest.param(
            lambda template: statement(template, "RouterFunction", "DenyUnroutable")["Resource"].append(
                statement(template, "RouterFunction", "InvokeTargets")["Resource"]
            ),
            'RouterFunction may lambda:InvokeFunction on {"Fn::Sub": "arn:${AWS::Partition}:lambda:'
            '${AWS::Region}:${AWS::AccountId}:function:${TargetFunctions}:*"}, and is denied it',
            id="what is allowed is denied as well",
        ),
    ],
)
def test_what_is_wrong_is_found(mutation: Mutation, problem: str) -> None:
    template = copy.deepcopy(TEMPLATE)
    mutation(template)
    assert problem in problems(template, DEFINITION)


@pytest.mark.parametrize("name", [function_of(handler) for handler in handlers()])
def test_every_action_that_goes_missing_is_noticed(name: str) -> None:
    """Each action of each statement of each role in turn, but for those that AWS needs on its own."""
    for document, action in own_actions(TEMPLATE, name):
        if {(name, action), ("*", action)} & NEEDED_WITHOUT_A_CALL.keys():
            continue
        template = copy.deepcopy(TEMPLATE)
        for one in map(met, policies(template, name)[document]["Statement"]):
            one["Action"] = [each for each in actions(one) if each != action]
        missing = f"{name} calls {action}, which its role does not allow"
        assert missing in problems(template, DEFINITION)


@pytest.mark.parametrize("name", [function_of(handler) for handler in handlers()])
@pytest.mark.parametrize(
    "action", ["lambda:UpdateFunctionConfiguration", "states:StopExecution", "iam:PassRole"]
)
def test_every_action_that_is_added_to_a_role_is_noticed(name: str, action: str) -> None:
    template = copy.deepcopy(TEMPLATE)
    added = {"Effect": "Allow", "Action": action, "Resource": {"Fn::GetAtt": ["LedgerTable", "Arn"]}}
    policies(template, name).append({"Statement": [added]})
    assert f"{name} may {action}, which it never calls" in problems(template, DEFINITION)


def test_only_prune_may_delete_versions_and_nobody_a_whole_function() -> None:
    """A function without a qualifier is named without a colon behind it."""
    found = {
        function_of(handler): [
            resource["Fn::Sub"].partition(":function:")[2]
            for one in statements_of_function(TEMPLATE, function_of(handler))
            if one["Effect"] == "Allow" and "lambda:DeleteFunction" in actions(one)
            for resource in one["Resource"]
        ]
        for handler in handlers()
    }
    allowed = found.pop("PruneFunction")
    assert allowed == ["${TargetFunctions}:*", "${AWS::StackName}_*:*"]
    assert not any(found.values())
    assert not any("lambda:DeleteFunction" in actions(one) for one in statements_of_machine(TEMPLATE))


def own_actions(template: dict[str, Any], name: str) -> list[tuple[int, str]]:
    """Those that the role's inline policies allow, with the policy's place."""
    return [
        (at, action)
        for at, policy in enumerate(policies(template, name))
        for one in map(met, policy.get("Statement", ()))
        if one["Effect"] == "Allow"
        for action in actions(one)
    ]


def test_every_function_of_the_template_was_looked_at() -> None:
    assert {function_of(handler) for handler in handlers()} == set(
        resources(TEMPLATE, "AWS::Serverless::Function")
    )
