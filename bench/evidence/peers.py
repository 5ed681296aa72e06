"""Decision rules of other tools, as their code and documents state them.

Each rule is a schedule of weights and a check of the minutes that its tool can see. Tools that read
CloudWatch see a minute one minute after its end. Flagger, Argo Rollouts and aws-lambda-deploy see it at once.
A minute without data does not breach a CloudWatch alarm here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from types import MappingProxyType

from bench.evidence.deployment import Step, promoted, rolled_back
from bench.evidence.kayenta import is_high
from hotplug.core.evidence import Minute

ONE_PERCENT = 0.01
FLAGGER_THRESHOLD, FLAGGER_LOWEST = 5, 0.99
FLAGGER_WEIGHTS = (0.1, 0.2, 0.3, 0.4, 0.5)
ARGO_FAILURE_LIMIT = 3
NAIVE_Z = NormalDist().inv_cdf(0.99)

type PeerRule = Callable[[int, Sequence[Minute]], Step]
"""A rule of `deployment` that reads the rows of failures alone."""
type Poll = Callable[[int, Sequence[Minute]], bool]
"""Whether the rule rolls back, from the tick and the minutes that its tool can see by then."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Weights (0 to 1), by the tick from which each is in force. `end` is the tick of the promotion."""

    weights: Mapping[int, float]
    end: int

    def step(self, tick: int) -> Step:
        """Return the weight at this tick, or the promotion."""
        if tick >= self.end:
            return promoted()
        return Step(self.weights[max(at for at in self.weights if at <= tick)])


def _steps(weights: Sequence[float], minutes: int) -> Schedule:
    return Schedule({minutes * at: weight for at, weight in enumerate(weights)}, minutes * len(weights))


TENTHS = tuple(each / 10 for each in range(1, 11))
CANARY = Schedule({0: 0.1}, 5)
"""CodeDeploy's Canary10Percent5Minutes."""
LINEAR = _steps(TENTHS[:9], 1)
"""CodeDeploy's Linear10PercentEvery1Minute."""
CAREFUL = _steps((0.01, 0.05, 0.1, 0.25, 0.5), 2)
SAMPLE = _steps(TENTHS, 2)
ARGO_DOCS = _steps((0.2, 0.4, 0.6, 0.8), 10)
ARGO_TUNED = _steps((0.2, 0.4, 0.6, 0.8), 2)
KAYENTA = Schedule({0: 0.1, 11: 0.25, 21: 0.5}, 31)


def _scheduled(schedule: Schedule, look: Poll, blind: int) -> PeerRule:
    """Return a rule that checks first and then follows the schedule.

    `blind` is the number of newest minutes that are over but cannot be seen yet.
    """

    def rule(tick: int, minutes: Sequence[Minute]) -> Step:
        seen = minutes[: max(0, tick - blind)]
        return rolled_back() if seen and look(tick, seen) else schedule.step(tick)

    return rule


def _alarm(breaches: Callable[[Minute], bool], needed: int, of: int) -> Poll:
    """Return the check of a CloudWatch alarm with `needed` of `of` periods of a minute."""

    def look(_: int, seen: Sequence[Minute]) -> bool:
        return sum(map(breaches, seen[-of:])) >= needed

    return look


def _any_failure(minute: Minute) -> bool:
    return minute.candidate_failures + minute.stable_failures > 0


def _any_of_candidate(minute: Minute) -> bool:
    return minute.candidate_failures > 0


def _alias_rate(minute: Minute) -> bool:
    calls = minute.candidate_calls + minute.stable_calls
    return minute.candidate_failures + minute.stable_failures > ONE_PERCENT * calls


def _version_rate(minute: Minute) -> bool:
    return minute.candidate_failures > ONE_PERCENT * minute.candidate_calls


def _sample(tick: int, seen: Sequence[Minute]) -> bool:
    """Return whether the candidate failed any call in the last minute of a step, as in aws-lambda-deploy."""
    return tick % 2 == 0 and _any_of_candidate(seen[-1])


def _flagger(tick: int, minutes: Sequence[Minute]) -> Step:
    """Return Flagger's decision.

    A failed check holds the weight, and a minute without traffic is one. At the threshold the next check
    rolls back.
    """
    failed = advanced = 0
    for minute in minutes[:tick]:
        if failed >= FLAGGER_THRESHOLD:
            break
        if advanced == len(FLAGGER_WEIGHTS):
            return promoted()
        works = minute.candidate_calls - minute.candidate_failures
        if not minute.candidate_calls or works < FLAGGER_LOWEST * minute.candidate_calls:
            failed += 1
        else:
            advanced += 1
    return _flagger_step(tick, failed, advanced)


