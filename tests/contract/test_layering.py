"""Imports go one way, handlers -> activities -> aws -> core, and the product does not know where it runs."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.contract.analysis.template import ROOT

PACKAGE = ROOT / "functions" / "hotplug"
SEES = {
    "core": {"core"},
    "aws": {"core", "aws"},
    "activities": {"core", "aws", "activities"},
    "handlers": {"core", "aws", "activities", "handlers"},
}
IMPURE_MODULES = {"os", "random", "secrets", "socket", "subprocess", "tempfile", "time", "uuid"}
CLOCK_CALLS = {"now", "today", "utcnow"}
AWS_CLIENTS = ("boto3", "botocore", "mypy_boto3", "s3transfer")
OBSERVERS = {"aws_lambda_powertools": {"entrypoint", "router_entrypoint"}, "aws_xray_sdk": {"entrypoint"}}
"""Which files of `handlers` may import them."""
PLACES = re.compile(r"localemu|localstack|localhost|127\.0\.0\.1|emulator", re.IGNORECASE)


def breaches(source: str, room: str, file: str = "some_file") -> list[str]:
    """What one file of `core`, `aws` or `handlers` may not do, each as a sentence."""
    tree = ast.parse(source)
    found = [breach for module in imported(tree) for breach in of_import(module, room, file)]
    if room == "core":
        calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
        names = (called.attr for called in calls if isinstance(called, ast.Attribute))
        found += [f"core reads the clock through .{name}()" for name in names if name in CLOCK_CALLS]
    return found


def imported(tree: ast.Module) -> Iterator[str]:
    """Imports inside functions and under TYPE_CHECKING count too."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(level=level) if level:
                yield "." * level
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{each.name}" for each in names)


def of_import(module: str, room: str, file: str) -> Iterator[str]:
    top, _, rest = module.partition(".")
    if not top:
        yield f"{room} imports relatively, which hides the direction"
    elif top == "hotplug":
        other = rest.split(".")[0]
        if other not in SEES[room]:
            yield f"{room} imports hotplug.{other}"
    elif not may_import(top, room, file):
        yield f"{room}/{file} imports {top}"


def may_import(top: str, room: str, file: str) -> bool:
    if top.startswith(AWS_CLIENTS):
        return room == "aws"
    if top in OBSERVERS:
        return room == "handlers" and file in OBSERVERS[top]
    if room == "core" and top in IMPURE_MODULES:
        return False
    return top in sys.stdlib_module_names


@pytest.mark.parametrize("room", SEES)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    files = sorted((PACKAGE / room).rglob("*.py"))
    found = [f"{file.name}: {each}" for file in files for each in breaches(file.read_text(), room, file.stem)]
    assert files
    assert found == []


def test_the_package_has_only_these_rooms() -> None:
    assert {folder.name for folder in PACKAGE.iterdir() if folder.is_dir()} - {"__pycache__"} == set(SEES)
    assert [file.name for file in PACKAGE.glob("*.py")] == ["__init__.py"]


def product_files() -> list[Path]:
    folders = (ROOT / "functions", ROOT / "statemachine")
    files = [
        file for folder in folders for file in folder.rglob("*") if file.suffix in {".json", ".py", ".in"}
    ]
    return [ROOT / "template.yaml", *sorted(files)]


def test_the_product_has_no_word_about_where_it_is_tried_out() -> None:
    words = {str(file.relative_to(ROOT)): PLACES.findall(file.read_text()) for file in product_files()}
    assert {file: found for file, found in words.items() if found} == {}


