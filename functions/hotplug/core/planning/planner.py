"""The planner: a request and the observed state become a plan, or every problem."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hotplug.core.errors import UnreadableError
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import (
    LEARNABLE,
    NO_EVIDENCE,
    NOTHING_LEARNED,
    EvidenceMode,
    Learned,
    PlannedEvidence,
)
from hotplug.core.parsing.problem import Problem
from hotplug.core.parsing.units import share
from hotplug.core.parsing.wildcards import matches
from hotplug.core.plan.event_budget import (
    EVENT_BUDGET,
    EVENTS_BESIDE_STEPS,
    EVENTS_PER_POLL,
    EVENTS_PER_STEP,
    EVENTS_PER_STEP_WITH_HOOKS,
)
from hotplug.core.plan.plan import Plan, WatchedAlarm
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.planning.facts import WAKES, TargetFacts
from hotplug.core.planning.hook_checks import hook_checks
from hotplug.core.planning.release import read_release, unfit
from hotplug.core.planning.target_checks import storage_problem, target_checks, wanted_concurrency
from hotplug.core.planning.warm_checks import warm_checks
from hotplug.core.request.alarms import WantedAlarm
from hotplug.core.request.evidence import MAX_ERRORS, AskedEvidence
from hotplug.core.request.request import Request, WantedTarget
from hotplug.core.request.self_release import is_self
from hotplug.core.request.strategy import Strategy
from hotplug.core.resources.alarm import AlarmColour, AlarmState
from hotplug.core.resources.function import Storage
from hotplug.core.resources.image import Image, ResolvedImage
from hotplug.core.resources.package import FILE, Artifact
from hotplug.core.spec.approval import strictest
from hotplug.core.spec.hooks import Hook, HookPoint, HookState
from hotplug.core.spec.source import AskedSource, Existing, Latest, Package, Previous, Source
from hotplug.core.spec.steps import Progression
from hotplug.core.spec.warm_up import WarmUp

NO_HOOKS: Mapping[HookPoint, HookState | None] = {}
MAX_PLAN = 180_000
"""Characters as JSON. Step Functions takes 256 KiB as a task's input, of which the reason may take 30,000."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Identity of this execution: its name, its ARN and the time (ISO 8601).

    `stack` is hotplug's own stack. Its name begins the names of hotplug's functions. `definition` is the
    number of the machine's definition. Both are for releases of hotplug itself.
    """

    deployment: str
    execution: str
    now: str
    stack: str = ""
    definition: int = 1


def outside(request: Request, patterns: str) -> tuple[Problem, ...]:
    """Return the problems of functions that this installation may not deploy.

    `patterns` are separated by commas and have IAM wildcards.
    """
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
    storage: Storage | None = None,
    hooks: Mapping[HookPoint, HookState | None] = NO_HOOKS,
    unreserved: int | None = None,
) -> Plan | tuple[Problem, ...]:
    """Return the plan, or every problem.

    `facts` are by target ("orders:live"), `alarms` by name. `hooks` are the states of the requested hooks.
    `unreserved` is the account's concurrency that no function has reserved, None if it is not known.
    """
    problems: list[Problem] = []
    held = 60 * request.evidence.settings.warmup_hold_minutes if request.strategy.steps else 0
    poll_seconds = stretched(request.poll_seconds, request.strategy, request.hooks, held)
    approvals = [step.approval for step in request.steps if step.approval]
    request = at_once(request) if can_shift_nobody(request, facts) else request
    targets = [_planned(wanted, facts[str(wanted.target)], request, problems) for wanted in request.targets]
    problems.extend(_release_problems(request, facts, identity))
    problems.extend(hook_checks(request.hooks, hooks))
    problems.extend(warm_checks(request, facts, unreserved))
    if full := storage_problem(request, facts, storage):
        problems.append(full)
    watched = [_watched(alarm, alarms, problems) for alarm in request.alarms]
    if problems:
        return tuple(problems)
    plan = Plan(
        deployment=identity.deployment,
        execution=identity.execution,
        created_at=identity.now,
        targets=tuple(target for target in targets if target),
        steps=request.steps,
        alarms=tuple(alarm for alarm in watched if alarm),
        poll_seconds=poll_seconds,
        on_busy=request.on_busy,
        force=request.force,
        reason=request.reason,
        requested_by=request.requested_by,
        evidence=_evidence(request.evidence),
        progression=request.strategy.progression,
        advance_on=request.strategy.advance_on,
        hooks=tuple(
            replace(hook, log_group=state.log_group)
            for hook in request.hooks
            if (state := hooks.get(hook.point))
        ),
        windows=request.windows,
        keep_versions=request.keep_versions,
        approval=None if request.steps else strictest(approvals),
    )
    return _too_large(plan) or _unreadable(plan) or plan


def _unreadable(plan: Plan) -> tuple[Problem, ...]:
    """Return a problem if the other tasks could not read the plan: then nothing may begin."""
    try:
        Plan.from_json(json.loads(json.dumps(plan.to_json())))
    except UnreadableError as error:
        allowed = "what this release of hotplug can read: a newer one may know this answer of AWS"
        return (Problem("functions", f"a plan in which {error}", allowed),)
    return ()


def can_shift_nobody(request: Request, facts: Mapping[str, TargetFacts]) -> bool:
    """Return whether steps can't be carried out: no alias exists yet, or a live version can't answer calls.

    Each step would leave most calls with a version that fails them. Targets move together, so one is enough.
    """
    found = [facts[str(wanted.target)] for wanted in request.targets]
    return all(each.alias is None for each in found) or any(each.dead for each in found)


def at_once(request: Request) -> Request:
    """Return the request without the steps of its strategy."""
    return replace(request, strategy=Strategy(()))


def _too_large(plan: Plan) -> tuple[Problem, ...]:
    size = len(json.dumps(plan.to_json()))
    if size <= MAX_PLAN:
        return ()
    allowed = f"at most {MAX_PLAN:,}: fewer functions or alarms, shorter keys, less smoke"
    return (Problem("functions", f"a plan of {size:,} characters", allowed),)


def _release_problems(
    request: Request, facts: Mapping[str, TargetFacts], identity: Identity
) -> Iterator[Problem]:
    """Yield the problems of packages that replace hotplug itself, one for each package."""
    own = [wanted for wanted in request.targets if is_self(wanted.target.function, identity.stack)]
    packages = {wanted.source: facts[str(wanted.target)].artifact for wanted in own}
    for source, artifact in packages.items():
        if not isinstance(source, Package) or not isinstance(artifact, Artifact):
            continue
        try:
            problem = unfit(read_release(artifact.release), identity.definition)
        except UnreadableError as error:
            problem = f"its {FILE} can't be read: {error}"
        if problem:
            yield Problem("source", problem, "a bundle of hotplug that can run beside the release in place")


def _evidence(asked: AskedEvidence) -> PlannedEvidence:
    if asked.mode is EvidenceMode.OFF:
        return NO_EVIDENCE
    return PlannedEvidence(asked.mode, asked.settings, asked.synthetic_calls)


def _planned(
    wanted: WantedTarget, facts: TargetFacts, request: Request, problems: list[Problem]
) -> PlannedTarget | None:
    found = target_checks(wanted, facts, request)
    problems.extend(found)
    source = _pinned(wanted.source, facts)
    if found or source is None:
        return None
    planned = PlannedTarget(
        target=wanted.target,
        stable=facts.alias.routing.version if facts.alias else None,
        revision=facts.alias.revision if facts.alias else None,
        source=source,
        code_sha256=facts.code_sha256,
        config_sha256=facts.configuration.sha256,
        config_sha256_before=facts.configuration.before,
        smoke=wanted.smoke,
        profile=facts.profile,
        timeout_seconds=facts.timeout_seconds,
        tolerate_errors=_tolerated(request.evidence, facts.profile),
        concurrency=wanted_concurrency(wanted, facts, request) if request.provisions else None,
        sleeps=bool(facts.stable and facts.stable.state in WAKES),
        settles=facts.is_settling and not request.force and not facts.dead,
        split=facts.alias.routing.others if facts.alias and (request.force or facts.dead) else (),
        dead=facts.dead,
        warm=_warm_up(wanted, facts),
        learned=_learned(request.evidence, facts.learned),
    )
    by_hand = True if planned.is_going_back else None
    return replace(planned, hold=by_hand if request.hold is None else request.hold)


def _warm_up(wanted: WantedTarget, facts: TargetFacts) -> WarmUp | None:
    """Return the warm-up with the candidate's memory, by which its cost is calculated."""
    if wanted.warm is None or facts.candidate is None:
        return wanted.warm
    return replace(wanted.warm, memory_mb=facts.candidate.memory_mb)


