"""Observed state for a plan. Facts that only inform may be missing; a plan is made without them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import assert_never

from hotplug.activities.gather_evidence import profiles_before
from hotplug.activities.hold_targets import hold_of
from hotplug.activities.learn_environments import learned_of
from hotplug.activities.read_version import read_version
from hotplug.aws.cloud import Cloud
from hotplug.core.errors import ArtifactRefusedError, ForbiddenError
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.parsing.problem import Problem
from hotplug.core.planning.facts import TargetFacts, publishes
from hotplug.core.request.request import DEFAULT_ALIAS, Request, WantedTarget
from hotplug.core.resources.alarm import AlarmState
from hotplug.core.resources.callers import unqualified_callers
from hotplug.core.resources.concurrency import own_amounts
from hotplug.core.resources.function import LATEST, Storage
from hotplug.core.resources.image import Image, ResolvedImage
from hotplug.core.resources.package import Artifact
from hotplug.core.resources.target import Target
from hotplug.core.resources.versions import good_versions, previous_of
from hotplug.core.rollout.commands import EVERYWHERE, CommandLog
from hotplug.core.spec.hooks import Function, Hook, HookPoint, HookState, Machine
from hotplug.core.spec.source import AskedSource, Existing, Package, Previous

logger = logging.getLogger("hotplug")

type Read = Artifact | ResolvedImage | str
"""A resolved source, or why it can't be deployed."""


def with_callers(cloud: Cloud, function: str, facts: TargetFacts) -> TargetFacts:
    """Add the unqualified callers of the function, or why they can't be read."""
    try:
        callers = unqualified_callers(
            cloud.functions.event_sources(function), cloud.functions.policy(function)
        )
    except Exception as error:
        logger.exception("could not read the unqualified callers of %s", function)
        return replace(facts, unseen=str(error))
    return replace(facts, unqualified=callers)


def with_newer(cloud: Cloud, function: str, facts: TargetFacts) -> TargetFacts:
    """Check for a newer version if nothing seems new: Lambda compares $LATEST with the newest one only."""
    if not facts.is_unchanged or not facts.stable:
        return facts
    newer = cloud.functions.describe(function, str(int(facts.stable.version) + 1))
    return replace(facts, has_newer=newer is not None)


def code_storage(cloud: Cloud) -> Storage | None:
    """The account's code storage; None where it can't be read."""
    try:
        return cloud.functions.storage()
    except Exception:
        logger.exception("could not read the code storage of the account")
        return None


def unreserved_concurrency(cloud: Cloud) -> int | None:
    """The account's concurrency that no function has reserved; None where it can't be read."""
    try:
        return cloud.functions.unreserved()
    except Exception:
        logger.exception("could not read the concurrency of the account")
        return None


EXPRESS = "EXPRESS"
"""Step Functions' type of a state machine whose executions can't be described."""

MAX_GOOD = 50
"""Versions: enough to include one that is older than the live one, if there is any."""


@dataclass(frozen=True, slots=True)
class Found:
    """Observed state: targets and alarms by name.

    `storage` is None if nothing is published, `unreserved` if nothing is warmed. `frozen` is by whom, since
    when and why every deployment is frozen, empty if none is.
    """

    facts: Mapping[str, TargetFacts]
    alarms: Mapping[str, AlarmState]
    storage: Storage | None
    hooks: Mapping[HookPoint, HookState | None]
    unreserved: int | None = None
    frozen: str = ""


def read_facts(cloud: Cloud, request: Request, deployment: str) -> tuple[Found, tuple[Problem, ...]]:
    """Read the observed state, and return a problem for what hotplug may not read.

    What `deployment`, the one that asks, has claimed itself counts as free.
    """
    read: dict[AskedSource, Read] = {}
    for source in dict.fromkeys(wanted.source for wanted in request.targets):
        if isinstance(source, Package | Image):
            read[source] = _read(cloud, source)
    facts = {str(wanted.target): _seen(cloud, wanted, read, deployment) for wanted in request.targets}
    for wanted in filter(publishes, request.targets):
        name, function = str(wanted.target), wanted.target.function
        if facts[name].latest:
            facts[name] = with_callers(cloud, function, facts[name])
            facts[name] = with_newer(cloud, function, facts[name]) if request.dry_run else facts[name]
    if request.evidence.mode is not EvidenceMode.OFF:
        served = [wanted.target for wanted in request.targets if facts[str(wanted.target)].alias]
        profile = _profiles(cloud, served)
        learned = learned_of(cloud, {target: profile[str(target)] for target in served if profile})
        facts = {name: replace(found, profile=profile.get(name)) for name, found in facts.items()}
        facts |= {str(target): replace(facts[str(target)], learned=what) for target, what in learned.items()}
    storage = code_storage(cloud) if any(map(publishes, request.targets)) else None
    unreserved = unreserved_concurrency(cloud) if any(wanted.warm for wanted in request.targets) else None
    hooks = {hook.point: _hook_state(cloud, hook) for hook in request.hooks}
    try:
        alarms = cloud.alarms.states([alarm.name for alarm in request.alarms]) if request.alarms else {}
    except ForbiddenError as error:
        unseen = Problem("alarms", str(error), "alarms that hotplug may look at")
        return Found(facts, {}, storage, hooks, unreserved), (unseen,)
    return Found(facts, alarms, storage, hooks, unreserved, _frozen(cloud)), ()


