"""SAM templates and CodeDeploy AppSpecs in the shapes that people write, and what becomes of each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.migrate.__main__ import converted
from cli.migrate.converted import Converted

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
"""By file and the values given beside it: the requests that come out."""


def of_shape(name: str, given: Mapping[str, str]) -> Converted:
    return converted((SHAPES / name).read_text(), given)


def shape(old: str, new: str, name: str = SHAPE) -> str:
    """One of the shapes with another text in it."""
    text = (SHAPES / name).read_text()
    assert old in text
    return text.replace(old, new)


def told(found: Converted) -> list[str]:
    return [str(problem) for problem in found.problems]
