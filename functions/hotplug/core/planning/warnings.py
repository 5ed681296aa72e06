"""Warnings about a plan. They do not refuse the request."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.policy import MAX_LEARNED_WARMUP, EvidenceMode, Learned
from hotplug.core.parsing.problem import cut
from hotplug.core.parsing.units import HUNDRED
from hotplug.core.plan.plan import Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.planning.facts import TargetFacts, publishes
from hotplug.core.planning.left_out import left_out
from hotplug.core.planning.target_checks import wanted_concurrency
from hotplug.core.request.request import Request, WantedTarget
from hotplug.core.resources.alarm import AlarmColour, AlarmState
from hotplug.core.resources.configuration import StorageMode
from hotplug.core.resources.function import Storage
from hotplug.core.resources.package import Artifact
from hotplug.core.resources.package_checks import doubts
from hotplug.core.spec.source import Existing
from hotplug.core.spec.steps import Progression

NEARLY_FULL = 0.9
LARGE_BURST = 2
MAX_LIST = 300
"""Characters."""


@dataclass(frozen=True, slots=True)
class Warned:
    """One field of the request, and the warning about it."""

    field: str
    said: str

    def __str__(self) -> str:
        return f"{self.field}: {self.said}"


def warnings(
    plan: Plan,
    request: Request,
    facts: Mapping[str, TargetFacts],
    alarms: Mapping[str, AlarmState],
    storage: Storage | None,
    frozen: str = "",
) -> tuple[Warned, ...]:
    """Return all warnings. `facts` are by target, `alarms` by name; no `storage` if nothing is published.

    `frozen` is by whom, since when and why every deployment is frozen.
    """
    known = [(wanted, facts[str(wanted.target)]) for wanted in request.targets]
    seen = (alarms[alarm.name] for alarm in request.alarms if alarm.name in alarms)
    return (
        *(each for wanted, found in known for each in _of_alias(wanted, found)),
        *_of_holds(plan, facts),
        *_of_freeze(frozen),
        *(each for wanted, found in known for each in _of_target(wanted, found)),
        *(Warned(field, said) for field, said in left_out(plan, request, facts)),
        *(each for wanted, found in known for each in _of_package(wanted, found)),
        *(each for wanted, found in known for each in _of_concurrency(wanted, found, request)),
        *(each for state in seen for each in _of_alarm(plan, state)),
        *_of_bakes(plan),
        *_of_environments(plan, facts),
        *_of_storage(storage),
    )


def _of_alias(wanted: WantedTarget, facts: TargetFacts) -> Iterator[Warned]:
    if facts.latest and facts.alias is None:
        meant = f"; did you mean {facts.similar}, which exists?" if facts.similar else ""
        yield Warned("alias", f"{wanted.target} does not exist, and will be created{meant}")
    if facts.dead:
        said = f"{facts.dead}, so that {wanted.target} can't answer calls: it leaves at once"
        yield Warned("alias", f"{said}, and there is no way back to a version that answers")
    elif facts.is_settling and facts.alias:
        said = f"{wanted.target} settles: it is on {facts.alias.routing} now, and that is waited for"
        yield Warned("alias", said)


def _of_holds(plan: Plan, facts: Mapping[str, TargetFacts]) -> Iterator[Warned]:
    """Yield what becomes of targets that are held."""
    for planned in plan.targets:
        held = facts[str(planned.target)].held
        if held and planned.hold is None:
            until = "this one waits until it is released" if plan.on_busy.queues else "this one is refused"
            yield Warned("hold", f'{planned.target} is {held}: {until}, unless it says "hold": false')
        if held and planned.hold is False:
            yield Warned("hold", f"{planned.target} is {held}: this one releases it")


def _of_freeze(frozen: str) -> Iterator[Warned]:
    if frozen:
        said = f"every deployment is frozen {frozen}: this one waits before its first calls"
        yield Warned("windows", f"{said} until the freeze is ended")


def _of_target(wanted: WantedTarget, facts: TargetFacts) -> Iterator[Warned]:
    name = wanted.target.function
    if isinstance(wanted.source, Existing) and facts.stable and wanted.source.version == facts.stable.version:
        yield Warned("source", f"version {facts.stable.version} of {name} is live already")
    if facts.latest and publishes(wanted):
        if facts.latest.update == "InProgress":
            yield Warned("function", f"{name} is being updated: its end is waited for")
        if facts.is_unchanged and not facts.artifact:
            yield Warned("source", f"nothing seems to be new: $LATEST of {name} is what is live")
        yield from _of_unread(name, facts)
        if facts.unqualified:
            calls = cut(", ".join(facts.unqualified), MAX_LIST)
            yield Warned(
                "function", f"{name} may be called without alias by {calls}: new code is theirs at once"
            )
        if facts.unseen:
            yield Warned(
                "function", f"whether {name} may be called without alias is not known: {facts.unseen}"
            )


def _of_unread(name: str, facts: TargetFacts) -> Iterator[Warned]:
    """Yield what can't be said because AWS answers an error in place of a setting."""
    unread = [
        f"{version} of {name}: {cut(state.configuration.unread, MAX_LIST)}"
        for version, state in (("$LATEST", facts.latest), ("the live version", facts.stable))
        if state and state.configuration.unread
    ]
    if unread:
        said = f"not all settings can be read ({', '.join(unread)}): whether anything is new is not known"
        yield Warned("function", said)
    if facts.quarantine and facts.configuration.unread:
        said = f"{facts.quarantine}; whether the settings of {name} were the same is not known"
        yield Warned("source", said)


