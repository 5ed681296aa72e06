"""A deployment as somebody asked for it: untrusted JSON in, a `Request` or all of its problems out."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from hotplug.core.problem import MisfitError, Problem, shown
from hotplug.core.reading import Fields, flag, one_of, text, whole
from hotplug.core.smoke import Smoke, read_smoke
from hotplug.core.strategy import DEFAULT_STEPS, Steps, read_strategy
from hotplug.core.target import ALIAS, FUNCTION, VERSION, Target

BUCKET = re.compile(r"[a-zA-Z0-9._-]{2,62}[a-zA-Z0-9_-]")
ALARM_ARN = re.compile(r"arn:[a-z-]+:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:(?P<name>.{1,255})")
DEFAULT_ALIAS = "live"
DEFAULT_POLL_SECONDS = 30
MOST_TARGETS = 50
MOST_ALARMS = 100
LONGEST_ALARM_NAME = 255
MOST_SMOKE = 60_000
"""Characters as JSON."""
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Characters that CloudWatch has in no name."""
KEYS = (
    "function",
    "functions",
    "alias",
    "source",
    "strategy",
    "smoke",
    "alarms",
    "pollSeconds",
    "onBusy",
    "force",
    "reason",
    "requestedBy",
)


@dataclass(frozen=True, slots=True)
class Latest:
    """Publish what $LATEST holds now."""


@dataclass(frozen=True, slots=True)
class Existing:
    """A version that exists already: going back, or forward, on purpose."""

    version: str


@dataclass(frozen=True, slots=True)
class Package:
    """A zip in S3; without a version id the object's current version is meant."""

    bucket: str
    key: str
    version_id: str | None = None


type Source = Latest | Existing | Package


@dataclass(frozen=True, slots=True)
class WantedTarget:
    """A target and where its candidate comes from."""

    target: Target
    source: Source
    smoke: tuple[Smoke, ...] = ()


@dataclass(frozen=True, slots=True)
class WantedAlarm:
    """An alarm as it was asked for: a name, or an ARN whose name part is the name."""

    name: str
    arn: str | None = None