def _pinned(source: AskedSource, facts: TargetFacts) -> Source | None:
    """Return the source, pinned to what it means now, whatever is uploaded or pushed later.

    None if there is no such version, which is already a problem.
    """
    match source, facts.artifact:
        case Package() as package, Artifact(version_id=version_id):
            return replace(package, version_id=version_id)
        case Image(registry, repository, tag), ResolvedImage(digest=digest):
            return Image(registry, repository, tag, digest)
        case Previous(), _:
            return Existing(facts.asked_for.version) if facts.asked_for else None
        case (Latest() | Existing() | Package() | Image()) as found, _:
            return found
        case _:
            return None


def _learned(asked: AskedEvidence, learned: Learned | None) -> Learned | None:
    """Return what a day has taught without the settings that the request names; None if that is nothing."""
    if learned is None or asked.mode is EvidenceMode.OFF:
        return None
    named = {name: None for name in LEARNABLE if name not in asked.learns}
    left = replace(learned, **named)
    return None if left == NOTHING_LEARNED else left


def _tolerated(asked: AskedEvidence, profile: TrafficProfile | None) -> float:
    """Return the excess failure rate to tolerate, 0 to 1.

    Unless the request names one, it is at least the profile's failure rate. A smaller excess cannot be
    detected from normal variation.
    """
    named = asked.settings.tolerate_errors
    if profile is None or not asked.errors_as_before:
        return named
    return max(named, min(profile.failure_rate, share(MAX_ERRORS)))


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


def stretched(
    poll_seconds: int, strategy: Strategy, hooks: Sequence[Hook] = (), held_seconds: int = 0
) -> int:
    """Return the poll interval in seconds. It grows if the whole deployment would exceed the event budget.

    A stepped progression shifts to each step once; its steps may be held for `held_seconds` in all. In the
    adaptive progression any poll may lead to a shift.
    """
    is_adaptive = strategy.progression is Progression.ADAPTIVE
    per_step = EVENTS_PER_STEP_WITH_HOOKS if hooks else EVENTS_PER_STEP
    room = EVENT_BUDGET - EVENTS_BESIDE_STEPS - per_step * len(strategy.steps)
    events = per_step if is_adaptive else EVENTS_PER_POLL
    longest = strategy.longest_seconds + (0 if is_adaptive else held_seconds)
    return max(poll_seconds, math.ceil(longest * events / room))
