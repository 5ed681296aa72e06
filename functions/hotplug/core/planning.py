"""Turns a request and the facts into a plan, or into everything that speaks against it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hotplug.core.alias import AliasState
from hotplug.core.errors import UnreadableError
from hotplug.core.facts import LATEST, AlarmColour, AlarmState, Artifact, FunctionState
from hotplug.core.own import is_own
from hotplug.core.plan import Plan, PlannedTarget, WatchedAlarm
from hotplug.core.problem import Problem
from hotplug.core.release import FILE, read_release, unfit
from hotplug.core.request import Existing, Package, Request, WantedAlarm, WantedTarget
from hotplug.core.strategy import Steps
from hotplug.core.wildcards import matches

EVENT_BUDGET = 10_000
"""History events that a deployment may fill; Step Functions ends an execution at 25,000."""
EVENTS_PER_POLL = 9
"""Bake 2, Watch 5, the question after it 2."""
EVENTS_PER_STEP = 16
"""A poll, and a Shift with its question."""
EVENTS_BESIDE_STEPS = 1_200
"""Plan, Claim, a long Publish, Promote, Close, and room for retries."""


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What is known of one target. `latest` is None where the function does not exist.

    `asked_for` is the existing version that the source names. `refusal` says why the package cannot be
    deployed. `held` says that some deployment holds a split alias, so that the claim will settle it.
    `quarantine` says why the candidate's code was rolled back before.
    """

    latest: FunctionState | None
    alias: AliasState | None = None
    stable: FunctionState | None = None
    asked_for: FunctionState | None = None
    artifact: Artifact | None = None
    refusal: str | None = None
    held: bool = False
    quarantine: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Which execution this is: its name, its ARN and the time (ISO 8601).

    `stack` is hotplug's own, with whose name its functions begin, and `definition` the number of the
    machine's definition: both for releases of hotplug itself.
    """

    deployment: str
    execution: str
    now: str
    stack: str = ""
    definition: int = 1


def outside(request: Request, patterns: str) -> tuple[Problem, ...]:
    """Functions that this installation may not deploy; `patterns`, between commas, have IAM's wildcards."""
    names = [wanted.target.function for wanted in request.targets]
    return tuple(
        Problem("function", name, f"functions that match {patterns.replace(',', ' or ')}")
        for name in names
        if not any(matches(pattern, name) for pattern in patterns.split(","))
    )


def make_plan(
    request: Request,
    facts: Mapping[str, TargetFacts],
    alarms: Mapping[str, AlarmState],
    identity: Identity,
) -> Plan | tuple[Problem, ...]:
    """The plan, or all that stands in its way. `facts` by target ("orders:live"), `alarms` by name."""
    problems: list[Problem] = []
    targets = [_planned(wanted, facts[str(wanted.target)], request, problems) for wanted in request.targets]
    problems.extend(_release_problems(request, facts, identity))
    watched = [_watched(alarm, alarms, problems) for alarm in request.alarms]
    if problems:
        return tuple(problems)
    return Plan(
        deployment=identity.deployment,
        execution=identity.execution,
        created_at=identity.now,
        targets=tuple(target for target in targets if target),
        steps=() if all(target and target.stable is None for target in targets) else request.steps,
        alarms=tuple(alarm for alarm in watched if alarm),
        poll_seconds=stretched(request.poll_seconds, request.steps),
        on_busy=request.on_busy,
        force=request.force,
        reason=request.reason,
        requested_by=request.requested_by,
    )


def _release_problems(
    request: Request, facts: Mapping[str, TargetFacts], identity: Identity
) -> Iterator[Problem]:
    """Of packages that are to become hotplug itself; each is looked at once."""
    own = [wanted for wanted in request.targets if is_own(wanted.target.function, identity.stack)]
    packages = {wanted.source: facts[str(wanted.target)].artifact for wanted in own}
    for source, artifact in packages.items():
        if not isinstance(source, Package) or artifact is None:
            continue
        try:
            problem = unfit(read_release(artifact.release), identity.definition)
        except UnreadableError as error:
            problem = f"its {FILE} can't be read: {error}"
        if problem:
            yield Problem("source", problem, "a bundle of hotplug that can run beside the release in place")


def stretched(poll_seconds: int, steps: Steps) -> int:
    """The poll interval, made longer where the whole deployment would pass the event budget."""
    room = EVENT_BUDGET - EVENTS_BESIDE_STEPS - EVENTS_PER_STEP * len(steps)
    total = sum(step.bake_seconds for step in steps)
    return max(poll_seconds, math.ceil(total * EVENTS_PER_POLL / room))


