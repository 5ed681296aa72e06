"""What can't be converted is said in the words of the file, whatever stands in it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cli.migrate.__main__ import converted
from cli.migrate.converted import misfits
from cli.tests.migrating import NINE, ROWS, SHAPE, SHAPES, of_shape, shape, told
from local.aws.cloudformation import read_template


def test_names_that_cloudformation_makes_up_are_asked_for_all_at_once() -> None:
    function, alarm, hook = told(of_shape("made_up_names.yaml", {}))

    assert function.startswith(
        "Orders.FunctionName: got nothing; allowed: Orders=NAME given beside the templ"
    )
    assert alarm.startswith('Orders.DeploymentPreference.Alarms[0]: got {"Ref": "Errors"}; allowed: Errors=N')
    assert hook.startswith('Orders.DeploymentPreference.Hooks.PreTraffic: got {"Ref": "Check"}; allowed: Che')
    assert alarm.endswith(": without AlarmName, CloudFormation makes up its name")


def test_values_that_only_the_stack_knows_are_asked_for_by_name() -> None:
    name, kind = told(of_shape("stack_names.yaml", {}))

    assert name.startswith("OrdersFunction.FunctionName: got ")
    assert "; allowed: AWS::StackName=NAME given beside the template: " in name
    assert kind.startswith("OrdersFunction.DeploymentPreference.Type: got ")
    assert kind.endswith("allowed: Stage=VALUE given beside the template: that parameter has no default")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("a: [", "file: got no YAML or JSON", id="broken YAML"),
        pytest.param('{"a": ', "file: got no YAML or JSON", id="broken JSON"),
        pytest.param("[" * 1000, "file: got no YAML or JSON", id="too deep"),
        pytest.param("- a", "file: got no object", id="a list"),
        pytest.param("a: 1", "file: got neither", id="something else"),
        pytest.param(
            shape(NINE[0], "MyOwn"),
            'OrdersFunction.DeploymentPreference.Type: got "MyOwn"; allowed: a name ("AllAtOnce"',
            id="a name of its own",
        ),
        pytest.param(
            shape("Type: Canary10", "Kind: Canary10"),
            "OrdersFunction.DeploymentPreference.Kind: got an unknown key; allowed: one of Type",
            id="a key that SAM has not",
        ),
        pytest.param(
            shape("Type: Canary10", "Kind: Canary10"),
            "OrdersFunction.DeploymentPreference.Type: got nothing; allowed: a text",
            id="no type",
        ),
        pytest.param(
            shape("      AutoPublishAlias: live\n", ""),
            "OrdersFunction.AutoPublishAlias: got nothing",
            id="no alias",
        ),
        pytest.param(
            shape("Alias: live", "Alias: 7seven!"),
            'OrdersFunction.AutoPublishAlias: got "7seven!"; allowed: the name of an alias',
            id="no name of an alias",
        ),
        pytest.param(
            shape("FunctionName: orders", "FunctionName: arn:aws:lambda:x"),
            'OrdersFunction.FunctionName: got "arn:aws:lambda:x"; allowed: the name of a function',
            id="no name of a function",
        ),
        pytest.param(
            shape("Type: Canary10Percent5Minutes", "{Type: AllAtOnce, Alarms: orders-errors}"),
            'OrdersFunction.DeploymentPreference.Alarms: got "orders-errors"; allowed: a list',
            id="alarms as a text",
        ),
        pytest.param(
            shape("Type: Canary10Percent5Minutes", "{Type: AllAtOnce, Alarms: [null]}"),
            "OrdersFunction.DeploymentPreference.Alarms[0]: got null; allowed: a text",
            id="an alarm that is nothing",
        ),
        pytest.param(
            shape("Type: Canary10Percent5Minutes", "{Type: AllAtOnce, Alarms: ['arn:aws:sns:x']}"),
            'OrdersFunction.DeploymentPreference.Alarms[0]: got "arn:aws:sns:x"; allowed: the name or ARN of',
            id="no alarm's ARN",
        ),
        pytest.param(
            shape("Type: Canary10Percent5Minutes", "{Type: AllAtOnce, Hooks: before}"),
            'OrdersFunction.DeploymentPreference.Hooks: got "before"; allowed: a JSON object',
            id="hooks as a text",
        ),
        pytest.param(
            shape("Canary10Percent5Minutes #", "!ImportValue pace #"),
            "a value in its place: only CloudFormation knows what Fn::ImportValue comes to",
            id="another stack's value",
        ),
        pytest.param(
            shape("Canary10Percent5Minutes #", "'{{resolve:ssm:pace}}' #"),
            "a text in its place: this one is looked up when CloudFormation deploys",
            id="a dynamic reference",
        ),
        pytest.param(
            shape("FunctionName: orders", "FunctionName: !Ref OrdersFunction"),
            "; allowed: what does not refer to itself",
            id="a circle",
        ),
        pytest.param(
            shape("Type: Canary10Percent5Minutes", "{Type: AllAtOnce, Enabled: !If [IsProd, true, false]}"),
            'OrdersFunction.DeploymentPreference.Enabled: got {"Fn::If": ["IsProd", true, false]}; '
            'allowed: a condition of the template; "IsProd" is none',
            id="a condition that is not there",
        ),
        pytest.param(
            shape('TargetVersion: "6"', "TargetVersion: $LATEST", "appspec.yaml"),
            'Resources.Properties.TargetVersion: got "$LATEST"; allowed: the number of a published version',
            id="$LATEST",
        ),
        pytest.param(
            shape('TargetVersion: "6"', "TargetVersion: <TARGET_VERSION>", "appspec.yaml"),
            'Resources.Properties.TargetVersion: got "<TARGET_VERSION>"',
            id="a placeholder",
        ),
        pytest.param(
            shape("AWS::Lambda::Function", "AWS::ECS::Service", "appspec.yaml"),
            'Resources.Type: got "AWS::ECS::Service"; allowed: AWS::Lambda::Function',
            id="an AppSpec for ECS",
        ),
        pytest.param(
            "version: 0.0\nos: linux\nfiles: []", "Resources: got nothing; allowed: one function", id="EC2"
        ),
        pytest.param(
            "version: 0.0\nResources: [{A: {}}, {B: {}}]", "Resources: got 2 resources", id="two functions"
        ),
        pytest.param(
            shape("BeforeAllowTraffic", "BeforeInstall", "appspec.yaml"),
            "Hooks.BeforeInstall: got an unknown key",
            id="a hook of another platform",
        ),
    ],
)
def test_what_cannot_be_converted_is_said_in_the_words_of_the_file(text: str, problem: str) -> None:
    found = converted(text, {})

    assert [line for line in told(found) if problem in line]
    assert found.requests == ()


ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1.5,
    "",
    "x",
    [],
    {},
    [None],
    {"Ref": "x"},
    {"Ref": []},
    {"Fn::If": 1},
)


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every object and list in it, with each of its keys."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places_in(value[key])


@pytest.mark.parametrize(("name", "given"), [(name, given) for name, given, _ in ROWS])
def test_whatever_stands_somewhere_it_is_an_answer_or_a_problem(name: str, given: dict[str, str]) -> None:
    text = json.dumps(read_template((SHAPES / name).read_text().replace("\t", " ")))

    for at in range(len(list(places_in(json.loads(text))))):
        for odd in ODD:
            spoilt = json.loads(text)
            inside, key = list(places_in(spoilt))[at]
            inside[key] = odd
            assert [
                misfits(it, {}) for it in converted(json.dumps(spoilt), given).requests if misfits(it, {})
            ] == []


def test_a_value_for_nothing_is_a_problem() -> None:
    [problem] = told(of_shape(SHAPE, {"Stgae": "prod", "AWS::StackName": "shop"}))

    assert problem.startswith("Stgae: got a value; allowed: the name of a parameter or a resource")


def test_a_parameter_that_parameter_store_holds_is_asked_for() -> None:
    text = "Parameters: {Pace: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /pace}}\n"

    [problem] = told(converted(text + shape(f"{NINE[0]} #", "!Ref Pace #"), {}))

    assert "Pace=VALUE given beside the template: Parameter Store holds its value" in problem
