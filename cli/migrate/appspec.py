"""CodeDeploy AppSpec for Lambda as one request for its target version."""

from collections.abc import Mapping, Sequence
from typing import Any

from cli.migrate.converted import ANOTHER_WAY, Converted, a_request, misfits
from hotplug.core.parsing.fields import Fields, text
from hotplug.core.parsing.problem import MisfitError, Problem, shown

PARTS = ("version", "Resources", "Hooks")
PROPERTIES = ("Name", "Alias", "CurrentVersion", "TargetVersion")
HOOKS = ("BeforeAllowTraffic", "AfterAllowTraffic")
GROUP = ("DeploymentConfigName", "Alarms")
"""Settings of the deployment group, which an AppSpec lacks; given on the command line."""
LAMBDA = "AWS::Lambda::Function"
NO_STRATEGY = (
    "the strategy is the deployment group's, not the AppSpec's: give DeploymentConfigName=NAME, "
    "or hotplug's default holds"
)
NOT_COMPARED = "CurrentVersion left out, hotplug goes back to the version that it finds behind the alias"

_name = text(longest=200)


def is_appspec(value: Mapping[str, Any]) -> bool:
    """Whether this is an AppSpec, of any platform. Only Lambda's can be converted."""
    keys = {str(key).lower() for key in value}
    return "version" in keys and bool(keys & {"resources", "os", "files"})


def from_appspec(value: Mapping[str, Any], given: Mapping[str, str]) -> Converted:
    """Convert an AppSpec of one function. Keys may have any case, as in CodeDeploy's own documentation."""
    problems: list[Problem] = []
    spec = _fields(value, "", problems, PARTS)
    group = Fields(given, "", problems, GROUP)
    resource = _fields(_only(spec), "Resources", problems, ("Type", "Properties"))
    if resource.has("Type") and resource.get("Type") != LAMBDA:
        resource.fail("Type", shown(resource.get("Type")), LAMBDA)
    properties = _fields(resource.get("Properties") or {}, resource.path("Properties"), problems, PROPERTIES)
    hooks = _fields(_hooks(spec.get("Hooks")), "Hooks", problems, HOOKS)
    request = a_request(
        properties.need("Name", _name),
        properties.need("Alias", _name),
        version=properties.need("TargetVersion", _version),
        strategy=group.take("DeploymentConfigName", _name),
        alarms=[name.strip() for name in given.get("Alarms", "").split(",") if name.strip()],
        before=hooks.take("BeforeAllowTraffic", _name),
        after=hooks.take("AfterAllowTraffic", _name),
    )
    if not problems:
        problems.extend(misfits(request, _origin(properties, hooks)))
    notes = [
        *([] if "strategy" in request else [NO_STRATEGY]),
        *([NOT_COMPARED] if properties.has("CurrentVersion") else []),
        *([ANOTHER_WAY] if "hooks" in request else []),
    ]
    return Converted(() if problems else (request,), tuple(notes), tuple(problems))


def _origin(properties: Fields, hooks: Fields) -> dict[str, str]:
    return {
        "function": properties.path("Name"),
        "alias": properties.path("Alias"),
        "source.version": properties.path("TargetVersion"),
        "strategy": "DeploymentConfigName",
        "alarms": "Alarms",
        "hooks.beforeTraffic": hooks.path("BeforeAllowTraffic"),
        "hooks.afterTraffic": hooks.path("AfterAllowTraffic"),
    }


def _fields(value: object, path: str, problems: list[Problem], known: Sequence[str]) -> Fields:
    """Read fields whose keys may have any case."""
    spelt = {name.lower(): name for name in known}
    if isinstance(value, Mapping):
        value = {spelt.get(str(key).lower(), str(key)): item for key, item in value.items()}
    return Fields(value, path, problems, known)


def _only(spec: Fields) -> object:
    """Return the only resource, from a list or an object of named resources."""
    listed = spec.get("Resources")
    items = listed if isinstance(listed, list) else [listed]
    resources = [found for item in items if isinstance(item, Mapping) for found in item.values()]
    if len(resources) == 1:
        return resources[0]
    given = f"{len(resources)} resources" if resources else shown(listed) if listed else "nothing"
    spec.fail("Resources", given, "one function under a name of its own")
    return {}


def _hooks(value: object) -> object:
    """Merge a list of objects with one hook each; a single object stays."""
    if not isinstance(value, list):
        return value or {}
    return {key: hook for item in value if isinstance(item, Mapping) for key, hook in item.items()}


def _version(value: object) -> str:
    """Read a version; YAML reads an unquoted one as a number."""
    if isinstance(value, int | str) and not isinstance(value, bool) and str(value):
        return str(value)
    raise MisfitError("the number of a published version")