def _frozen(cloud: Cloud) -> str:
    """Describe the freeze that is in force now; empty where it can't be read."""
    try:
        freeze = CommandLog(tuple(cloud.ledger.commands(EVERYWHERE))).freeze
    except Exception:
        logger.exception("could not read whether deployments are frozen")
        return ""
    return str(freeze) if freeze else ""


def _hook_state(cloud: Cloud, hook: Hook) -> HookState | None:
    match hook.callee:
        case Function(name, qualifier):
            found = cloud.functions.describe(name, qualifier or LATEST)
            return HookState(log_group=found.log_group) if found else None
        case Machine() as machine:
            kind = cloud.executions.kind(machine.arn)
            return HookState(is_express=kind == EXPRESS) if kind else None
        case other:
            assert_never(other)


def _profiles(cloud: Cloud, targets: Sequence[Target]) -> Mapping[str, TrafficProfile]:
    """Traffic profiles of the last days by target; none if they can't be read."""
    if not targets:
        return {}
    try:
        return profiles_before(cloud, targets, cloud.now())
    except Exception:
        logger.exception("could not read the traffic of the last days")
        return {}


def _read(cloud: Cloud, source: Package | Image) -> Read:
    try:
        return cloud.images.resolve(source) if isinstance(source, Image) else cloud.artifacts.inspect(source)
    except ArtifactRefusedError as refusal:
        return str(refusal)


def _seen(
    cloud: Cloud, wanted: WantedTarget, read: Mapping[AskedSource, Read], deployment: str
) -> TargetFacts:
    """Read a target. A denied read becomes one of the problems of the answer."""
    try:
        return _facts(cloud, wanted, read, deployment)
    except ForbiddenError as error:
        return TargetFacts(None, denied=str(error))


def _facts(
    cloud: Cloud, wanted: WantedTarget, read: Mapping[AskedSource, Read], deployment: str
) -> TargetFacts:
    function, source = wanted.target.function, wanted.source
    latest = cloud.functions.describe(function)
    if latest is None:
        return TargetFacts(None)
    alias = cloud.functions.alias(wanted.target)
    found = read.get(source)
    good = _good(cloud, wanted.target) if isinstance(source, Previous) else ()
    previous = previous_of(good, alias.routing.version) if alias else None
    named = source.version if isinstance(source, Existing) else previous
    facts = TargetFacts(
        latest=latest,
        alias=alias,
        stable=read_version(cloud, function, alias.routing.version) if alias else None,
        asked_for=read_version(cloud, function, named) if named else None,
        previous=previous,
        artifact=None if isinstance(found, str) else found,
        refusal=found if isinstance(found, str) else None,
        concurrency=_concurrency(cloud, function) if alias else {},
        held=f"held {hold}" if (hold := hold_of(cloud, wanted.target)) else "",
        similar="" if alias else _similar(cloud, wanted.target),
        storage_mode=source.storage_mode if isinstance(source, Package) else None,
        elsewhere=cloud.artifacts.elsewhere(source.bucket) if isinstance(source, Package) else "",
        is_locked=bool(alias and alias.routing.is_split and _is_held(cloud, wanted.target, deployment)),
    )
    has_own = wanted.target.alias in facts.concurrency
    facts = replace(facts, has_own_concurrency=has_own)
    return replace(facts, quarantine=_quarantine(cloud, wanted.target, named, facts))


def _is_held(cloud: Cloud, target: Target, deployment: str) -> bool:
    """Return whether another deployment has claimed the target."""
    holder = cloud.ledger.holder(target)
    return holder is not None and holder.deployment != deployment


def _concurrency(cloud: Cloud, function: str) -> Mapping[str, int]:
    """Return the user's own amounts by qualifier."""
    found = cloud.concurrency.found(function)
    return own_amounts(found, cloud.ledger.raised(function)) if found else {}


def _similar(cloud: Cloud, target: Target) -> str:
    """Return the default alias if it exists and its name is nearly that of the missing one."""
    if target.alias == DEFAULT_ALIAS or not get_close_matches(target.alias, [DEFAULT_ALIAS]):
        return ""
    return DEFAULT_ALIAS if cloud.functions.alias(Target(target.function, DEFAULT_ALIAS)) else ""


def _good(cloud: Cloud, target: Target) -> Sequence[str]:
    """Good versions of a target from the ledger, newest first."""
    return good_versions(cloud.ledger.closed_deployments(target), MAX_GOOD)


def _quarantine(cloud: Cloud, target: Target, named: str | None, facts: TargetFacts) -> str | None:
    """Return why the code is quarantined. A version that the request names and that served well is exempt."""
    why = cloud.ledger.quarantined(target, facts.code_sha256, facts.configuration)
    return None if why and named and named in _good(cloud, target) else why
