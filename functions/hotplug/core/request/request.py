"""The deployment request: untrusted JSON in, a `Request` or all of its problems out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.parsing.fields import Fields, flag, one_of, text, whole
from hotplug.core.parsing.problem import MAX_SHOWN, MisfitError, Problem, cut, matching, shown
from hotplug.core.request.alarms import WantedAlarm, each_once, read_alarms
from hotplug.core.request.evidence import UNASKED, AskedEvidence, evidence_reader
from hotplug.core.request.strategy import DEFAULT_STRATEGY, Strategy, read_strategy, with_all_calls
from hotplug.core.resources.target import ALIAS, FUNCTION, Target
from hotplug.core.spec.hooks import Hook, HookPoint, read_hooks
from hotplug.core.spec.on_busy import OnBusy
from hotplug.core.spec.smoke_test import SMOKE, Smoke, harmless, read_smoke
from hotplug.core.spec.source import AskedSource, Latest, read_asked_source
from hotplug.core.spec.steps import Progression, Steps
from hotplug.core.spec.warm_up import WarmUp, read_warm_up
from hotplug.core.spec.windows import Windows, read_windows

DEFAULT_ALIAS = "live"
DEFAULT_POLL_SECONDS = 30
MAX_TARGETS = 50
MAX_KEPT = 1_000
MAX_SMOKE = 60_000
"""Characters as JSON."""
KEYS = (
    "function",
    "functions",
    "alias",
    "create",
    "source",
    "strategy",
    "evidence",
    "smoke",
    "warm",
    "hooks",
    "alarms",
    "pollSeconds",
    "onBusy",
    "windows",
    "hold",
    "dryRun",
    "keepVersions",
    "provisionedConcurrency",
    "force",
    "reason",
    "requestedBy",
)


@dataclass(frozen=True, slots=True)
class WantedTarget:
    """A target with the source of its candidate, its smoke tests, its warm-up and its own alarms."""

    target: Target
    source: AskedSource
    smoke: tuple[Smoke, ...] = ()
    alarms: tuple[WantedAlarm, ...] = ()
    warm: WarmUp | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose fields all have the right kind. The plan checks whether AWS can carry it out.

    `alarms` are all of them, those of single functions too: one verdict watches them together. Without
    `create`, each alias must exist; without `provisions`, no candidate gets provisioned concurrency. `hold`
    is None where nothing is said: then going back holds.
    """

    targets: tuple[WantedTarget, ...]
    strategy: Strategy
    evidence: AskedEvidence = UNASKED
    hooks: tuple[Hook, ...] = ()
    alarms: tuple[WantedAlarm, ...] = ()
    poll_seconds: int = DEFAULT_POLL_SECONDS
    on_busy: OnBusy = OnBusy.REJECT
    windows: Windows = ()
    dry_run: bool = False
    keep_versions: int | None = None
    provisions: bool = True
    force: bool = False
    create: bool = True
    hold: bool | None = None
    reason: str = ""
    requested_by: str = ""

    @property
    def steps(self) -> Steps:
        """The steps of its strategy."""
        return self.strategy.steps

    def asks(self, point: HookPoint) -> bool:
        """Return whether the request has a hook at this point."""
        return any(hook.point is point for hook in self.hooks)


def read_request(value: object) -> Request | tuple[Problem, ...]:
    """Return the request, or every problem in it."""
    problems: list[Problem] = []
    fields = Fields(value, "", problems, KEYS)
    if not isinstance(value, Mapping):
        return tuple(problems)
    strategy = fields.inner("strategy", read_strategy, DEFAULT_STRATEGY)
    progression, targets = strategy.settings, _targets(fields)
    nobody: tuple[Hook, ...] = ()
    hooks = fields.inner("hooks", read_hooks, nobody)
    sees_all = any(hook.point is HookPoint.AFTER_TRAFFIC for hook in hooks)
    request = Request(
        targets=targets,
        strategy=with_all_calls(strategy) if sees_all else strategy,
        evidence=fields.inner("evidence", evidence_reader(progression), AskedEvidence(settings=progression)),
        hooks=hooks,
        alarms=_alarms(fields, targets),
        poll_seconds=fields.take("pollSeconds", whole(1, 3600), DEFAULT_POLL_SECONDS),
        on_busy=OnBusy(fields.take("onBusy", one_of(*OnBusy), str(OnBusy.REJECT))),
        windows=fields.inner("windows", read_windows, ()),
        dry_run=fields.take("dryRun", flag, False),
        keep_versions=fields.take("keepVersions", whole(1, MAX_KEPT)),
        provisions=fields.take("provisionedConcurrency", flag, True),
        force=fields.take("force", flag, False),
        create=fields.take("create", flag, True),
        hold=fields.take("hold", flag),
        reason=fields.take("reason", text(longest=500), ""),
        requested_by=fields.take("requestedBy", text(longest=200), ""),
    )
    _refuse_without_evidence(request, fields)
    _refuse_without_trials(request, fields)
    _refuse_without_payload(request, fields)
    return tuple(problems) or request


def _refuse_without_evidence(request: Request, fields: Fields) -> None:
    """Refuse a strategy that cannot advance without evidence if the evidence is not on."""
    if request.strategy.needs_evidence and request.evidence.mode is not EvidenceMode.ON:
        is_adaptive = request.strategy.progression is Progression.ADAPTIVE
        given = "an adaptive strategy" if is_adaptive else '"advanceOn": "evidence"'
        allowed = f'"evidence": "on" (it is "{request.evidence.mode}"), or a strategy that goes by time'
        fields.fail("strategy", given, allowed)


