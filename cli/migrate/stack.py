"""Intrinsic functions of a template, resolved as far as the template and the given values allow."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotplug.core.parsing.problem import MisfitError, shown

type Json = Mapping[str, Any]

NO_VALUE: Final = object()
"""The value of `AWS::NoValue`: the property counts as absent."""
NAMED_BY = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::CompositeAlarm": "AlarmName",
    "AWS::CodeDeploy::DeploymentConfig": "DeploymentConfigName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Serverless::Function": "FunctionName",
}
"""Resource types whose `Ref` is their name, and the property with the name."""
SUBSTITUTE = re.compile(r"\$\{([^!}][^}]*)\}")
LATER = "{{resolve:"
"""Prefix of a dynamic reference, which CloudFormation resolves at deployment."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A template with values: `given` has those of parameters, names of resources, or `AWS::StackName`."""

    template: Json
    given: Mapping[str, str]

    def resolved(self, value: object) -> Any:
        """Resolve a value, but not its parts; the MisfitError names the value to give."""
        if not isinstance(value, Mapping) or len(value) != 1:
            return value
        [(name, argument)] = value.items()
        if name not in FUNCTIONS and str(name).startswith("Fn::"):
            raise MisfitError(f"a value in its place: only CloudFormation knows what {name} comes to")
        try:
            return FUNCTIONS[name](self, argument) if name in FUNCTIONS else value
        except RecursionError:
            raise MisfitError("what does not refer to itself") from None

    def text(self, value: object) -> str:
        """Resolve a string; raises MisfitError if only CloudFormation knows it."""
        found = self.resolved(value)
        if isinstance(found, str) and found.startswith(LATER):
            raise MisfitError("a text in its place: this one is looked up when CloudFormation deploys")
        if isinstance(found, str) and found:
            return found
        raise MisfitError("a text")

    def flag(self, value: object) -> bool:
        """Resolve a boolean, which may be a string."""
        found = _said(self.resolved(value)).lower()
        if found in {"true", "false"}:
            return found == "true"
        raise MisfitError("true or false")

    def listed(self, value: object) -> list[Any]:
        """Resolve a list without its `AWS::NoValue` items; its other items stay unresolved."""
        found = self.resolved(value)
        if found is NO_VALUE:
            return []
        if not isinstance(found, list):
            raise MisfitError("a list")
        return [item for item in found if item != {"Ref": "AWS::NoValue"}]

    def part(self, name: str) -> Json:
        """Return a section of the template; empty without one."""
        part = self.template.get(name)
        return part if isinstance(part, Mapping) else {}

    def entry(self, part: str, name: object) -> Json:
        """Return an entry of a section; empty without one."""
        found = self.part(part).get(str(name))
        return found if isinstance(found, Mapping) else {}

    def unknown_names(self) -> list[str]:
        """Return the given names that the template does not have."""
        known = {"AWS::", *self.part("Parameters"), *self.part("Resources")}
        heads = {name: "AWS::" if name.startswith("AWS::") else name.split(".")[0] for name in self.given}
        return [name for name, head in heads.items() if head not in known]

    def holds(self, condition: object) -> bool:
        """Whether a condition holds, given by name or inline."""
        match condition:
            case str() if condition in self.part("Conditions"):
                return self.holds(self.part("Conditions")[condition])
            case {"Fn::Equals": [one, other]}:
                return _said(self.resolved(one)) == _said(self.resolved(other))
            case {"Fn::Not": [inner]}:
                return not self.holds(inner)
            case {"Fn::And": [*inner]}:
                return all(self.holds(each) for each in inner)
            case {"Fn::Or": [*inner]}:
                return any(self.holds(each) for each in inner)
            case {"Condition": str(name)}:
                return self.holds(name)
        raise MisfitError(f"a condition of the template; {shown(condition)} is none")

    def name(self, logical_id: str) -> str:
        """Return a resource's name from its properties."""
        resource = self.entry("Resources", logical_id)
        key, properties = NAMED_BY.get(str(resource.get("Type"))), resource.get("Properties")
        if key and isinstance(properties, Mapping) and key in properties:
            return self.text(properties[key])
        why = f"without {key}, CloudFormation makes up its name" if key else "the template does not say it"
        raise MisfitError(f"{logical_id}=NAME given beside the template: {why}")


