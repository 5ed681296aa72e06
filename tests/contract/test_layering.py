"""Imports go one way, handlers -> activities -> aws -> core and down its floors; no place is known."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
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
FLOORS = (
    {"errors"},
    {"parsing"},
    {"resources"},
    {"spec", "evidence", "router"},
    {"request", "plan"},
    {"planning", "deployment"},
    {"rollout"},
    {"dry_run"},
)
"""The wings of core, from the ground up. Wings of one floor do not know each other."""
FLOOR_OF = {wing: number for number, wings in enumerate(FLOORS, start=1) for wing in wings}
FACE = "core.evidence"
"""The one package that hands on what its modules define."""
IMPURE_MODULES = {"os", "random", "secrets", "socket", "subprocess", "tempfile", "time", "uuid"}
CLOCK_CALLS = {"now", "today", "utcnow"}
AWS_CLIENTS = ("boto3", "botocore", "mypy_boto3", "s3transfer")
OBSERVERS = {"aws_lambda_powertools": {"entrypoint", "router_entrypoint"}, "aws_xray_sdk": {"entrypoint"}}
"""Which files of `handlers` may import them."""
PLACES = re.compile(r"localemu|localstack|localhost|127\.0\.0\.1|emulator", re.IGNORECASE)


def breaches(source: str, room: str, file: str = "some_file", wing: str = "") -> list[str]:
    """What one file of a room may not do, each as a sentence; `wing` is the file's part of core."""
    tree = ast.parse(source)
    found = [breach for module in imported(tree) for breach in of_import(module, room, file)]
    found += [breach for module in imported(tree) for breach in of_wing(module, wing)]
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


def of_wing(module: str, wing: str) -> Iterator[str]:
    """An import of core must lead to a lower floor, or stay in its wing."""
    parts = module.split(".")
    if wing and parts[:2] == ["hotplug", "core"] and len(parts) > 2 and parts[2] != wing:
        if parts[2] not in FLOOR_OF:
            yield f"{wing} imports {parts[2]}, which is no wing of core"
        elif FLOOR_OF[parts[2]] >= FLOOR_OF[wing]:
            yield (
                f"{wing} on floor {FLOOR_OF[wing]} imports {parts[2]} on floor {FLOOR_OF[parts[2]]} of core"
            )


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
    found = [
        f"{file.relative_to(PACKAGE)}: {each}"
        for file in files
        for each in breaches(file.read_text(), room, file.stem, wing_of(file))
    ]
    assert files
    assert found == []


def wing_of(file: Path) -> str:
    """The wing of a file of core; empty for others, and for the package itself."""
    room, part, *_ = (*file.relative_to(PACKAGE).with_suffix("").parts, "")
    return part if room == "core" and part != "__init__" else ""


def test_core_has_the_wings_that_the_floors_name_and_no_others() -> None:
    rooms = {path.stem for path in (PACKAGE / "core").iterdir()} - {"__pycache__", "__init__"}
    assert rooms == set(FLOOR_OF)


def test_the_architecture_page_draws_the_same_floors() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    rows = re.findall(r"^\| (\d) \| (.+?) \|", page, re.MULTILINE)
    drawn = {int(floor): set(re.findall(r"`(\w+)(?:\.py|/)`", wings)) for floor, wings in rows}
    assert drawn == dict(enumerate(FLOORS, start=1))


# Modules as a graph


def sources() -> dict[str, str]:
    """The text of every module of the product, by its name below `hotplug`."""
    files = sorted(PACKAGE.rglob("*.py"))
    return {
        ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): file.read_text()
        for file in files
    }


