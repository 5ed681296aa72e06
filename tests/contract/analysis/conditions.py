"""What CloudFormation makes of a template under given parameters: by its rules and conditions."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

type Template = dict[str, Any]
type Values = Mapping[str, Any]

NOTHING = {"Ref": "AWS::NoValue"}


def resolved(template: Template, **parameters: str) -> Template:
    """The template without what its conditions leave out. References stay as they are."""
    values = _values(template, parameters)

    def is_there(part: Any) -> bool:
        return "Condition" not in part or _truth({"Condition": part["Condition"]}, template, values)

    sections = {
        name: {key: part for key, part in template.get(name, {}).items() if is_there(part)}
        for name in ("Resources", "Outputs")
    }
    left: Template = _left(template | sections, template, values)
    return left


def broken_rules(template: Template, **parameters: str) -> list[str]:
    """What CloudFormation says before it does anything."""
    values = _values(template, parameters)
    return [
        assertion["AssertDescription"]
        for rule in template.get("Rules", {}).values()
        if _truth(rule["RuleCondition"], template, values)
        for assertion in rule["Assertions"]
        if not _truth(assertion["Assert"], template, values)
    ]


def dangling(template: Template) -> set[str]:
    """Names that something refers to, though they are no more there."""
    known = template["Resources"].keys() | template["Parameters"].keys()
    named = set(_named([template["Resources"], template["Outputs"]]))
    named = {name.removesuffix("Aliaslive") for name in named}  # so SAM calls the aliases that it makes
    return {name for name in named - known if not name.startswith("AWS::")}


def _values(template: Template, parameters: Mapping[str, str]) -> Values:
    assert parameters.keys() <= template["Parameters"].keys()
    texts = {
        name: parameters.get(name, parameter.get("Default"))
        for name, parameter in template["Parameters"].items()
    }
    lists = {
        name: str(texts[name]).split(",")
        for name, parameter in template["Parameters"].items()
        if parameter["Type"] == "CommaDelimitedList"
    }
    return texts | lists


def _truth(node: Any, template: Template, values: Values) -> bool:
    def value(of: Any) -> Any:
        return values[of["Ref"]] if isinstance(of, dict) else of

    match node:
        case {"Condition": name}:
            return _truth(template["Conditions"][name], template, values)
        case {"Fn::Not": [inner]}:
            return not _truth(inner, template, values)
        case {"Fn::Equals": [one, other]}:
            return bool(value(one) == value(other))
        case {"Fn::EachMemberEquals": [members, text]}:
            return all(member == text for member in value(members))
        case _:
            raise AssertionError(f"{node} is a condition that is not understood here")


def _left(node: Any, template: Template, values: Values) -> Any:
    match node:
        case {"Fn::If": [condition, then, otherwise]}:
            taken = then if _truth({"Condition": condition}, template, values) else otherwise
            return _left(taken, template, values)
        case dict():
            left = {key: _left(part, template, values) for key, part in node.items()}
            return {key: part for key, part in left.items() if part != NOTHING}
        case list():
            return [part for item in node if (part := _left(item, template, values)) != NOTHING]
        case _:
            return node


def _named(node: Any) -> Iterator[str]:
    match node:
        case {"Ref": str(name)}:
            yield name.split(".")[0]  # SAM makes more out of a resource: Function.Version
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from (name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text))
        case dict():
            yield from (name for part in node.values() for name in _named(part))
        case list():
            yield from (name for part in node for name in _named(part))