@pytest.mark.parametrize(
    ("room", "source", "breach"),
    [
        pytest.param("core", "import boto3", "imports boto3", id="boto3 in core"),
        pytest.param("core", "from os import environ", "imports os", id="the environment in core"),
        pytest.param("core", "import time", "imports time", id="the clock in core"),
        pytest.param("core", "def f():\n import uuid", "imports uuid", id="chance in core, imported late"),
        pytest.param(
            "core",
            "from datetime import datetime, UTC\ndatetime.now(UTC)",
            "core reads the clock through .now()",
            id="now in core",
        ),
        pytest.param("core", "import yaml", "imports yaml", id="a dependency in core"),
        pytest.param("core", "from hotplug.aws import cloud", "core imports hotplug.aws", id="core to aws"),
        pytest.param(
            "core", "from hotplug import aws", "core imports hotplug.aws", id="core to aws as a name"
        ),
        pytest.param(
            "core", "from ..aws import cloud", "core imports relatively", id="core to aws, relatively"
        ),
        pytest.param(
            "aws", "import hotplug.handlers.shift", "aws imports hotplug.handlers", id="aws to handlers"
        ),
        pytest.param("handlers", "import botocore.config", "imports botocore", id="botocore in a handler"),
        pytest.param(
            "aws",
            "from aws_lambda_powertools import Logger",
            "imports aws_lambda_powertools",
            id="a logger in aws",
        ),
        pytest.param(
            "handlers",
            "from aws_lambda_powertools import Logger",
            "imports aws_lambda_powertools",
            id="a logger in a handler",
        ),
        pytest.param(
            "aws",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n from hotplug.handlers import shift",
            "aws imports hotplug.handlers",
            id="a type from the wrong room",
        ),
    ],
)
def test_a_breach_is_found(room: str, source: str, breach: str) -> None:
    assert [found for found in breaches(source, room) if breach in found]


@pytest.mark.parametrize(
    ("room", "source"),
    [
        pytest.param(
            "core", "from hotplug.core.plan import Plan\nimport json", id="core and the standard library"
        ),
        pytest.param("core", "from datetime import datetime\ndatetime.fromisoformat('')", id="dates in core"),
        pytest.param("aws", "import boto3, os\nfrom hotplug.core.plan import Plan", id="boto3 in aws"),
        pytest.param("handlers", "from hotplug.aws.cloud import Cloud\nimport time", id="a handler"),
    ],
)
def test_what_a_room_may_do_is_no_breach(room: str, source: str) -> None:
    assert breaches(source, room) == []


@pytest.mark.parametrize(
    ("file", "source", "breach"),
    [
        pytest.param("entrypoint", "from aws_lambda_powertools import Logger, Tracer", [], id="a logger"),
        pytest.param(
            "router_entrypoint", "from aws_lambda_powertools import Logger", [], id="the thin one's"
        ),
        pytest.param(
            "router_entrypoint",
            "import aws_xray_sdk",
            ["handlers/router_entrypoint imports aws_xray_sdk"],
            id="a tracer in the thin one",
        ),
        pytest.param(
            "router",
            "from aws_lambda_powertools import Logger",
            ["handlers/router imports aws_lambda_powertools"],
            id="a logger in a handler",
        ),
    ],
)
def test_only_an_entrypoint_observes(file: str, source: str, breach: list[str]) -> None:
    assert breaches(source, "handlers", file) == breach


# What a first call waits for

SLOW = (
    "aws_xray_sdk",
    "boto3.dynamodb",
    "hotplug.aws.cloud",
    "hotplug.aws.dynamodb_json",
    "hotplug.core.plan.plan",
)
"""Modules that take long, or that need others that do."""


@cache
def loaded(module: str) -> frozenset[str]:
    """All that a fresh Python has read when it has imported one module of the product."""
    script = f"import sys, {module}\nprint(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "functions"), "PYTHONWARNINGS": "ignore"}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return frozenset(ran.stdout.split())


@pytest.mark.parametrize("module", SLOW)
def test_the_router_starts_without_what_is_slow(module: str) -> None:
    assert "hotplug.handlers.router_entrypoint" in loaded("hotplug.handlers.router")
    assert module not in loaded("hotplug.handlers.router")


@pytest.mark.parametrize("module", SLOW)
def test_other_functions_start_with_it_so_that_its_name_is_right(module: str) -> None:
    assert module in loaded("hotplug.handlers.shift")


@pytest.mark.parametrize(
    "word", ["LocalEmu", "localstack", "localhost:4566", "http://127.0.0.1", "the emulator"]
)
def test_a_place_is_found_in_a_text(word: str) -> None:
    assert PLACES.search(f"only on {word}, not on AWS")


def test_the_answer_of_aws_is_no_place() -> None:
    assert not PLACES.search("locally unique, emulating nothing, in 127 ms")
