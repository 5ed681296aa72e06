"""SAM templates and CodeDeploy AppSpecs, in the shapes that people write, become requests of hotplug's."""

from collections.abc import Iterator
from typing import Any

import pytest

from cli.migrate.__main__ import converted
from cli.tests.migrating import NINE, ROWS, SHAPES, of_shape, shape
from hotplug.core.parsing.problem import Problem
from hotplug.core.request.request import Request, read_request
from hotplug.core.request.strategy import read_strategy


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
