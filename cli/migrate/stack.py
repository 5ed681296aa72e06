"""What a template's intrinsic functions come to, as far as the template and the values given with it say."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotplug.core.parsing.problem import MisfitError, shown

type Json = Mapping[str, Any]

NO_VALUE: Final = object()
"""What `AWS::NoValue` stands for: as if it were not there."""
NAMED_BY = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::CompositeAlarm": "AlarmName",
    "AWS::CodeDeploy::DeploymentConfig": "DeploymentConfigName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Serverless::Function": "FunctionName",
}
"""Resources that a `Ref` names, and the property that holds the name."""
SUBSTITUTE = re.compile(r"\$\{([^!}][^}]*)\}")
LATER = "{{resolve:"
"""How a text begins that CloudFormation looks up elsewhere when it deploys."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A template with values: `given` are those of parameters, names of resources, or `AWS::StackName`."""

    template: Json
    given: Mapping[str, str]

    def resolved(self, value: object) -> Any:
        """The value, but not what is inside it; raises MisfitError that says what to give for it."""
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
        """A text, and nothing that only CloudFormation knows."""
        found = self.resolved(value)
        if isinstance(found, str) and found.startswith(LATER):
            raise MisfitError("a text in its place: this one is looked up when CloudFormation deploys")
        if isinstance(found, str) and found:
            return found
        raise MisfitError("a text")

    def flag(self, value: object) -> bool:
        """true or false, which may be written as a text."""
        found = _said(self.resolved(value)).lower()
        if found in {"true", "false"}:
            return found == "true"
        raise MisfitError("true or false")

    def listed(self, value: object) -> list[Any]:
        """A list without what is `AWS::NoValue`; its items are not resolved otherwise."""
        found = self.resolved(value)
        if found is NO_VALUE:
            return []
        if not isinstance(found, list):
            raise MisfitError("a list")
        return [item for item in found if item != {"Ref": "AWS::NoValue"}]

    def part(self, name: str) -> Json:
        """A section of the template, empty where there is none."""
        part = self.template.get(name)
        return part if isinstance(part, Mapping) else {}

    def entry(self, part: str, name: object) -> Json:
        """An entry of a section, empty where there is none."""
        found = self.part(part).get(str(name))
        return found if isinstance(found, Mapping) else {}

    def unknown_names(self) -> list[str]:
        """What was given though nothing in the template is called so."""
        known = {"AWS::", *self.part("Parameters"), *self.part("Resources")}
        heads = {name: "AWS::" if name.startswith("AWS::") else name.split(".")[0] for name in self.given}
        return [name for name, head in heads.items() if head not in known]

    def holds(self, condition: object) -> bool:
        """Whether a condition, by its name or spelt out, is met."""
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
        """Of a resource, as its properties say it."""
        resource = self.entry("Resources", logical_id)
        key, properties = NAMED_BY.get(str(resource.get("Type"))), resource.get("Properties")
        if key and isinstance(properties, Mapping) and key in properties:
            return self.text(properties[key])
        why = f"without {key}, CloudFormation makes up its name" if key else "the template does not say it"
        raise MisfitError(f"{logical_id}=NAME given beside the template: {why}")


def _said(value: object) -> str:
    """As CloudFormation says it in a text."""
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
    """An ARN is said by the name in it: alarms and functions go by either."""
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