def _planned(
    wanted: WantedTarget, facts: TargetFacts, request: Request, problems: list[Problem]
) -> PlannedTarget | None:
    found = [*_target_problems(wanted, facts, request), *_source_problems(wanted, facts)]
    problems.extend(found)
    if found or facts.latest is None:
        return None
    source = wanted.source
    if isinstance(source, Package) and facts.artifact:
        source = Package(source.bucket, source.key, facts.artifact.version_id)
    return PlannedTarget(
        target=wanted.target,
        stable=facts.alias.routing.version if facts.alias else None,
        revision=facts.alias.revision if facts.alias else None,
        source=source,
        code_sha256=_code(facts, facts.latest),
        smoke=wanted.smoke,
    )


def _target_problems(wanted: WantedTarget, facts: TargetFacts, request: Request) -> list[Problem]:
    name, alias = wanted.target.function, facts.alias
    if facts.latest is None:
        return [Problem("function", name, "a function that exists in this account and Region")]
    problems = []
    if alias and alias.routing.version == LATEST:
        allowed = "an alias on a published version: publish one and point the alias at it first"
        problems.append(Problem("alias", f"{wanted.target} on $LATEST", allowed))
    if alias and alias.routing.is_split and not request.force and not facts.held:
        allowed = 'an alias on one version, or "force": true to take it over from the first of the two'
        problems.append(Problem("alias", f"{wanted.target} on {alias.routing}", allowed))
    if facts.stable and facts.stable.state != "Active":
        state = f"{facts.stable.state} ({facts.stable.why})"
        given = f"{wanted.target} on version {facts.stable.version}, which is {state}"
        problems.append(
            Problem("alias", given, "a stable version that is Active, so that there is a way back")
        )
    if facts.quarantine and not _serves_now(facts) and not (request.force and request.reason):
        allowed = 'code that was not rolled back before, or "force": true with a "reason"'
        problems.append(Problem("source", facts.quarantine, allowed))
    if request.steps and facts.stable:
        problems.extend(_cannot_share(wanted, facts.stable, facts.asked_for or facts.latest))
    return problems


def _serves_now(facts: TargetFacts) -> bool:
    """Whether the code is that of the stable version: then it was not the code that was rolled back for."""
    return bool(facts.stable and facts.latest and facts.stable.code_sha256 == _code(facts, facts.latest))


def _code(facts: TargetFacts, latest: FunctionState) -> str:
    """What the candidate's code hashes to."""
    return facts.artifact.sha256 if facts.artifact else (facts.asked_for or latest).code_sha256


def _cannot_share(wanted: WantedTarget, stable: FunctionState, candidate: FunctionState) -> list[Problem]:
    """Lambda takes two versions into one alias only with the same role and the same dead-letter queue."""
    pairs = {
        "execution role": (stable.role, candidate.role),
        "dead-letter queue": (stable.dead_letters, candidate.dead_letters),
    }
    return [
        Problem(
            "strategy",
            f"steps, but the {what} of {wanted.target.function} goes from {old or 'none'} to {new or 'none'}",
            '"AllAtOnce": versions that share an alias must have the same',
        )
        for what, (old, new) in pairs.items()
        if old != new
    ]


def _source_problems(wanted: WantedTarget, facts: TargetFacts) -> list[Problem]:
    match wanted.source:
        case Existing(version) if facts.latest and facts.asked_for is None:
            given = f"version {version} of {wanted.target.function}"
            return [Problem("source.version", given, "a version that exists")]
        case Existing(version) if facts.asked_for and facts.asked_for.state in {"Inactive", "Failed"}:
            state = f"{facts.asked_for.state} ({facts.asked_for.why})"
            given = f"version {version} of {wanted.target.function}, which is {state}"
            return [Problem("source.version", given, "an Active version: a call wakes an Inactive one")]
        case Package(bucket, key) if facts.refusal:
            return [Problem("source", f"s3://{bucket}/{key}: {facts.refusal}", "a zip that Lambda takes")]
        case Package() if facts.latest and facts.latest.package_type != "Zip":
            given = f"a zip, but {wanted.target.function} runs a container image"
            return [Problem("source", given, "a function of package type Zip")]
    return []


def _watched(
    wanted: WantedAlarm, alarms: Mapping[str, AlarmState], problems: list[Problem]
) -> WatchedAlarm | None:
    state = alarms.get(wanted.name)
    if state is None or (wanted.arn and state.arn != wanted.arn):
        problems.append(
            Problem("alarms", wanted.arn or wanted.name, "alarms that exist in this account and Region")
        )
        return None
    return WatchedAlarm(wanted.name, state.since if state.colour is AlarmColour.RED else None)
