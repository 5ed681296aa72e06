"""Power forecast: the failure rates that the evidence can detect at the traffic of the last days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hotplug.core.evidence import EvidenceSettings, OnTimeLimit
from hotplug.core.evidence.metrics.queries import ARRIVAL_SECONDS, MINUTE_SECONDS
from hotplug.core.evidence.metrics.traffic import PROFILE_DAYS
from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.evidence.statistics.model import ERRORS, LEAST_STAKE, SLOWER, STAKES
from hotplug.core.evidence.statistics.power import Exposure, excludable, noticeable_in
from hotplug.core.parsing.units import HUNDRED, number
from hotplug.core.plan.plan import Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.planning.exposures import Bake, exposures_of
from hotplug.core.spec.steps import AdvanceOn, Progression, Steps

MAX_SENTENCES = 5
WORTH_NOTICING = 0.05
"""A failure rate. A strategy that cannot detect it should be a conscious choice."""
MINUTES = (5, 10, 15, 20, 30, 45, 60, 90, 120, 240, 480, 1440)
"""Bake times to propose, in minutes."""
AT_THE_LIMIT = {
    OnTimeLimit.PROMOTE_IF_QUIET: "goes on then unless something speaks against it",
    OnTimeLimit.HOLD: "is held there",
    OnTimeLimit.ROLL_BACK: "is rolled back then",
}
MAX_USUAL_FAILURES = 0.5
NOTHING = 2.0
"""A detectable failure rate that is worse than any: nothing can be detected."""


def power_forecast(plan: Plan) -> str:
    """Return a sentence for each target whose calls are compared, worst first. Return an empty text without
    any.
    """
    if plan.evidence.mode is EvidenceMode.OFF or not plan.steps:
        return ""
    views = [_View(plan, planned) for planned in plan.targets if planned.stable]
    sentences = [
        sentence for _, sentence in sorted((view.describe() for view in views), key=lambda each: -each[0])
    ]
    more = len(sentences) - MAX_SENTENCES
    return ". ".join([*sentences[:MAX_SENTENCES], *([f"And {more} more"] if more > 0 else [])])


@dataclass(frozen=True, slots=True)
class _View:
    """One target under its plan."""

    plan: Plan
    planned: PlannedTarget

    def describe(self) -> tuple[float, str]:
        """Return the failure rate that can be detected, and the sentence."""
        noticed, said = self._describe()
        return noticed, f"{self.planned.target}: {said}"

    def _describe(self) -> tuple[float, str]:
        if self.planned.profile is None:
            return NOTHING, "its traffic could not be read, so what can be noticed is not known"
        if not self._calls_per_minute:
            return (
                NOTHING,
                f"no calls in the last {PROFILE_DAYS} days: without any there is nothing to notice",
            )
        if self._failure_rate > MAX_USUAL_FAILURES:
            often = _percent(self._failure_rate)
            return NOTHING, f"{often} of its calls fail as it is: that more do can hardly be noticed"
        if self.plan.progression is Progression.ADAPTIVE:
            return self._adaptive()
        return self._stepped()

    def _stepped(self) -> tuple[float, str]:
        shared = _shared(self.plan.steps)
        if not shared:
            return NOTHING, "no step has calls of both versions, so there is nothing to compare"
        bakes = list(self._bakes(self.plan.steps))
        noticed = self._noticeable(bakes, sum(step.bake_seconds for step in self.plan.steps))
        calls = self._sees(*bakes)
        steps = f"{number(shared[0].percent)} % for {_time(shared[0].bake_seconds)} sees"
        if len(shared) > 1:
            steps = f"{len(shared)} steps up to {number(shared[-1].percent)} % see"
        said = f"{steps} {_calls(calls)} of the candidate{_can_notice(noticed)}"
        if noticed > WORTH_NOTICING:
            said += f"; {self._proposal(shared)}"
        if self.plan.advance_on is AdvanceOn.EVIDENCE:
            longest = shared[0].bake_seconds + self._settings.max_minutes * 60
            proving = self._sees(self._bake(shared[0].weight, longest))
            said += f"; {_calls(proving)} in {_time(longest)} can {self._exclude(proving)}"
        return noticed, said

    def _proposal(self, shared: Steps) -> str:
        """Return the shortest bake of the first step that detects enough, or an alternative."""
        first, tried = shared[0], []
        for minutes in MINUTES:
            noticed = self._noticeable([self._bake(first.weight, minutes * 60)], minutes * 60)
            tried.append((minutes, noticed))
        good = [(minutes, noticed) for minutes, noticed in tried if noticed <= WORTH_NOTICING]
        fast = self._noticeable([self._bake(0.5, 30 * 60)], 30 * 60)
        if good and (good[0][0] <= 60 or fast > WORTH_NOTICING):
            minutes, noticed = good[0]
            return f"{number(first.percent)} % for {_time(minutes * 60)} would notice {_percent(noticed)}"
        if fast <= WORTH_NOTICING:
            return f'"Adaptive" could notice {_percent(fast)}, with up to 50 % for 30 minutes'
        worst = f"{_percent(WORTH_NOTICING)}"
        return f"not even {number(first.percent)} % for 24 hours would notice {worst}"

    def _adaptive(self) -> tuple[float, str]:
        settings = self._settings
        bake = self._bake(settings.weight_max, settings.max_minutes * 60)
        noticed, calls = self._noticeable([bake], settings.max_minutes * 60), self._sees(bake)
        limit, heaviest = _time(settings.max_minutes * 60), number(_shared(self.plan.steps)[-1].percent)
        said = (
            f"{limit} at up to {heaviest} % see {_calls(calls)} "
            f"of the candidate at most: they can {self._exclude(calls)}"
        )
        return noticed, said

    def _exclude(self, calls: float) -> str:
        settings, base = self._settings, self._failure_rate
        excess = excludable(calls, base, settings.false_promote_risk)
        tolerated = f"of {_points(settings.tolerate_errors)} tolerated"
        end = f"without a proof it {AT_THE_LIMIT[settings.on_time_limit]}"
        if excess is None:
            return f"rule out nothing; {end}"
        if excess <= settings.tolerate_errors:
            return f"rule out an excess of {_points(excess)}, {tolerated}"
        return f"rule out no less than {_points(excess)}, {tolerated}; {end}"

    def _bakes(self, steps: Steps) -> Iterator[Bake]:
        """Yield the minutes that are read by the end of the last step. The newest ones are never read."""
        begin, readable = 0.0, sum(step.bake_seconds for step in steps) - self._blind_seconds
        for step in steps:
            end = begin + step.bake_seconds
            if 0 < step.percent < HUNDRED and begin < readable:
                yield Bake(step.weight, (min(end, readable) - begin) / 60)
            begin = end

    def _bake(self, weight: float, seconds: float) -> Bake:
        return Bake(weight, max(0.0, seconds - self._blind_seconds) / 60)

    def _sees(self, *bakes: Bake) -> float:
        """Return the calls of the candidate in these minutes."""
        return sum(self._calls_per_minute * minutes * weight for weight, minutes in bakes)

    def _noticeable(self, bakes: Sequence[Bake], seconds: float) -> float:
        """Return the detectable failure rate.

        NOTHING if there is none, or if there are too few minutes to confirm it.
        """
        settings, profile, learned = self._settings, self.planned.profile, self.planned.learned
        if seconds - self._blind_seconds < 60 * settings.confirm_minutes:
            return NOTHING
        call_seconds = profile.mean_ms / 1000 if profile else 0.0
        counted = not (learned and learned.trusts_environments is False)
        exposures = exposures_of(bakes, self._calls_per_minute, call_seconds, settings, counted=counted)
        burst = settings.error_burst_size
        each = [Exposure(calls / burst, weight, excused / burst) for calls, weight, excused in exposures]
        noticed = noticeable_in(each, self._failure_rate, settings.false_rollback_risk * self._stake)
        return NOTHING if noticed is None else noticed

    @property
    def _settings(self) -> EvidenceSettings:
        return self.plan.settings_for(self.planned)

    @property
    def _calls_per_minute(self) -> float:
        """Recent calls per minute, or the profile's mean without recent calls. Synthetic calls are added."""
        profile = self.planned.profile
        calls = (profile.recent_calls_per_minute or profile.calls_per_minute) if profile else 0.0
        return calls + self.plan.evidence.synthetic_calls

    @property
    def _failure_rate(self) -> float:
        return self.planned.profile.failure_rate if self.planned.profile else 0.0

    @property
    def _blind_seconds(self) -> float:
        """Seconds at the end that are not read, on average.

        A minute is read when it is over, which half a minute on average is not, and when its metrics are
        final.
        """
        return MINUTE_SECONDS / 2 + ARRIVAL_SECONDS + self.planned.timeout_seconds

    @property
    def _stake(self) -> float:
        """The share of the stake that is on errors.

        The rest is on throttles, and on latency if that is judged.
        """
        is_timed = bool(self.planned.profile and self.planned.profile.slow_ms)
        others = LEAST_STAKE + sum(STAKES[name] for name in SLOWER if is_timed)
        return STAKES[ERRORS] / (STAKES[ERRORS] + others)


def _shared(steps: Steps) -> Steps:
    return tuple(step for step in steps if 0 < step.percent < HUNDRED)


def _can_notice(rate: float) -> str:
    if rate > 1:
        return ", too few to notice even that all of them fail"
    return f": it can notice failure rates above {_percent(rate)}"


def _percent(rate: float) -> str:
    return f"{_short(max(0.01, 100 * rate))} %"


def _points(rate: float) -> str:
    return f"{_short(max(0.01, 100 * rate))} points"


def _calls(count: float) -> str:
    if count < 1.5:
        return "no call" if count < 0.5 else "about 1 call"
    return f"about {round(count) if count < 100 else round(float(f'{count:.2g}')):,} calls"


def _short(amount: float) -> str:
    """Return the number with two significant digits."""
    return f"{float(f'{amount:.2g}'):,.10g}"


def _time(seconds: int) -> str:
    for unit, length in (("hour", 3600), ("minute", 60)):
        if seconds % length == 0 and seconds >= length * (2 if unit == "hour" else 1):
            return f"{seconds // length} {unit}" + ("s" if seconds > length else "")
    return f"{seconds} s"