class OnBusy(StrEnum):
    """What a deployment does while another one moves a target of its own."""

    REJECT = "reject"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose fields are all of the right kind; whether AWS can do it is for the plan to find out."""

    targets: tuple[WantedTarget, ...]
    steps: Steps
    alarms: tuple[WantedAlarm, ...] = ()
    poll_seconds: int = DEFAULT_POLL_SECONDS
    on_busy: OnBusy = OnBusy.REJECT
    force: bool = False
    reason: str = ""
    requested_by: str = ""


def read_request(value: object) -> Request | tuple[Problem, ...]:
    """The request, or every problem in it."""
    problems: list[Problem] = []
    fields = Fields(value, "", problems, KEYS)
    if not isinstance(value, Mapping):
        return tuple(problems)
    request = Request(
        targets=_targets(fields),
        steps=fields.inner("strategy", read_strategy, DEFAULT_STEPS),
        alarms=fields.inner("alarms", _alarms, ()),
        poll_seconds=fields.take("pollSeconds", whole(1, 3600), DEFAULT_POLL_SECONDS),
        on_busy=OnBusy(fields.take("onBusy", one_of(*OnBusy), str(OnBusy.REJECT))),
        force=fields.take("force", flag, False),
        reason=fields.take("reason", text(longest=500), ""),
        requested_by=fields.take("requestedBy", text(longest=200), ""),
    )
    return tuple(problems) or request


def source_json(source: Source) -> dict[str, str]:
    """The source as a request spells it; empty for $LATEST."""
    match source:
        case Latest():
            return {}
        case Existing(version):
            return {"version": version}
        case Package(bucket, key, version_id):
            return {"bucket": bucket, "key": key} | ({"versionId": version_id} if version_id else {})
        case _:
            assert_never(source)


def read_source(value: object, path: str, problems: list[Problem]) -> Source:
    """A source; $LATEST after a problem, which the caller sees in `problems`."""
    is_version = isinstance(value, Mapping) and "version" in value
    fields = Fields(value, path, problems, ("version",) if is_version else ("bucket", "key", "versionId"))
    if not isinstance(value, Mapping):
        return Latest()
    if is_version:
        version = fields.need("version", version_number)
        return Existing(version) if version else Latest()
    bucket, key = fields.need("bucket", _bucket), fields.need("key", text(longest=1024))
    version_id = fields.take("versionId", text(longest=1024))
    return Package(bucket, key, version_id) if bucket and key else Latest()


def _targets(fields: Fields) -> tuple[WantedTarget, ...]:
    alias = fields.take("alias", _alias, DEFAULT_ALIAS)
    latest: Source = Latest()
    source = fields.inner("source", read_source, latest)
    untried: tuple[Smoke, ...] = ()
    smoke = fields.inner("smoke", read_smoke, untried)
    if fields.has("function") == fields.has("functions"):
        given = "both" if fields.has("function") else "nothing"
        fields.fail("function", given, 'either "function" (one name) or "functions" (a list)')
        return ()
    if fields.has("function"):
        name = fields.need("function", _function)
        wanted: tuple[WantedTarget, ...] = (WantedTarget(Target(name or "", alias), source, smoke),)
    else:
        wanted = _several(fields, alias, source, smoke)
    _refuse_too_much(wanted, fields)
    return wanted


def _several(
    fields: Fields, alias: str, source: Source, smoke: tuple[Smoke, ...]
) -> tuple[WantedTarget, ...]:
    listed = fields.get("functions")
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_TARGETS:
        fields.fail("functions", shown(listed), f"a list of 1 to {MOST_TARGETS} functions")
        return ()
    wanted = []
    for at, item in enumerate(listed):
        path = f"functions[{at}]"
        listed_item = item if isinstance(item, Mapping) else {"name": item}
        own = Fields(listed_item, path, fields.problems, ("name", "source", "smoke"))
        target = Target(own.need("name", _function) or "", alias)
        trials = own.inner("smoke", read_smoke, smoke)
        wanted.append(WantedTarget(target, own.inner("source", read_source, source), trials))
    _refuse_twice(wanted, fields)
    return tuple(wanted)


def _refuse_twice(wanted: Sequence[WantedTarget], fields: Fields) -> None:
    names = [item.target.function for item in wanted]
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        fields.fail("functions", f"{name} {names.count(name)} times", "each function once")


def _refuse_too_much(wanted: Sequence[WantedTarget], fields: Fields) -> None:
    """The plan travels through the machine, whose states take 256 KiB."""
    size = sum(len(json.dumps(smoke.to_json())) for item in wanted for smoke in item.smoke)
    if size > MOST_SMOKE:
        fields.fail("smoke", f"{size:,} characters in all", f"at most {MOST_SMOKE:,} for all functions")


def _alarms(value: object, path: str, problems: list[Problem]) -> tuple[WantedAlarm, ...]:
    if not isinstance(value, list) or len(value) > MOST_ALARMS:
        problems.append(Problem(path, shown(value), f"a list of at most {MOST_ALARMS} alarm names or ARNs"))
        return ()
    read = [_alarm(item) for item in value]
    for at, alarm in enumerate(read):
        if alarm is None:
            problems.append(
                Problem(f"{path}[{at}]", shown(value[at]), "the name or ARN of a CloudWatch alarm")
            )
    return tuple(dict.fromkeys(alarm for alarm in read if alarm))


def _alarm(value: object) -> WantedAlarm | None:
    if not isinstance(value, str) or not value or CONTROL.search(value):
        return None
    if found := ALARM_ARN.fullmatch(value):
        return WantedAlarm(found["name"], value)
    return WantedAlarm(value) if len(value) <= LONGEST_ALARM_NAME and not value.startswith("arn:") else None


def _function(value: object) -> str:
    if isinstance(value, str) and FUNCTION.fullmatch(value):
        return value
    raise MisfitError("the name of a function, 1 to 64 letters, digits, - and _, without ARN or version")


def _alias(value: object) -> str:
    if isinstance(value, str) and ALIAS.fullmatch(value):
        return value
    raise MisfitError("the name of an alias, 1 to 128 letters, digits, - and _, not digits alone")


def _bucket(value: object) -> str:
    if isinstance(value, str) and BUCKET.fullmatch(value):
        return value
    raise MisfitError("the name of a bucket, 3 to 63 letters, digits, ., - and _")


def version_number(value: object) -> str:
    """Of a published version, as Lambda counts them."""
    if isinstance(value, str) and VERSION.fullmatch(value):
        return value
    raise MisfitError('the number of a published version as a text, like "41"; never $LATEST')
