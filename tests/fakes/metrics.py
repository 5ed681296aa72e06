"""CloudWatch's metrics of Lambda in memory: who called what comes in, statistics come out."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from math import ceil, floor, inf, sqrt

from hotplug.core.evidence.metrics.queries import MetricQuery
from hotplug.core.resources.target import Target
from tests.fakes.clock import Clock
from tests.fakes.faults import Surprising, refusal, verb

FAST_MS = 50.0
"""What a call takes that nobody said anything about."""
MINUTE_SECONDS = 60
ARRIVE_SECONDS = 60
DEVIATIONS = 2
"""How far the highest load of a minute is above its mean, in standard deviations of a Poisson number."""


@dataclass(frozen=True)
class Traffic:
    """What one version had in one minute.

    `bad` are calls among `calls`, throttled ones are not. `slow` says how many of them took how many
    milliseconds; the others took FAST_MS. `environments` is how many calls ran at once at most; as many as
    chance makes of this load where nothing is said.
    """

    calls: int
    bad: int = 0
    throttles: int = 0
    slow: Mapping[float, int] = field(default_factory=dict)
    environments: float | None = None

    def __post_init__(self) -> None:
        assert max(self.bad, sum(self.slow.values())) <= self.calls, "only calls can be bad or slow"

    @cached_property
    def durations(self) -> Mapping[float, int]:
        """How many calls took how many milliseconds, the shortest first."""
        taken = {float(ms): calls for ms, calls in self.slow.items()}
        taken[FAST_MS] = taken.get(FAST_MS, 0) + self.calls - sum(self.slow.values())
        return dict(sorted(taken.items()))

    @cached_property
    def busy_ms(self) -> float:
        """Milliseconds that all calls took."""
        return sum(ms * calls for ms, calls in self.durations.items())

    @cached_property
    def concurrency(self) -> float:
        """How many calls ran at once at most."""
        if self.environments is not None:
            return self.environments
        load = self.busy_ms / 1000 / MINUTE_SECONDS
        return min(self.calls, max(1, ceil(load + DEVIATIONS * sqrt(load)))) if self.calls else 0


type Model = Callable[[datetime], Traffic | None]
"""What a version had in the minute that begins then."""


class InMemoryMetrics(Surprising):
    """The `Metrics` of a test. A minute shows itself `arrive_seconds` after its end, and not in part."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._had: defaultdict[tuple[str, str], dict[int, list[Traffic]]] = defaultdict(dict)
        self._models: dict[tuple[str, str], Model] = {}
        self.arrive_seconds = ARRIVE_SECONDS
        self.counts_by_duration = True
        """Whether TC is offered for Lambda; without it such series are empty."""

    # What a test says about the world

    def had(
        self,
        target: Target | str,
        version: str,
        minute_begin: datetime,
        *,
        calls: int,
        bad: int = 0,
        throttles: int = 0,
        slow: Mapping[float, int] | None = None,
        environments: float | None = None,
    ) -> None:
        """A version had these calls in a minute, beside others that were told of it."""
        assert minute_begin.timestamp() % MINUTE_SECONDS == 0, "a minute begins with its first second"
        minutes, at = self._had[str(target), version], int(minute_begin.timestamp())
        minutes.setdefault(at, []).append(Traffic(calls, bad, throttles, slow or {}, environments))

    def follows(self, target: Target | str, version: str, model: Model) -> None:
        """A version has this traffic in all minutes, past and to come, beside what it `had`."""
        self._models[str(target), version] = model

    # What hotplug asks

    @verb
    def read(
        self, series: Sequence[MetricQuery], begin: datetime, end: datetime
    ) -> Mapping[MetricQuery, Mapping[int, float]]:
        return {one: self._values(one, begin, end) for one in series}

    # How it works

    def _values(self, series: MetricQuery, begin: datetime, end: datetime) -> Mapping[int, float]:
        period = series.period_seconds
        first, last = floor(begin.timestamp() / period), ceil(end.timestamp() / period)
        if series.stat.startswith("TC") and not self.counts_by_duration:
            return {}
        if series.metric == "ConcurrentExecutions":
            return self._concurrency(series, first * period, last * period)
        periods: defaultdict[int, list[Traffic]] = defaultdict(list)
        for minute, traffic in self._minutes(series, first * period, last * period):
            periods[minute // period * period].append(traffic)
        value_of = statistic(series.metric, series.stat)
        values = {at: value_of(periods[at]) for at in sorted(periods)}
        return {at: value for at, value in values.items() if value is not None}

    def _concurrency(self, series: MetricQuery, first: int, last: int) -> Mapping[int, float]:
        """Its maximum, as if all versions ran most calls at the same time."""
        if series.stat != "Maximum":
            raise unknown(series.metric, series.stat)
        minutes: defaultdict[int, float] = defaultdict(float)
        for minute, traffic in self._minutes(series, first, last):
            minutes[minute] += traffic.concurrency
        highest: dict[int, float] = {}
        for minute in sorted(minute for minute, most in minutes.items() if most):
            period = minute // series.period_seconds * series.period_seconds
            highest[period] = max(highest.get(period, 0.0), minutes[minute])
        return highest

    def _minutes(self, series: MetricQuery, first: int, last: int) -> Iterator[tuple[int, Traffic]]:
        """Of one version, or of all of them; what has not arrived is left out."""
        arrived = floor(self._clock.now.timestamp()) - self.arrive_seconds - MINUTE_SECONDS
        minutes = range(first, min(last, arrived + 1), MINUTE_SECONDS)
        name = f"{series.function}:{series.alias}"
        for target, version in {*self._had, *self._models}:
            if target == name and series.version in {None, version}:
                had, model = self._had.get((target, version), {}), self._models.get((target, version))
                yield from ((at, traffic) for at, parts in had.items() if at in minutes for traffic in parts)
                if model:
                    told = ((at, model(_moment(at))) for at in minutes)
                    yield from ((at, traffic) for at, traffic in told if traffic)


@cache
def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


type Statistic = Callable[[Sequence[Traffic]], float | None]
"""Of what was had in one period; None where there is no data."""


@cache
def statistic(metric: str, stat: str) -> Statistic:
    """AWS's error where there is no such statistic here."""
    match metric, stat:
        case "Throttles", "Sum":
            return _throttles
        case "Invocations", "Sum":
            return lambda traffic: float(calls) if (calls := _calls(traffic)) else None
        case "Errors", "Sum":
            return lambda traffic: float(sum(part.bad for part in traffic)) if _calls(traffic) else None
        case "Duration", "Sum":
            return lambda traffic: sum(part.busy_ms for part in traffic) if _calls(traffic) else None
        case "Duration", _ if matched := re.fullmatch(r"p(\d{1,2}(?:\.\d+)?|100)", stat):
            percent = float(matched[1])
            return lambda traffic: _percentile(_durations(traffic), percent) if _calls(traffic) else None
        case "Duration", _ if matched := re.fullmatch(r"TC\(([\d.]*):([\d.]*)\)", stat):
            low, high = float(matched[1] or -inf), float(matched[2] or inf)
            return lambda traffic: _trimmed_count(traffic, low, high) if _calls(traffic) else None
    raise unknown(metric, stat)


def unknown(metric: str, stat: str) -> Exception:
    """AWS' answer where a metric has no such statistic."""
    text = f"The value {stat} for parameter MetricStat.Stat is not a valid statistic of {metric}"
    return refusal("ValidationError", "GetMetricData", text)


def _calls(traffic: Sequence[Traffic]) -> int:
    return sum(part.calls for part in traffic)


def _throttles(traffic: Sequence[Traffic]) -> float | None:
    throttles = sum(part.throttles for part in traffic)
    return float(throttles) if throttles or _calls(traffic) else None


def _trimmed_count(traffic: Sequence[Traffic], low: float, high: float) -> float:
    return float(sum(many for ms, many in _durations(traffic).items() if low < ms <= high))


def _durations(traffic: Sequence[Traffic]) -> Mapping[float, int]:
    """The shortest first."""
    if len(traffic) == 1:
        return traffic[0].durations
    taken: defaultdict[float, int] = defaultdict(int)
    for part in traffic:
        for ms, calls in part.durations.items():
            taken[ms] += calls
    return dict(sorted(taken.items()))


def _percentile(durations: Mapping[float, int], percent: float) -> float:
    """Linear interpolation between the two nearest ranks."""
    position = (sum(durations.values()) - 1) * percent / 100
    below, above = _at_rank(durations, floor(position)), _at_rank(durations, ceil(position))
    return below + (above - below) * (position - floor(position))


def _at_rank(durations: Mapping[float, int], rank: int) -> float:
    for ms, calls in durations.items():
        if rank < calls:
            return ms
        rank -= calls
    raise AssertionError("a rank beyond all calls")