def _flagger_step(tick: int, failed: int, advanced: int) -> Step:
    if failed >= FLAGGER_THRESHOLD and tick > failed + advanced:
        return rolled_back()
    return Step(FLAGGER_WEIGHTS[min(advanced, len(FLAGGER_WEIGHTS) - 1)])


def _argo(first: int, every: int, lowest: float) -> Poll:
    """Return a background analysis. It measures the success rate of the last `every` minutes."""

    def look(tick: int, seen: Sequence[Minute]) -> bool:
        ends = range(first, tick + 1, every)
        failed = sum(_success(seen[max(0, end - every) : end]) < lowest for end in ends)
        return failed > ARGO_FAILURE_LIMIT

    return look


def _success(minutes: Sequence[Minute]) -> float:
    """Return the candidate's success rate. Without traffic there is no number, which fails a condition."""
    calls = sum(minute.candidate_calls for minute in minutes)
    return 1 - sum(minute.candidate_failures for minute in minutes) / calls if calls else -1.0


def _kayenta(tick: int, seen: Sequence[Minute]) -> bool:
    """Return Kayenta's judgement of the last ten minutes at the end of each step."""
    if tick not in {11, 21, 31}:
        return False
    window = seen[-10:]
    candidate = [each.candidate_failures / each.candidate_calls for each in window if each.candidate_calls]
    stable = [each.stable_failures / each.stable_calls for each in window if each.stable_calls]
    return is_high(candidate, stable)


def _naive(_: int, seen: Sequence[Minute]) -> bool:
    """Return the textbook z-test of two rates, on everything so far, again every minute."""
    calls, bad, other_calls, other_bad = (
        sum(column) for column in zip(*(each[1:5] for each in seen), strict=True)
    )
    pooled = (bad + other_bad) / max(1, calls + other_calls)
    if not calls or not other_calls or not 0 < pooled < 1:
        return False
    deviation = sqrt(pooled * (1 - pooled) * (1 / calls + 1 / other_calls))
    return (bad / calls - other_bad / other_calls) / deviation > NAIVE_Z


def _sam(tick: int, seen: Sequence[Minute]) -> bool:
    """Return whether one of the two alarms of SAM's guide to safe deployments is red."""
    return _alarm(_any_failure, 2, 2)(tick, seen) or _alarm(_any_of_candidate, 2, 2)(tick, seen)


CODEDEPLOY = "CodeDeploy C10-5, alias > 1 %, 1 of 1"
PEERS: Mapping[str, PeerRule] = MappingProxyType(
    {
        "CodeDeploy C10-5, SAM's two alarms, 2 of 2": _scheduled(CANARY, _sam, 1),
        CODEDEPLOY: _scheduled(CANARY, _alarm(_alias_rate, 1, 1), 1),
        "CodeDeploy C10-5, alias > 1 %, 2 of 3": _scheduled(CANARY, _alarm(_alias_rate, 2, 3), 1),
        "CodeDeploy C10-5, version > 1 %, 1 of 1": _scheduled(CANARY, _alarm(_version_rate, 1, 1), 1),
        "CodeDeploy L10-1, alias > 1 %, 1 of 1": _scheduled(LINEAR, _alarm(_alias_rate, 1, 1), 1),
        "aws-lambda-deploy, 10 x 2 min": _scheduled(SAMPLE, _sample, 0),
        "Flagger, 10 to 50 %, 5 failed checks": _flagger,
        "Argo Rollouts, tuned (2 min, 99 %)": _scheduled(ARGO_TUNED, _argo(1, 1, 0.99), 0),
        "Argo Rollouts, documents (10 min, 95 %)": _scheduled(ARGO_DOCS, _argo(10, 5, 0.95), 0),
        "Kayenta, 3 x 10 min": _scheduled(KAYENTA, _kayenta, 1),
        "z-test every minute, C10-5": _scheduled(CANARY, _naive, 1),
        "z-test every minute, 1-5-10-25-50 x 2 min": _scheduled(CAREFUL, _naive, 1),
    }
)
