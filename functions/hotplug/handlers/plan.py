"""Plan: read the request and the world, and answer a plan or every reason why there is none."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, assert_never

from hotplug.aws.cloud import Cloud
from hotplug.core.asked_evidence import EvidenceMode
from hotplug.core.errors import ArtifactRefusedError
from hotplug.core.facts import LATEST, Artifact, HookState, Usual
from hotplug.core.hook import Function, Hook, Machine
from hotplug.core.hook_obstacles import outside_hooks
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

EXPRESS = "EXPRESS"
"""Step Functions' word for a machine whose executions nobody can ask how they are."""

logger = logging.getLogger("hotplug")


def plan(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Nothing is changed here but the ledger, so that a refusal leaves everything as it was."""
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
    packages: dict[Source, Artifact | str] = {}
    for wanted in request.targets:
        if isinstance(wanted.source, Package) and wanted.source not in packages:
            packages[wanted.source] = _inspect(cloud, wanted.source)
    facts = {str(wanted.target): _facts(cloud, wanted, packages) for wanted in request.targets}
    alarms = cloud.alarms.states([alarm.name for alarm in request.alarms]) if request.alarms else {}
    if request.evidence.mode is not EvidenceMode.OFF:
        served = [wanted.target for wanted in request.targets if facts[str(wanted.target)].alias]
        usual = _usual(cloud, served)
        facts = {name: replace(found, usual=usual.get(name)) for name, found in facts.items()}
    hooks = {hook.point: _hook_state(cloud, hook) for hook in request.hooks}
    return make_plan(request, facts, alarms, identity, hooks)


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


def _inspect(cloud: Cloud, package: Package) -> Artifact | str:
    try:
        return cloud.artifacts.inspect(package)
    except ArtifactRefusedError as refusal:
        return str(refusal)


def _facts(cloud: Cloud, wanted: WantedTarget, packages: Mapping[Source, Artifact | str]) -> TargetFacts:
    function, source = wanted.target.function, wanted.source
    latest = cloud.lambdas.describe(function)
    if latest is None:
        return TargetFacts(None)
    alias = cloud.lambdas.alias(wanted.target)
    package = packages.get(source)
    asked_for = cloud.lambdas.describe(function, source.version) if isinstance(source, Existing) else None
    code = package.sha256 if isinstance(package, Artifact) else (asked_for or latest).code_sha256
    return TargetFacts(
        latest=latest,
        alias=alias,
        stable=cloud.lambdas.describe(function, alias.routing.version) if alias else None,
        asked_for=asked_for,
        artifact=package if isinstance(package, Artifact) else None,
        refusal=package if isinstance(package, str) else None,
        held=bool(alias and alias.routing.is_split and cloud.ledger.holder(wanted.target)),
        quarantine=cloud.ledger.quarantined(wanted.target, code),
    )


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