def _said(value: object) -> str:
    """Format a value as CloudFormation does in a string."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _ref(stack: Stack, name: object) -> Any:
    if name == "AWS::NoValue":
        return NO_VALUE
    if not isinstance(name, str):
        raise MisfitError("a Ref to a name")
    parameter = stack.entry("Parameters", name)
    kind = str(parameter.get("Type"))
    if not parameter and name not in stack.given:
        return stack.name(name)
    if name not in stack.given and ("Default" not in parameter or kind.startswith("AWS::SSM::")):
        why = "Parameter Store holds its value" if "Default" in parameter else "that parameter has no default"
        raise MisfitError(f"{name}=VALUE given beside the template: {why}")
    value = stack.given.get(name, parameter.get("Default"))
    is_list = kind.startswith(("CommaDelimitedList", "List<"))
    return [item.strip() for item in str(value).split(",")] if is_list else value


def _attribute(stack: Stack, argument: object) -> Any:
    """Resolve an attribute. An ARN becomes the name in it: alarms and functions accept either."""
    match argument.split(".", 1) if isinstance(argument, str) else argument:
        case [str(logical_id), str(attribute)]:
            full = f"{logical_id}.{attribute}"
            if full not in stack.given and attribute != "Arn":
                raise MisfitError(f"{full}=VALUE given beside the template")
            return stack.given[full] if full in stack.given else _ref(stack, logical_id)
    raise MisfitError("a resource and an attribute")


def _substituted(stack: Stack, argument: object) -> str:
    text, values = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
    if not isinstance(text, str) or not isinstance(values, Mapping):
        raise MisfitError("a text, or a text and values")

    def value(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name in values:
            return stack.text(values[name])
        if "." in name and name not in stack.given:
            raise MisfitError(f"{name}=VALUE given beside the template")
        return _said(_ref(stack, name))

    return SUBSTITUTE.sub(value, text).replace("${!", "${")


def _joined(stack: Stack, argument: object) -> str:
    match argument:
        case [str(between), parts]:
            return between.join(_said(stack.resolved(part)) for part in stack.listed(parts))
    raise MisfitError("a separator and a list")


def _split(stack: Stack, argument: object) -> list[str]:
    match argument:
        case [str(between), text] if between:
            return stack.text(text).split(between)
    raise MisfitError("a separator and a text")


def _selected(stack: Stack, argument: object) -> Any:
    match argument:
        case [int() | str() as at, items] if str(at).isdecimal():
            found = stack.listed(items)
            if int(at) < len(found):
                return stack.resolved(found[int(at)])
    raise MisfitError("an index and a list that is long enough")


def _mapped(stack: Stack, argument: object) -> Any:
    match argument:
        case [name, first, second]:
            row = stack.entry("Mappings", stack.text(name)).get(stack.text(first))
            if isinstance(row, Mapping) and (key := stack.text(second)) in row:
                return row[key]
    raise MisfitError("an entry of Mappings; there is none by these keys")


def _chosen(stack: Stack, argument: object) -> Any:
    match argument:
        case [str(condition), then, otherwise]:
            return stack.resolved(then if stack.holds(condition) else otherwise)
    raise MisfitError("a condition and two values")


FUNCTIONS: Mapping[str, Callable[[Stack, Any], Any]] = {
    "Ref": _ref,
    "Fn::FindInMap": _mapped,
    "Fn::GetAtt": _attribute,
    "Fn::If": _chosen,
    "Fn::Join": _joined,
    "Fn::Select": _selected,
    "Fn::Split": _split,
    "Fn::Sub": _substituted,
}
