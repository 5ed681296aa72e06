"""Reads the product's source for what a handler can reach, without running it."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from tests.contract.analysis.template import ROOT

PACKAGE = ROOT / "functions" / "hotplug"


@dataclass(frozen=True, slots=True)
class Place:
    """One function of the product: its module below `hotplug`, such as `handlers.shift`, and its name."""

    module: str
    name: str


@cache
def module_tree(module: str) -> ast.Module:
    """Of a package it is what its `__init__` says."""
    path = PACKAGE.joinpath(*module.split("."))
    return ast.parse((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text())


def handlers() -> list[str]:
    """Files that are a Lambda: they bind a use case to `handler`."""
    names = sorted(file.stem for file in (PACKAGE / "handlers").glob("*.py"))
    return [name for name in names if use_case(name)]


def use_case(handler: str) -> str | None:
    """The function that `handler = entrypoint(...)` binds."""
    for node in module_tree(f"handlers.{handler}").body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id="handler")],
                value=ast.Call(func=ast.Name(id="entrypoint"), args=[ast.Name(id=name)]),
            ):
                return name
    return None


def reached(handler: str) -> dict[Place, ast.FunctionDef]:
    """The use case of a handler and every function of the product that it leads to, other rooms' too."""
    name = use_case(handler)
    assert name, f"{handler} binds no use case"
    found: dict[Place, ast.FunctionDef] = {}
    waiting = [Place(f"handlers.{handler}", name)]
    while waiting:
        place = waiting.pop()
        definition = functions(place.module).get(place.name)
        if place not in found and definition:
            found[place] = definition
            waiting += _mentioned(definition, place)
        elif not definition and place.name in imports(place.module):  # a package hands it on
            waiting.append(imports(place.module)[place.name])
    return found


@cache
def functions(module: str) -> Mapping[str, ast.FunctionDef]:
    """The functions of a module, methods as `Class.method`, those that a class inherits too."""
    found: dict[str, ast.FunctionDef] = {}
    for node in module_tree(module).body:
        match node:
            case ast.FunctionDef(name=name):
                found[name] = node
            case ast.ClassDef(name=name, body=body, bases=bases):
                found |= _inherited(module, name, bases)
                found |= {f"{name}.{each.name}": each for each in body if isinstance(each, ast.FunctionDef)}
    return found


def _inherited(module: str, name: str, bases: list[ast.expr]) -> Iterator[tuple[str, ast.FunctionDef]]:
    """From classes of other modules of the product."""
    for base in bases:
        origin = imports(module).get(base.id) if isinstance(base, ast.Name) else None
        for inherited, definition in functions(origin.module).items() if origin else ():
            owner, _, method = inherited.partition(".")
            if origin and owner == origin.name:
                yield f"{name}.{method}", definition


@cache
def imports(module: str) -> Mapping[str, Place]:
    """Names that a module has from elsewhere in the product."""
    found: dict[str, Place] = {}
    for node in ast.walk(module_tree(module)):
        match node:
            case ast.ImportFrom(module=str(origin), names=names) if origin.startswith("hotplug."):
                here = origin.removeprefix("hotplug.")
                found |= {each.asname or each.name: Place(here, each.name) for each in names}
    return found


@cache
def instances(module: str) -> Mapping[str, Place]:
    """Names that a module binds to an object of a class of the product, like `views = Views()`."""
    found: dict[str, Place] = {}
    for node in module_tree(module).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=made))):
                place = imports(module).get(made, Place(module, made))
                if place.name in _classes(place.module):
                    found[name] = place
    return found


@cache
def _classes(module: str) -> frozenset[str]:
    return frozenset(node.name for node in module_tree(module).body if isinstance(node, ast.ClassDef))


def _mentioned(definition: ast.FunctionDef, place: Place) -> Iterator[Place]:
    """Functions, static methods like `Progress.from_event`, methods of `self` and of instances, by name."""
    module, (own, _, _) = place.module, place.name.partition(".")
    for node in ast.walk(definition):
        match node:
            case ast.Name(id=name):
                yield imports(module).get(name, Place(module, name))
            case ast.Attribute(value=ast.Name(id="self"), attr=method):
                yield Place(module, f"{own}.{method}")
            case ast.Attribute(value=ast.Name(id=name), attr=method):
                named = imports(module).get(name, Place(module, name))
                owner = instances(named.module).get(named.name, named)
                yield Place(owner.module, f"{owner.name}.{method}")
