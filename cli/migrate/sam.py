"""SAM template as policies, one for each function with a DeploymentPreference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.migrate.converted import ANOTHER_WAY, Converted, Policy, a_request, misfits
from cli.migrate.stack import NO_VALUE, Stack
from hotplug.core.parsing.fields import Fields
from hotplug.core.parsing.problem import MisfitError, Problem, shown

FUNCTION = "AWS::Serverless::Function"
STATE_MACHINE = "AWS::Serverless::StateMachine"
CONFIGURATION = "AWS::CodeDeploy::DeploymentConfig"
PREFERENCE = "DeploymentPreference"
LEFT_OUT = {
    "Role": "each of hotplug's functions has a role of its own",
    "TriggerConfigurations": "hotplug tells its topic and EventBridge of every transition",
    "PassthroughCondition": "there is no deployment group that could need the condition",
}
"""Settings that a policy has no field for, and why."""
KEYS = ("Type", "Alarms", "Hooks", "Enabled", *LEFT_OUT)
ROUTINGS = {
    "TimeBasedCanary": ("canary", "CanaryPercentage", "bake", "CanaryInterval"),
    "TimeBasedLinear": ("linear", "LinearPercentage", "every", "LinearInterval"),
}


@dataclass(slots=True)
class _Findings:
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def from_template(template: Mapping[str, Any], given: Mapping[str, str]) -> Converted:
    """Convert every policy of the template with these values."""
    stack, found = Stack(template, given), _Findings()
    known = "the name of a parameter or a resource of the template, or AWS::StackName and the like"
    found.problems.extend(Problem(name, "a value", known) for name in stack.unknown_names())
    policies = [policy for name in stack.part("Resources") if (policy := _whole(stack, name, found))]
    if not policies and not found.problems:
        found.notes.append(f"no {FUNCTION} has a {PREFERENCE} that is enabled")
    return Converted(tuple(policies), tuple(found.notes), tuple(found.problems))


def _whole(stack: Stack, logical_id: str, found: _Findings) -> Policy | None:
    """Return a resource's policy if it has one without problems."""
    before = len(found.problems)
    policy = _policy_of(stack, logical_id, found)
    return policy if len(found.problems) == before else None


def _policy_of(stack: Stack, logical_id: str, found: _Findings) -> Policy | None:
    resource = stack.entry("Resources", logical_id)
    own, kind = resource.get("Properties"), resource.get("Type")
    if not isinstance(own, Mapping):
        own = {}
    if kind == STATE_MACHINE and PREFERENCE in own:
        found.notes.append(f"{logical_id}: left out, CloudFormation moves the alias of a state machine")
    if kind != FUNCTION:
        return None
    properties = _merged(stack.entry("Globals", "Function"), own)
    fields = Fields(properties, logical_id, found.problems, tuple(properties))
    try:
        exists = "Condition" not in resource or stack.holds(resource["Condition"])
        preference = stack.resolved(properties.get(PREFERENCE, NO_VALUE)) if exists else NO_VALUE
    except MisfitError as misfit:
        fields.fail(PREFERENCE, "what depends on a value", str(misfit))
        return None
    if preference is NO_VALUE:
        return None
    asked = Fields(preference, fields.path(PREFERENCE), found.problems, KEYS)
    if not asked.take("Enabled", stack.flag, True):
        found.notes.append(f"{logical_id}: left out, its {PREFERENCE} is not enabled")
        return None
    return _policy(stack, logical_id, fields, asked, found)


def _policy(stack: Stack, logical_id: str, fields: Fields, asked: Fields, found: _Findings) -> Policy | None:
    before = len(found.problems)
    hooks = asked.inner("Hooks", _hooks, Fields({}, asked.path("Hooks"), found.problems, ()))
    policy = a_request(
        _function(stack, logical_id, fields),
        fields.need("AutoPublishAlias", stack.text),
        strategy=asked.need("Type", lambda value: _strategy(stack, value)),
        alarms=_alarms(stack, asked),
        before=hooks.take("PreTraffic", stack.text),
        after=hooks.take("PostTraffic", stack.text),
    )
    origin = {
        "function": fields.path("FunctionName"),
        "alias": fields.path("AutoPublishAlias"),
        "strategy": asked.path("Type"),
        "alarms": asked.path("Alarms"),
        "hooks.beforeTraffic": hooks.path("PreTraffic"),
        "hooks.afterTraffic": hooks.path("PostTraffic"),
    }
    if len(found.problems) == before:
        found.problems.extend(misfits(policy, origin))
    found.notes.extend(
        f"{logical_id}: {key} left out, {why}" for key, why in LEFT_OUT.items() if asked.has(key)
    )
    if "hooks" in policy:
        found.notes.append(f"{logical_id}: {ANOTHER_WAY}")
    return policy


def _hooks(value: object, path: str, problems: list[Problem]) -> Fields:
    return Fields(value, path, problems, ("PreTraffic", "PostTraffic"))


def _function(stack: Stack, logical_id: str, fields: Fields) -> str | None:
    """Return the function's name. If the template does not set it, it can be given for the logical id."""
    try:
        return stack.text({"Ref": logical_id})
    except MisfitError as misfit:
        name = fields.get("FunctionName")
        fields.fail("FunctionName", "nothing" if name is None else shown(name), str(misfit))
        return None


def _alarms(stack: Stack, asked: Fields) -> list[str]:
    named: list[str] = []
    items: list[Any] = asked.take("Alarms", stack.listed, [])
    for at, item in enumerate(items):
        try:
            if stack.resolved(item) is not NO_VALUE:
                named.append(stack.text(item))
        except MisfitError as misfit:
            asked.problems.append(Problem(f"{asked.path('Alarms')}[{at}]", shown(item), str(misfit)))
    return named


def _strategy(stack: Stack, value: object) -> str | Policy:
    """Convert a strategy by name; a configuration defined in the template is converted in full."""
    name = value.get("Ref") if isinstance(value, Mapping) else None
    configuration = stack.entry("Resources", name)
    if configuration.get("Type") != CONFIGURATION or name in stack.given:
        return stack.text(value)
    properties = configuration.get("Properties")
    routing = properties.get("TrafficRoutingConfig") if isinstance(properties, Mapping) else None
    kind = stack.text(routing.get("Type")) if isinstance(routing, Mapping) else ""
    if kind == "AllAtOnce":
        return kind
    detail = routing.get(kind) if isinstance(routing, Mapping) else None
    if kind not in ROUTINGS or not isinstance(detail, Mapping):
        raise MisfitError(f"a configuration of Lambda's, which has one of AllAtOnce, {', '.join(ROUTINGS)}")
    ours, percentage, time, interval = ROUTINGS[kind]
    percent, minutes = stack.resolved(detail.get(percentage)), stack.resolved(detail.get(interval))
    return {"type": ours, "percent": percent, time: f"{minutes}m"}


def _merged(shared: Any, own: Any) -> Any:
    """Merge Globals into a function as SAM does: objects by key, lists joined, other values replaced."""
    if _is_object(shared) and _is_object(own):
        both = {key: _merged(shared[key], own[key]) for key in shared if key in own}
        return {**shared, **own, **both}
    if isinstance(shared, list) and isinstance(own, list):
        return [*shared, *own]
    return own


def _is_object(value: Any) -> bool:
    """Whether a value is a plain object. An intrinsic function is not: it stands for one value."""
    return isinstance(value, Mapping) and not (
        len(value) == 1 and str(next(iter(value))).startswith(("Ref", "Fn::", "Condition"))
    )
