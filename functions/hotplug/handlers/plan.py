"""Plan: read the request and the world, and answer a plan or every reason why there is none."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hotplug.aws.cloud import Cloud
from hotplug.core.asked_evidence import EvidenceMode
from hotplug.core.errors import ArtifactRefusedError
from hotplug.core.facts import Artifact, ResolvedImage, Usual
from hotplug.core.image import Image
from hotplug.core.obstacles import TargetFacts
from hotplug.core.plan import LARGEST_NUMBER, Plan
from hotplug.core.planning import Identity, make_plan, outside
from hotplug.core.problem import Problem, summary
from hotplug.core.progress import Progress
from hotplug.core.reading import whole
from hotplug.core.report import Outcome, State, TargetLine, Transition, lines_before, outline
from hotplug.core.request import Existing, Package, Request, Source, WantedTarget, read_request
from hotplug.core.standing import Phase
from hotplug.core.target import Target
from hotplug.core.written import mapping, words, written
from hotplug.handlers.entrypoint import Event, entrypoint
from hotplug.handlers.recording import record, transition
from hotplug.handlers.weighing import usual_before

logger = logging.getLogger("hotplug")

type Read = Artifact | ResolvedImage | str
"""What a source turned out to be, or why it can't be deployed."""


def plan(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Nothing is changed here but the ledger, so that a refusal leaves everything as it was."""
    execution = written(event, "execution", mapping)
    name, arn = written(execution, "name", words), written(execution, "id", words)
    definition = written(event, "definition", whole(1, LARGEST_NUMBER)) if "definition" in event else 1
    identity = Identity(name, arn, cloud.now().isoformat(), cloud.settings.stack, definition)
    request = read_request(event.get("request"))
    if not isinstance(request, Request):
        return _refuse(cloud, identity, (), request)
    problems = outside(request, cloud.settings.targets)
    made = problems or _make(request, cloud, identity)
    if not isinstance(made, Plan):
        return _refuse(cloud, identity, request.targets, made)
    progress = Progress(made, (), tuple(target.revision for target in made.targets), 0)
    reason = outline(made)
    cloud.ledger.save(progress, Phase.MOVING)
    planned = transition(cloud, progress, State.PLANNED, lines_before(made), reason)
    record(cloud, planned)
    return {
        "outcome": "planned",
        "reason": planned.reason,
        "plan": made.to_json(),
        "revisions": list(progress.revisions),
    }


def _make(request: Request, cloud: Cloud, identity: Identity) -> Plan | tuple[Problem, ...]:
    read: dict[Source, Read] = {}
    for source in dict.fromkeys(wanted.source for wanted in request.targets):
        if isinstance(source, Package | Image):
            read[source] = _read(cloud, source)
    facts = {str(wanted.target): _facts(cloud, wanted, read) for wanted in request.targets}
    alarms = cloud.alarms.states([alarm.name for alarm in request.alarms]) if request.alarms else {}
    if request.evidence.mode is not EvidenceMode.OFF:
        served = [wanted.target for wanted in request.targets if facts[str(wanted.target)].alias]
        usual = _usual(cloud, served)
        facts = {name: replace(found, usual=usual.get(name)) for name, found in facts.items()}
    return make_plan(request, facts, alarms, identity)


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


def _facts(cloud: Cloud, wanted: WantedTarget, read: Mapping[Source, Read]) -> TargetFacts:
    function, source = wanted.target.function, wanted.source
    latest = cloud.lambdas.describe(function)
    if latest is None:
        return TargetFacts(None)
    alias = cloud.lambdas.alias(wanted.target)
    found = read.get(source)
    asked_for = cloud.lambdas.describe(function, source.version) if isinstance(source, Existing) else None
    facts = TargetFacts(
        latest=latest,
        alias=alias,
        stable=cloud.lambdas.describe(function, alias.routing.version) if alias else None,
        asked_for=asked_for,
        artifact=None if isinstance(found, str) else found,
        refusal=found if isinstance(found, str) else None,
        capacity=cloud.capacities.found(function) if alias else {},
        held=bool(alias and alias.routing.is_split and cloud.ledger.holder(wanted.target)),
    )
    why = cloud.ledger.quarantined(wanted.target, facts.code_sha256, facts.config_sha256)
    return replace(facts, quarantine=why)


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