def _refuse_without_trials(request: Request, fields: Fields) -> None:
    """Refuse synthetic calls if a function has no payloads for them."""
    bare = [item.target.function for item in request.targets if not harmless(item.smoke)]
    if request.evidence.synthetic_calls and bare and not any("smoke" in it.field for it in fields.problems):
        named = cut(", ".join(bare), MAX_SHOWN)
        given = f"{request.evidence.synthetic_calls}, but no smoke for {named}"
        allowed = '0, or "smoke" for every function: the payloads of those that expect no error are sent'
        fields.problems.append(Problem("evidence.syntheticCalls", given, allowed))


def _refuse_without_payload(request: Request, fields: Fields) -> None:
    """Refuse a warm-up if nothing says what a function is called with: no payload is safe for every one."""
    bare = [
        item.target.function
        for item in request.targets
        if item.warm and not item.warm.own and not harmless(item.smoke)
    ]
    if bare and not any("smoke" in it.field or "warm" in it.field for it in fields.problems):
        given = f"nothing, and no smoke for {cut(', '.join(bare), MAX_SHOWN)}"
        allowed = (
            'a payload, or "smoke" for every function: the payloads of those that expect no error are sent'
        )
        fields.problems.append(Problem("warm.payload", given, allowed))


def _targets(fields: Fields) -> tuple[WantedTarget, ...]:
    alias = fields.take("alias", _alias, DEFAULT_ALIAS)
    latest: AskedSource = Latest()
    source = fields.inner("source", read_asked_source, latest)
    untried: tuple[Smoke, ...] = ()
    smoke = fields.inner("smoke", read_smoke, untried)
    warm = fields.inner("warm", read_warm_up, None)
    if fields.has("function") == fields.has("functions"):
        given = "both" if fields.has("function") else "nothing"
        fields.fail("function", given, 'either "function" (one name) or "functions" (a list)')
        return ()
    if fields.has("function"):
        name = fields.need("function", _function)
        wanted: tuple[WantedTarget, ...] = (
            WantedTarget(Target(name or "", alias), source, smoke, warm=warm),
        )
    else:
        wanted = _several(fields, WantedTarget(Target("", alias), source, smoke, warm=warm))
    _refuse_too_much(wanted, fields)
    return wanted


def _several(fields: Fields, default: WantedTarget) -> tuple[WantedTarget, ...]:
    """Return the listed targets. What one does not say of itself is as in `default`."""
    listed = fields.get("functions")
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_TARGETS:
        schema = {"type": "array", "minItems": 1, "maxItems": MAX_TARGETS}
        fields.fail("functions", shown(listed), f"a list of 1 to {MAX_TARGETS} functions", schema)
        return ()
    wanted = []
    for at, item in enumerate(listed):
        path = f"functions[{at}]"
        listed_item = item if isinstance(item, Mapping) else {"name": item}
        own = Fields(listed_item, path, fields.problems, ("name", "source", "smoke", "warm", "alarms"))
        target = Target(own.need("name", _function) or "", default.target.alias)
        trials = own.inner("smoke", read_smoke, default.smoke)
        alarms: tuple[WantedAlarm, ...] = own.inner("alarms", read_alarms, ())
        asked_for = own.inner("source", read_asked_source, default.source)
        warm = own.inner("warm", read_warm_up, default.warm)
        wanted.append(WantedTarget(target, asked_for, trials, alarms, warm))
    _refuse_twice(wanted, fields)
    return tuple(wanted)


def _alarms(fields: Fields, targets: Sequence[WantedTarget]) -> tuple[WantedAlarm, ...]:
    """Return the alarms for all functions, then those of single functions, each once."""
    no_alarms: tuple[WantedAlarm, ...] = ()
    own = [alarm for wanted in targets for alarm in wanted.alarms]
    return each_once([*fields.inner("alarms", read_alarms, no_alarms), *own])


def _refuse_twice(wanted: Sequence[WantedTarget], fields: Fields) -> None:
    names = [item.target.function for item in wanted]
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        fields.fail("functions", f"{name} {names.count(name)} times", "each function once")


def _refuse_too_much(wanted: Sequence[WantedTarget], fields: Fields) -> None:
    """Refuse too many smoke tests: the plan travels through the machine, whose states take 256 KiB."""
    size = sum(len(json.dumps(SMOKE.write(smoke))) for item in wanted for smoke in item.smoke)
    if size > MAX_SMOKE:
        fields.fail("smoke", f"{size:,} characters in all", f"at most {MAX_SMOKE:,} for all functions")


def _function(value: object) -> str:
    if isinstance(value, str) and FUNCTION.fullmatch(value):
        return value
    allowed = "the name of a function, 1 to 64 letters, digits, - and _, without ARN or version"
    raise MisfitError(allowed, matching(FUNCTION))


def _alias(value: object) -> str:
    if isinstance(value, str) and ALIAS.fullmatch(value):
        return value
    allowed = "the name of an alias, 1 to 128 letters, digits, - and _, not digits alone"
    raise MisfitError(allowed, matching(ALIAS))
