"""docs/migrate.md says what becomes of each field, and shows what really comes out."""

import json
import re

import pytest

from cli.migrate import appspec, sam
from cli.migrate.__main__ import converted
from cli.migrate.converted import misfits
from local.aws import places

PAGE = (places.ROOT / "docs" / "migrate.md").read_text()


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