def _of_package(wanted: WantedTarget, facts: TargetFacts) -> Iterator[Warned]:
    """Yield what may be wrong with a package, or may be intended."""
    name = wanted.target.function
    if isinstance(facts.artifact, Artifact) and facts.latest:
        if facts.configuration.storage.mode is StorageMode.REFERENCE:
            said = f"{name} runs from {wanted.source} itself: it and Lambda's right to read it must stay"
            yield Warned("source", f"{said} as long as a version of it")
        for doubt in doubts(facts.artifact.contents, facts.latest, name):
            yield Warned("source", cut(doubt, MAX_LIST))


def _of_concurrency(wanted: WantedTarget, facts: TargetFacts, request: Request) -> Iterator[Warned]:
    """Yield what a candidate without provisioned concurrency means."""
    planned = wanted_concurrency(wanted, facts, request)
    if request.provisions or not planned or not facts.alias:
        return
    name, version = wanted.target.function, facts.alias.routing.version
    said = f"{wanted.target} keeps its {planned.executions} executions, for both of its versions"
    if not planned.on_alias:
        said = f"the candidate of {wanted.target} gets none; version {version} of {name} keeps its "
        said += f"{planned.executions} executions, which are paid for until you move them"
    yield Warned("provisionedConcurrency", said)


def _of_alarm(plan: Plan, state: AlarmState) -> Iterator[Warned]:
    if state.colour is AlarmColour.RED and not plan.ignores_alarms:
        said = f"{state.name} is red since {state.since}: it counts only after it has cleared"
        yield Warned("alarms", said)
    if state.doubt:
        said = f"{state.name} is not evaluated as it should be ({state.doubt})"
        yield Warned("alarms", f"{said}: as long as that is so, it vouches for nothing")
    elif state.colour is AlarmColour.NO_DATA:
        yield Warned("alarms", f"{state.name} has no data: as long as that is so, it vouches for nothing")


def _of_bakes(plan: Plan) -> Iterator[Warned]:
    """Yield one warning about bakes that are over before a call that began in them has to be.

    A step without a bake is meant so. The adaptive progression waits for the last minutes by itself.
    """
    if plan.progression is Progression.ADAPTIVE:
        return
    slowest = max(plan.targets, key=lambda planned: planned.timeout_seconds)
    short = [at for at, step in enumerate(plan.steps, 1) if 0 < step.bake_seconds < slowest.timeout_seconds]
    if short:
        bake = min(plan.steps[at - 1].bake_seconds for at in short)
        steps = f"step {short[0]}" if len(short) == 1 else f"steps {', '.join(map(str, short))}"
        yield Warned(
            "strategy",
            f"{steps}: a bake of {bake} s is shorter than the timeout of {slowest.target.function}, "
            f"{slowest.timeout_seconds} s: a call that starts in it may fail after it",
        )


def _of_environments(plan: Plan, facts: Mapping[str, TargetFacts]) -> Iterator[Warned]:
    """Yield what the last day of a target means for its evidence, where that may be a surprise."""
    if plan.evidence.mode is EvidenceMode.OFF or not any(0 < step.percent < HUNDRED for step in plan.steps):
        return
    for planned in plan.targets:
        learned = facts[str(planned.target)].learned
        if learned:
            yield from _of_learned(planned, plan.settings_for(planned), learned)


def _of_learned(planned: PlannedTarget, settings: EvidenceSettings, learned: Learned) -> Iterator[Warned]:
    name, calls, size = planned.target, learned.warmup_calls, learned.error_burst_size
    is_used = planned.learned is not None and planned.learned.warmup_calls == calls
    if calls and calls > settings.warmup_calls:
        said = f"new environments of {name} were warm within {calls:g} calls on the last day"
        yield Warned(
            "evidence.warmupCalls", f"{said}: {settings.warmup_calls:g} may roll back a good version"
        )
    elif is_used and calls == MAX_LEARNED_WARMUP:
        said = f"new environments of {name} were still slower after {calls:g} calls, or nearly so"
        yield Warned(
            "evidence.warmupCalls", f"{said}, and longer is not learned: name how many calls they need"
        )
    if size and settings.error_burst_size >= LARGE_BURST:
        said = f"failures of {name} come in clumps, of about {size:g} from one cause"
        yield Warned("evidence.errorBurstSize", f"{said}: a bad version is found later for that")
    if learned.trusts_environments is False:
        said = f"ConcurrentExecutions of {name} does not fit its load"
        yield Warned("evidence", f"{said}: new environments are estimated, and a bad version is found later")


def _of_storage(storage: Storage | None) -> Iterator[Warned]:
    if storage and storage.used_bytes > NEARLY_FULL * storage.limit_bytes:
        yield Warned("source", f"the account's code storage is nearly full: {storage} used")
