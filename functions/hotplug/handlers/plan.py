"""Plan: read the request and the world, and answer a plan or every reason why there is none."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, assert_never

from hotplug.aws.cloud import Cloud
from hotplug.core.asked_evidence import EvidenceMode
from hotplug.core.dry_run import DRY_RUN, DryRun, expected
from hotplug.core.errors import ArtifactRefusedError, ForbiddenError
from hotplug.core.facts import LATEST, AlarmState, Artifact, HookState, ResolvedImage, Storage, Usual
from hotplug.core.hook import Function, Hook, HookPoint, Machine
from hotplug.core.hook_obstacles import outside_hooks
from hotplug.core.image import Image
from hotplug.core.obstacles import TargetFacts
from hotplug.core.outline import outline
from hotplug.core.plan import LARGEST_NUMBER, Plan
from hotplug.core.planning import Identity, make_plan, outside
from hotplug.core.preflight import Warned, publishes, warnings
from hotplug.core.problem import Problem, summary
from hotplug.core.progress import Progress
from hotplug.core.reading import whole
from hotplug.core.report import Outcome, State, TargetLine, Transition, lines_before
from hotplug.core.request import Request, WantedTarget, read_request
from hotplug.core.routing import previous_of
from hotplug.core.source import AskedSource, Existing, Package, Previous
from hotplug.core.standing import Phase
from hotplug.core.target import Target
from hotplug.core.written import mapping, words, written
from hotplug.handlers.checking import code_storage, with_callers, with_newer
from hotplug.handlers.entrypoint import Event, entrypoint
from hotplug.handlers.recording import record, transition
from hotplug.handlers.weighing import usual_before

EXPRESS = "EXPRESS"
"""Step Functions' word for a machine whose executions nobody can ask how they are."""
MOST_GOOD = 50
"""Versions, of which one is older than the live one if any is."""

logger = logging.getLogger("hotplug")

type Read = Artifact | ResolvedImage | str
"""What a source turned out to be, or why it can't be deployed."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the world is like: targets and alarms by name; `storage` is None where nothing is published."""

    facts: Mapping[str, TargetFacts]
    alarms: Mapping[str, AlarmState]
    storage: Storage | None
    hooks: Mapping[HookPoint, HookState | None]


