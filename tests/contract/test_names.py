"""The check of names can fail: a machine, a template and files that agree, and what puts them at odds."""

from collections.abc import Callable
from typing import Any

import pytest

from local.aws.cloudformation import read_template
from tests.contract.analysis.names import file_of, function_of, misnamed

MACHINE = """{
  "States": {
    "Roll back": { "Type": "Task", "Resource": "${RollBackFunctionArn}" },
    "Bake": { "Type": "Wait", "Seconds": 1 },
    "Read alias": { "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:lambda:getAlias" }
  }
}"""
TEMPLATE = """
Resources:
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionSubstitutions:
        RollBackFunctionArn: !GetAtt RollBackFunction.Arn
  RollBackFunction:
    Type: AWS::Serverless::Function
    Properties: { Handler: hotplug.handlers.roll_back.handler }
  IntakeFunction:
    Type: AWS::Serverless::Function
    Properties: { Handler: hotplug.handlers.intake.handler, Events: { Upload: {} } }
  GuardFunction:
    Type: AWS::Serverless::Function
    Properties: { Handler: hotplug.handlers.guard.handler, Events: { ExecutionOver: {}, Sweep: {} } }
  CommandFunction:
    Type: AWS::Serverless::Function
    Properties: { Handler: hotplug.handlers.command.handler }
  RouterFunction:
    Type: AWS::Serverless::Function
    Properties: { Handler: hotplug.handlers.router.handler }
  RouterPermission:
    Type: AWS::Lambda::Permission
    Properties: { FunctionName: !Ref RouterFunction, Principal: apigateway.amazonaws.com }
Outputs:
  CommandFunctionArn: { Value: !Ref CommandFunction }
"""
HANDLERS = {"roll_back", "intake", "guard", "command", "router"}


def test_what_agrees_has_no_problem() -> None:
    assert misnamed(MACHINE, read_template(TEMPLATE), HANDLERS) == []


@pytest.mark.parametrize(
    ("machine", "template", "problem"),
    [
        pytest.param(
            lambda text: text.replace("RollBackFunctionArn", "RollbackFunctionArn"),
            lambda text: text,
            "the template does not fill in ${RollbackFunctionArn}",
            id="a place that nothing fills",
        ),
        pytest.param(
            lambda text: text,
            lambda text: text.replace("        RollBack", "        ShiftFunctionArn: x\n        RollBack"),
            "the machine has no place for ShiftFunctionArn",
            id="a substitution without a place",
        ),
        pytest.param(
            lambda text: text.replace('"Roll back"', '"Put back"'),
            lambda text: text,
            "'Put back' calls RollBackFunction, not PutBackFunction",
            id="a state that is called otherwise than its function",
        ),
        pytest.param(
            lambda text: text.replace('"Roll back"', '"Put back"'),
            lambda text: text,
            "'Put back' has no handlers/put_back.py",
            id="a state without a file",
        ),
        pytest.param(
            lambda text: text,
            lambda text: text.replace("handlers.roll_back", "handlers.rollback"),
            "RollBackFunction runs hotplug.handlers.rollback.handler, not hotplug.handlers.roll_back.handler",
            id="a function that runs another file",
        ),
        pytest.param(
            lambda text: text,
            lambda text: text.replace("IntakeFunction", "UploadFunction"),
            "IntakeFunction runs None, not hotplug.handlers.intake.handler",
            id="a handler without a function",
        ),
        pytest.param(
            lambda text: text,
            lambda text: text.replace("IntakeFunction", "UploadFunction"),
            "UploadFunction runs hotplug.handlers.intake.handler, not None",
            id="a function without a handler",
        ),
        pytest.param(
            lambda text: text,
            lambda text: text.replace(", Events: { Upload: {} }", ""),
            "IntakeFunction is no state and has no trigger",
            id="a function that nothing starts",
        ),
        pytest.param(
            lambda text: text,
            lambda text: text.replace(", Events: { ExecutionOver: {}, Sweep: {} }", ""),
            "GuardFunction is no state and has no trigger",
            id="a guard that nobody wakes",
        ),
        pytest.param(
            lambda text: text,
            lambda text: text.replace("apigateway.amazonaws.com", "events.amazonaws.com"),
            "RouterFunction is no state and has no trigger",
            id="a router that no API may call",
        ),
        pytest.param(
            lambda text: text,
            lambda text: text.replace("!Ref RouterFunction", "!Ref IntakeFunction"),
            "RouterFunction is no state and has no trigger",
            id="a router whose permission is another function's",
        ),
        pytest.param(
            lambda text: text,
            lambda text: text.replace("CommandFunctionArn", "CommandArn"),
            "CommandFunction is no state and has no trigger",
            id="a function for people that nobody is told of",
        ),
    ],
)
def test_what_is_at_odds_is_found(
    machine: Callable[[str], str], template: Callable[[str], str], problem: str
) -> None:
    assert problem in misnamed(machine(MACHINE), read_template(template(TEMPLATE)), HANDLERS)


def test_prose_and_file_names_lead_to_one_function() -> None:
    assert function_of("Roll back") == function_of("roll_back") == "RollBackFunction"
    assert file_of("Before traffic") == "before_traffic"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("!Ref Name", {"Ref": "Name"}, id="Ref"),
        pytest.param("!Condition HasKey", {"Condition": "HasKey"}, id="Condition"),
        pytest.param("!GetAtt Table.Arn", {"Fn::GetAtt": ["Table", "Arn"]}, id="GetAtt in one word"),
        pytest.param("!GetAtt [Table, Arn]", {"Fn::GetAtt": ["Table", "Arn"]}, id="GetAtt as a list"),
        pytest.param("!Sub arn:${A}", {"Fn::Sub": "arn:${A}"}, id="Sub"),
        pytest.param("!If [A, !Ref B, 1]", {"Fn::If": ["A", {"Ref": "B"}, 1]}, id="one inside another"),
        pytest.param("!Transform {Name: x}", {"Fn::Transform": {"Name": "x"}}, id="a mapping"),
    ],
)
def test_intrinsic_functions_are_read_as_their_long_form(text: str, value: dict[str, Any]) -> None:
    assert read_template(f"Here: {text}") == {"Here": value}
