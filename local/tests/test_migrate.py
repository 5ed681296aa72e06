"""SAM templates and CodeDeploy AppSpecs, in the shapes that people write, become requests of hotplug's."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hotplug.core.problem import Problem
from hotplug.core.request import Request, read_request
from hotplug.core.strategy import read_strategy
from local import places
from local.cloudformation import read_template
from local.migrate import appspec, sam
from local.migrate.__main__ import converted, main
from local.migrate.converted import Converted, misfits

PAGE = (places.ROOT / "docs" / "migrate.md").read_text()
SHAPES = Path(__file__).parent / "shapes"
NINE = [
    "Canary10Percent5Minutes",
    "Canary10Percent10Minutes",
    "Canary10Percent15Minutes",
    "Canary10Percent30Minutes",
    "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes",
    "Linear10PercentEvery10Minutes",
    "AllAtOnce",
]
SHAPE = "one_canary.yaml"
ROWS: list[tuple[str, dict[str, str], list[dict[str, Any]]]] = [
    (
        SHAPE,
        {},
        [{"function": "orders", "alias": "live", "strategy": "Canary10Percent5Minutes"}],
    ),
    (
        "globals.yaml",
        {},
        [
            {
                "function": "orders",
                "alias": "prod",
                "strategy": "Linear10PercentEvery1Minute",
                "alarms": ["api-5xx"],
            },
            {
                "function": "billing",
                "alias": "current",
                "strategy": "AllAtOnce",
                "alarms": ["api-5xx", "billing-errors"],
            },
        ],
    ),
    (
        "hooks_role_triggers.yaml",
        {"AWS::Region": "eu-central-1"},
        [
            {
                "function": "orders",
                "alias": "live",
                "strategy": "Linear10PercentEvery10Minutes",
                "alarms": ["orders-alias-errors", "orders-version-errors"],
                "hooks": {"beforeTraffic": "CodeDeployHook_before", "afterTraffic": "CodeDeployHook_after"},
            }
        ],
    ),
    ("by_stage.yaml", {}, []),
    (
        "by_stage.yaml",
        {"Stage": "prod"},
        [
            {
                "function": "orders-prod",
                "alias": "prod",
                "strategy": "Canary10Percent10Minutes",
                "alarms": ["orders-prod-errors"],
            }
        ],
    ),
    (
        "stack_names.yaml",
        {"AWS::StackName": "shop", "Stage": "prod"},
        [
            {
                "function": "shop-orders",
                "alias": "live",
                "strategy": "CodeDeployDefault.LambdaLinear10PercentEvery2Minutes",
                "alarms": ["api-5xx", "api-slow"],
            }
        ],
    ),
    (
        "made_up_names.yaml",
        {"Orders": "shop-Orders-1A2B", "Errors": "shop-Errors-3C4D", "Check": "shop-Check-5E6F"},
        [
            {
                "function": "shop-Orders-1A2B",
                "alias": "live",
                "strategy": "Canary10Percent15Minutes",
                "alarms": [
                    "shop-Errors-3C4D",
                    "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:shop-health",
                ],
                "hooks": {"beforeTraffic": "shop-Check-5E6F"},
            }
        ],
    ),
    (
        "long_forms.json",
        {},
        [
            {
                "function": "orders",
                "alias": "live",
                "strategy": "Canary10Percent30Minutes",
                "alarms": ["orders-errors", "orders-slow"],
                "hooks": {"afterTraffic": "orders-check"},
            }
        ],
    ),
    (
        "configuration_of_its_own.yaml",
        {},
        [
            {
                "function": "orders",
                "alias": "live",
                "strategy": {"type": "linear", "percent": 5, "every": "7m"},
            },
            {
                "function": "billing",
                "alias": "live",
                "strategy": {"type": "canary", "percent": 25, "bake": "20m"},
            },
            {"function": "stock", "alias": "live", "strategy": "AllAtOnce"},
        ],
    ),
    ("nothing_to_carry.yaml", {}, []),
    (
        "appspec.yaml",
        {
            "DeploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
            "Alarms": "orders-errors, api-5xx",
        },
        [
            {
                "function": "orders",
                "alias": "live",
                "source": {"version": "6"},
                "strategy": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
                "alarms": ["orders-errors", "api-5xx"],
                "hooks": {
                    "beforeTraffic": "CodeDeployHook_before",
                    "afterTraffic": "arn:aws:lambda:eu-central-1:111122223333:function:CodeDeployHook_after",
                },
            }
        ],
    ),
    (
        "appspec.json",
        {},
        [
            {
                "function": "orders",
                "alias": "orders-latest",
                "source": {"version": "2"},
                "hooks": {"beforeTraffic": "orders-before"},
            }
        ],
    ),
    (
        "appspec_small_letters.yaml",
        {"DeploymentConfigName": "AllAtOnce"},
        [
            {
                "function": "orders",
                "alias": "live",
                "source": {"version": "10"},
                "strategy": "AllAtOnce",
            }
        ],
    ),
    (
        "appspec_without_list.yaml",
        {},
        [
            {
                "function": "orders",
                "alias": "live",
                "source": {"version": "42"},
                "hooks": {"afterTraffic": "orders-after"},
            }
        ],
    ),
]


def of_shape(name: str, given: Mapping[str, str]) -> Converted:
    return converted((SHAPES / name).read_text(), given)


def shape(old: str, new: str, name: str = SHAPE) -> str:
    """One of the shapes with another text in it."""
    text = (SHAPES / name).read_text()
    assert old in text
    return text.replace(old, new)


def told(found: Converted) -> list[str]:
    return [str(problem) for problem in found.problems]


def requests() -> Iterator[dict[str, Any]]:
    for name, given, _ in ROWS:
        yield from of_shape(name, given).requests


# What comes out


@pytest.mark.parametrize(("name", "given", "expected"), ROWS)
def test_a_shape_becomes_these_requests(
    name: str, given: dict[str, str], expected: list[dict[str, Any]]
) -> None:
    found = of_shape(name, given)

    assert found.problems == ()
    assert list(found.requests) == expected


def test_every_shape_that_lies_here_is_tried() -> None:
    assert {name for name, *_ in ROWS} == {file.name for file in SHAPES.iterdir()}


@pytest.mark.parametrize("request_", list(requests()))
def test_hotplug_takes_what_comes_out(request_: dict[str, Any]) -> None:
    assert isinstance(read_request(request_), Request)


@pytest.mark.parametrize("prefix", ["", "CodeDeployDefault.Lambda"])
@pytest.mark.parametrize("name", NINE)
def test_each_of_the_nine_names_is_carried_over(name: str, prefix: str) -> None:
    problems: list[Problem] = []
    [policy] = converted(shape(NINE[0], f"{prefix}{name}"), {}).requests
    [request] = of_shape("appspec.yaml", {"DeploymentConfigName": f"{prefix}{name}"}).requests

    assert policy["strategy"] == request["strategy"] == f"{prefix}{name}"
    assert read_strategy(policy["strategy"], "", problems).steps or name == "AllAtOnce"
    assert problems == []


# What a request has no field for


def test_what_is_left_out_is_said_with_the_reason() -> None:
    found = of_shape("hooks_role_triggers.yaml", {"AWS::Region": "eu-central-1"})

    assert [note.partition(",")[0] for note in found.notes[:3]] == [
        "OrdersFunction: Role left out",
        "OrdersFunction: TriggerConfigurations left out",
        "OrdersFunction: PassthroughCondition left out",
    ]
    assert "hotplug takes what it returns" in found.notes[3]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("by_stage.yaml", "its DeploymentPreference is not enabled", id="not enabled"),
        pytest.param("nothing_to_carry.yaml", "moves the alias of a state machine", id="a state machine"),
        pytest.param("nothing_to_carry.yaml", "has a DeploymentPreference that is enabled", id="nothing"),
        pytest.param("appspec.yaml", "CurrentVersion left out", id="the version that serves"),
        pytest.param("appspec.yaml", "give DeploymentConfigName=NAME", id="the group's strategy"),
    ],
)
def test_it_is_noted(name: str, said: str) -> None:
    assert [note for note in of_shape(name, {}).notes if said in note]


# What is missing, or wrong


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
        pytest.param("[" * 5000, "file: got no YAML or JSON", id="too deep"),
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


# The page


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def fields_of(heading: str) -> set[str]:
    table = PAGE.partition(f"### {heading}")[2].partition("\n#")[0]
    return set(re.findall(r"`([\w.\[\]<>]+)`", " ".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE))))


def test_the_page_shows_what_becomes_of_its_template() -> None:
    [template], [policy, *_] = blocks("yaml"), blocks("json")

    assert converted(template, {"AWS::StackName": "shop"}).requests == (json.loads(policy),)


def test_hotplug_takes_every_request_of_the_page() -> None:
    for text in blocks("json"):
        request = json.loads(text)
        assert misfits(request, {}) == ()


@pytest.mark.parametrize(
    ("heading", "fields"),
    [
        pytest.param(
            "SAM",
            {"FunctionName", "AutoPublishAlias", "Hooks.PreTraffic", "Hooks.PostTraffic", *sam.KEYS}
            - {"Hooks"},
            id="SAM",
        ),
        pytest.param(
            "CodeDeploy",
            {
                *("version", "Resources[].<name>.Type"),
                *(f"Properties.{name}" for name in appspec.PROPERTIES),
                *(f"Hooks[].{name}" for name in appspec.HOOKS),
                *appspec.GROUP,
                *("ignorePollAlarmFailure", "autoRollbackConfiguration", "serviceRoleArn"),
                "triggerConfigurations",
            },
            id="AppSpec",
        ),
        pytest.param(
            "CodePipeline",
            {
                *("FunctionName", "FunctionAlias", "PublishedTargetVersion", "DeployStrategy", "Alarms"),
                "FunctionVersion",
            },
            id="CodePipeline",
        ),
        pytest.param(
            "serverless",
            {
                *("type", "alias", "preTrafficHook", "postTrafficHook", "alarms", "triggerConfigurations"),
                *(f"custom.deploymentSettings.{name}" for name in ("codeDeployRole", "stages")),
            },
            id="serverless-plugin-canary-deployments",
        ),
    ],
)
def test_the_page_says_what_becomes_of_every_field(heading: str, fields: set[str]) -> None:
    assert fields_of(heading) == fields


# The command


def test_policies_are_written_as_the_bucket_holds_them(tmp_path: Path) -> None:
    assert main([str(SHAPES / "globals.yaml"), "--into", str(tmp_path)]) == 0

    written = {str(file.relative_to(tmp_path)): file.read_text() for file in tmp_path.rglob("*.json")}
    assert set(written) == {"orders/policy.json", "billing/policy.json"}
    assert json.loads(written["billing/policy.json"])["strategy"] == "AllAtOnce"


def test_what_has_a_source_is_no_policy(tmp_path: Path) -> None:
    assert main([str(SHAPES / "appspec.yaml"), "--into", str(tmp_path)]) == 0

    assert [file.name for file in tmp_path.rglob("*.json")] == ["request.json"]


def test_without_a_folder_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SHAPES / "by_stage.yaml"), "Stage=prod"]) == 0

    assert json.loads(capsys.readouterr().out)["function"] == "orders-prod"


def test_after_a_problem_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SHAPES / "made_up_names.yaml"), "Orders=orders", "--into", str(tmp_path)]) == 1

    said = capsys.readouterr().err
    assert "2 problems, nothing was written:\n- Orders.DeploymentPreference.Alarms[0]: got" in said
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "template.yaml")]) == 1

    assert "No such file" in capsys.readouterr().err