def plan(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Nothing is changed here but the ledger, so that a refusal leaves everything as it was.

    A dry run that is not refused leaves nothing at all behind but its answer.
    """
    execution = written(event, "execution", mapping)
    name, arn = written(execution, "name", words), written(execution, "id", words)
    definition = written(event, "definition", whole(1, LARGEST_NUMBER)) if "definition" in event else 1
    identity = Identity(name, arn, cloud.now().isoformat(), cloud.settings.stack, definition)
    request = read_request(event.get("request"))
    if not isinstance(request, Request):
        return _refuse(cloud, identity, (), request)
    settings = cloud.settings
    problems = outside(request, settings.targets)
    problems += outside_hooks(request.hooks, settings.hooks, arn, settings.stack)
    if problems:
        return _refuse(cloud, identity, request.targets, problems)
    found, unseen = look_around(cloud, request)
    known = replace(request, alarms=()) if unseen else request
    made = make_plan(known, found.facts, found.alarms, identity, found.storage, found.hooks)
    if unseen or not isinstance(made, Plan):
        return _refuse(cloud, identity, request.targets, (*unseen, *(() if isinstance(made, Plan) else made)))
    warned = warnings(made, request, found.facts, found.alarms, found.storage)
    if request.dry_run:
        return _rehearsed(made, found.facts, warned)
    return _said(cloud, made, "; ".join([outline(made), *(f"warning: {each}" for each in warned)]))


def _said(cloud: Cloud, made: Plan, reason: str) -> dict[str, Any]:
    progress = Progress(made, (), tuple(target.revision for target in made.targets), 0)
    cloud.ledger.save(progress, Phase.MOVING)
    planned = transition(cloud, progress, State.PLANNED, lines_before(made), reason)
    record(cloud, planned)
    return {
        "outcome": "planned",
        "reason": planned.reason,
        "plan": made.to_json(),
        "revisions": list(progress.revisions),
    }


def _rehearsed(made: Plan, facts: Mapping[str, TargetFacts], warned: Sequence[Warned]) -> dict[str, Any]:
    report = DryRun(made, expected(made, facts), warned).to_json()
    return {"outcome": DRY_RUN, "reason": report["reason"], "plan": {}, "revisions": [], "report": report}


def look_around(cloud: Cloud, request: Request) -> tuple[Found, tuple[Problem, ...]]:
    """What there is, and a problem for what may not be seen."""
    read: dict[AskedSource, Read] = {}
    for source in dict.fromkeys(wanted.source for wanted in request.targets):
        if isinstance(source, Package | Image):
            read[source] = _read(cloud, source)
    facts = {str(wanted.target): _seen(cloud, wanted, read) for wanted in request.targets}
    for wanted in filter(publishes, request.targets):
        name, function = str(wanted.target), wanted.target.function
        if facts[name].latest:
            facts[name] = with_callers(cloud, function, facts[name])
            facts[name] = with_newer(cloud, function, facts[name]) if request.dry_run else facts[name]
    if request.evidence.mode is not EvidenceMode.OFF:
        served = [wanted.target for wanted in request.targets if facts[str(wanted.target)].alias]
        usual = _usual(cloud, served)
        facts = {name: replace(found, usual=usual.get(name)) for name, found in facts.items()}
    storage = code_storage(cloud) if any(map(publishes, request.targets)) else None
    hooks = {hook.point: _hook_state(cloud, hook) for hook in request.hooks}
    try:
        alarms = cloud.alarms.states([alarm.name for alarm in request.alarms]) if request.alarms else {}
    except ForbiddenError as error:
        unseen = Problem("alarms", str(error), "alarms that hotplug may look at")
        return Found(facts, {}, storage, hooks), (unseen,)
    return Found(facts, alarms, storage, hooks), ()


def _hook_state(cloud: Cloud, hook: Hook) -> HookState | None:
    match hook.callee:
        case Function(name, qualifier):
            found = cloud.lambdas.describe(name, qualifier or LATEST)
            return HookState(log_group=found.log_group) if found else None
        case Machine() as machine:
            kind = cloud.executions.kind(machine.arn)
            return HookState(is_express=kind == EXPRESS) if kind else None
        case other:
            assert_never(other)


def _usual(cloud: Cloud, targets: Sequence[Target]) -> Mapping[str, Usual]:
    """How they were in the last days, by target; nothing where that can't be read: a plan does without."""
    if not targets:
        return {}
    try:
        return usual_before(cloud, targets, cloud.now())
    except Exception:
        logger.exception("could not read the traffic of the last days")
        return {}


def _read(cloud: Cloud, source: Package | Image) -> Read:
    try:
        return cloud.images.resolve(source) if isinstance(source, Image) else cloud.artifacts.inspect(source)
    except ArtifactRefusedError as refusal:
        return str(refusal)


def _seen(cloud: Cloud, wanted: WantedTarget, read: Mapping[AskedSource, Read]) -> TargetFacts:
    """A target that may not be looked at is one more thing that the answer names."""
    try:
        return _facts(cloud, wanted, read)
    except ForbiddenError as error:
        return TargetFacts(None, denied=str(error))


def _facts(cloud: Cloud, wanted: WantedTarget, read: Mapping[AskedSource, Read]) -> TargetFacts:
    function, source = wanted.target.function, wanted.source
    latest = cloud.lambdas.describe(function)
    if latest is None:
        return TargetFacts(None)
    alias = cloud.lambdas.alias(wanted.target)
    found = read.get(source)
    good = _good(cloud, wanted.target) if isinstance(source, Previous) else ()
    previous = previous_of(good, alias.routing.version) if alias else None
    named = source.version if isinstance(source, Existing) else previous
    facts = TargetFacts(
        latest=latest,
        alias=alias,
        stable=cloud.lambdas.describe(function, alias.routing.version) if alias else None,
        asked_for=cloud.lambdas.describe(function, named) if named else None,
        previous=previous,
        artifact=None if isinstance(found, str) else found,
        refusal=found if isinstance(found, str) else None,
        capacity=cloud.capacities.found(function) if alias else {},
        held=bool(alias and alias.routing.is_split and cloud.ledger.holder(wanted.target)),
    )
    return replace(facts, quarantine=_quarantine(cloud, wanted.target, named, facts))


def _good(cloud: Cloud, target: Target) -> Sequence[str]:
    """The versions that the ledger remembers to have served well, newest first."""
    return cloud.ledger.good(target, MOST_GOOD)


def _quarantine(cloud: Cloud, target: Target, named: str | None, facts: TargetFacts) -> str | None:
    """Why it was rolled back before. A version of its own that served well is as good as it was."""
    why = cloud.ledger.quarantined(target, facts.code_sha256, facts.config_sha256)
    return None if why and named and named in _good(cloud, target) else why


def _refuse(
    cloud: Cloud, identity: Identity, wanted: tuple[WantedTarget, ...], problems: tuple[Problem, ...]
) -> dict[str, Any]:
    reason = summary(problems)
    cloud.ledger.decide(identity.deployment, Outcome.REFUSED)
    targets = tuple(
        TargetLine(item.target.function, item.target.alias, None, None, Decimal(0)) for item in wanted
    )
    refusal = Transition(
        deployment=identity.deployment,
        execution=identity.execution,
        state=State.REFUSED,
        key=str(State.REFUSED),
        at=identity.now,
        targets=targets,
        reason=reason,
        outcome=Outcome.REFUSED,
    )
    record(cloud, refusal)
    cloud.ledger.close(identity.deployment)
    return {"outcome": "refused", "reason": reason, "plan": {}, "revisions": []}


handler = entrypoint(plan)