def names_from(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each name that a module takes from another of the product: ("core.plan.plan", "Plan")."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=names) if module.startswith("hotplug."):
                yield from ((module.removeprefix("hotplug."), each.name) for each in names)


def circle(modules: Mapping[str, str]) -> list[str]:
    """Modules that import each other in a ring, types and late imports too; empty where there is none."""
    arrows = {
        name: [
            f"{origin}.{taken}" if f"{origin}.{taken}" in modules else origin
            for origin, taken in names_from(ast.parse(text))
        ]
        for name, text in modules.items()
    }
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []


def defined(tree: ast.Module) -> set[str]:
    """Names that a module makes itself."""
    found: set[str] = set()
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.TypeAlias(name=ast.Name(id=name)):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {
                    name.id for each in targets for name in ast.walk(each) if isinstance(name, ast.Name)
                }
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return found


def handed_on(modules: Mapping[str, str]) -> list[str]:
    """Imports of a name from a module that does not define it; the face of the evidence may hand on."""
    trees = {name: ast.parse(text) for name, text in modules.items()}
    return [
        f"{name} takes {taken} from {origin}, which does not define it"
        for name, tree in trees.items()
        for origin, taken in names_from(tree)
        if origin != FACE and f"{origin}.{taken}" not in modules and taken not in defined(trees[origin])
    ]


def test_no_module_of_the_product_is_in_a_circle() -> None:
    assert circle(sources()) == []


def test_no_module_hands_on_what_another_defines() -> None:
    assert handed_on(sources()) == []


def test_a_circle_is_found_and_named() -> None:
    modules = {
        "core.plan.plan": "from hotplug.core.plan.target import PlannedTarget",
        "core.plan.target": "def f():\n from hotplug.core.plan import plan",
    }
    assert set(circle(modules)) == set(modules)


def test_a_circle_put_into_the_product_is_found() -> None:
    modules = sources()
    modules["core.resources.alias"] += "\nfrom hotplug.core.rollout.decision import judge\n"
    assert "core.resources.alias" in circle(modules)


def test_a_name_that_is_handed_on_is_found() -> None:
    modules = {
        "core.plan.plan": "from hotplug.core.spec.steps import Step",
        "core.spec.steps": "class Step: ...",
        "handlers.shift": "from hotplug.core.plan.plan import Step",
    }
    assert handed_on(modules) == ["handlers.shift takes Step from core.plan.plan, which does not define it"]


def test_the_package_has_only_these_rooms() -> None:
    assert {folder.name for folder in PACKAGE.iterdir() if folder.is_dir()} - {"__pycache__"} == set(SEES)
    assert [file.name for file in PACKAGE.glob("*.py")] == ["__init__.py"]


def test_packages_hold_a_line_of_documentation_and_no_code() -> None:
    packages = {
        ".".join(file.parent.relative_to(PACKAGE).parts): ast.parse(file.read_text()).body
        for file in PACKAGE.rglob("__init__.py")
    }
    assert FACE in packages
    assert [name for name, body in packages.items() if name != FACE and len(body) != 1] == []


def test_the_aws_on_this_machine_imports_nothing_of_hotplug() -> None:
    files = sorted((ROOT / "local/aws").rglob("*.py"))
    taken = {
        f"{file.relative_to(ROOT)}: {module}"
        for file in files
        for module in imported(ast.parse(file.read_text()))
        if module.startswith(("hotplug.", "tests.", "cli.")) or re.match(r"local\.(?!aws\.)", f"{module}.")
    }
    assert files
    assert taken == set()


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
            "aws",
            "from hotplug.activities.record import record",
            "aws imports hotplug.activities",
            id="aws to activities",
        ),
        pytest.param(
            "activities",
            "from hotplug.handlers.plan import plan",
            "activities imports hotplug.handlers",
            id="activities to handlers",
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
    ("wing", "source", "breach"),
    [
        pytest.param(
            "spec",
            "from hotplug.core.plan.plan import Plan",
            "spec on floor 4 imports plan on floor 5 of core",
            id="an arrow up",
        ),
        pytest.param(
            "plan",
            "def f():\n from hotplug.core.request.strategy import Strategy",
            "plan on floor 5 imports request on floor 5 of core",
            id="a neighbour, imported late",
        ),
        pytest.param(
            "errors",
            "from hotplug.core import parsing",
            "errors on floor 1 imports parsing on floor 2 of core",
            id="a wing as a name",
        ),
        pytest.param(
            "plan",
            "from hotplug.core.helpers import more",
            "plan imports helpers, which is no wing of core",
            id="a wing that nobody drew",
        ),
        pytest.param("rollout", "from hotplug.core.plan.plan import Plan", None, id="down"),
        pytest.param("plan", "from hotplug.core.plan.target import PlannedTarget", None, id="within a wing"),
    ],
)
def test_core_is_walked_down_its_floors_only(wing: str, source: str, breach: str | None) -> None:
    assert breaches(source, "core", wing=wing) == ([breach] if breach else [])


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
