"""The judge's memory: all that it keeps of the minutes it has seen, and its codec.

What is kept does not grow with the number of minutes. Numbers are written with all their digits, so that a
judge that is read back goes on exactly like the one that was stored.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, assert_never

from hotplug.core.evidence.statistics.cold_failures import ColdFailures
from hotplug.core.evidence.statistics.environments import Cohort, Environments
from hotplug.core.evidence.statistics.expected import ExpectedFailures
from hotplug.core.evidence.statistics.load import Load
from hotplug.core.evidence.statistics.metric import Failures, Metric, NeverSlower, Slowness, metric_named
from hotplug.core.evidence.statistics.model import EvidenceSettings
from hotplug.core.evidence.statistics.quiet import QuietBets
from hotplug.core.evidence.statistics.regression import Regression
from hotplug.core.evidence.statistics.safety import Excess, Fastness, Safety
from hotplug.core.evidence.statistics.tally import Counts, Tally
from hotplug.core.parsing.fields import Reader, amount, flag, whole
from hotplug.core.parsing.problem import MisfitError
from hotplug.core.parsing.stored import Codec, Key, list_of, mapping, record, stored_value, text

SCHEMA = 1
SETTLED_MINUTES = 3
"""After so many minutes in a row with hardly any warm-up, a candidate is settled."""


@dataclass(slots=True)
class Memory:
    """All that the judge keeps, with metrics in the order in which they came."""

    environments: Environments
    metrics: dict[str, Metric] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    """Metrics that have had their row of this minute."""
    most: float = 0.0
    """The highest log evidence at the end of any minute."""
    loudest_then: str = ""
    weight: float = 0.0
    """The highest weight of the last minute."""
    settled_minutes: int = SETTLED_MINUTES
    schema: int = SCHEMA

    @staticmethod
    def of(settings: EvidenceSettings) -> "Memory":
        """Return the memory of a judge that has seen nothing."""
        return Memory(Environments(settings.warmup_calls))


_NUMBER, _COUNT, _SHARE = amount(-1e300, 1e300), whole(0, 10**18), amount(0, 1)


def _list[T](read: Reader[T], length: int | None = None) -> Codec[list[T]]:
    """Return a codec for a list that can be changed."""
    items = list_of(read)

    def read_all(value: object) -> list[T]:
        found = items(value)
        if length is not None and len(found) != length:
            raise MisfitError(f"a list of {length}")
        return list(found)

    return Codec(read_all, lambda values: items.write(tuple(values)))


def _fill[T](holder: T, **values: Any) -> T:
    for name, value in values.items():
        setattr(holder, name, value)
    return holder


def _filled[T](fresh: T, *keys: Key) -> Codec[T]:
    """Return a codec that sets these attributes of an object that is as at first."""
    return record(partial(_fill, fresh), *keys)


def _counts(value: object) -> Counts:
    calls, failures, expected, excused, minutes = _list(_NUMBER, 5)(value)
    return Counts(_COUNT(calls), _COUNT(failures), expected, _COUNT(excused), _COUNT(minutes))


_COUNTS = Codec(
    _counts,
    lambda counts: [counts.calls, counts.failures, counts.expected, counts.excused, counts.minutes],
)
_TALLY = record(
    Tally,
    Key("calm", "calm", _COUNTS),
    Key("troubled", "troubled", _COUNTS),
    Key("turned", "turned", _COUNTS),
    Key("lowest", "lowest", _NUMBER),
)


def memory_codec(settings: EvidenceSettings) -> Codec[Memory]:
    """Return the codec of a judge's memory with these settings."""
    fresh = Memory.of(settings)
    return record(
        _checked,
        Key("schema", "schema", whole(SCHEMA, SCHEMA)),
        Key("environments", "environments", _environments(fresh.environments)),
        Key("metrics", "metrics", Codec(partial(_read_metrics, settings), _written_metrics)),
        Key("seen", "seen", _list(text)),
        Key("most", "most", _NUMBER),
        Key("loudestThen", "loudest_then", text),
        Key("weight", "weight", _SHARE),
        Key("settledMinutes", "settled_minutes", whole(0, SETTLED_MINUTES)),
    )


def _checked(**values: Any) -> Memory:
    memory = Memory(**values)
    if unknown := {*memory.seen, memory.loudest_then} - {*memory.metrics, ""}:
        raise MisfitError(f"names of its metrics, without {', '.join(sorted(unknown))}")
    return memory


def _environments(fresh: Environments) -> Codec[Environments]:
    return _filled(
        fresh,
        Key("cohorts", "cohorts", _list(_pair(Cohort))),
        Key("callsEach", "calls_each", _NUMBER),
        Key("new", "new", _NUMBER),
        Key("came", "came", _NUMBER),
        Key("peaks", "peaks", _list(_NUMBER)),
        Key("loads", "loads", _list(_pair(Load))),
        Key("isCounted", "is_counted", flag),
        Key("isKnown", "is_known", flag),
    )


def _pair[T: tuple[float, float]](build: Callable[[float, float], T]) -> Codec[T]:
    return Codec(lambda value: build(*_list(_NUMBER, 2)(value)), list)


def _read_metrics(settings: EvidenceSettings, value: object) -> dict[str, Metric]:
    metrics = {}
    for item in list_of(mapping)(value):
        name = stored_value(item, "metric", text)
        metrics[name] = _metric(metric_named(name, settings))(item)
    return metrics


def _written_metrics(metrics: dict[str, Metric]) -> list[dict[str, Any]]:
    return [{"metric": name, **_metric(metric).write(metric)} for name, metric in metrics.items()]


def _metric(metric: Metric) -> Codec[Metric]:
    """Return the codec of a metric; it reads into this one."""
    return _filled(metric, *_keys_of(metric))


def _keys_of(metric: Metric) -> Iterator[Key]:
    yield Key("expected", "expected", _expected(metric.expected))
    yield Key("tally", "tally", _TALLY)
    match metric:
        case Failures():
            yield Key("regression", "regression", _regression(metric.regression))
            yield Key("quiet", "quiet", _quiet(metric.quiet))
            yield Key("safety", "safety", _safety(metric.safety))
            if metric.cold:
                yield Key("cold", "cold", _cold(metric.cold))
        case Slowness():
            yield Key("regression", "regression", _regression(metric.regression))
            yield Key("unexcused", "unexcused", _regression(metric.unexcused))
            yield Key("carried", "carried", _NUMBER)
            yield Key("warming", "warming", _NUMBER)
        case NeverSlower():
            yield Key("fastness", "fastness", _fastness(metric.fastness))
        case _:
            assert_never(metric)


def _expected(fresh: ExpectedFailures) -> Codec[ExpectedFailures]:
    return _filled(
        fresh,
        Key("failures", "failures", _NUMBER),
        Key("calls", "calls", _NUMBER),
        Key("isSharedOut", "is_shared_out", flag),
    )


def _regression(fresh: Regression) -> Codec[Regression]:
    return _filled(
        fresh,
        Key("logEvidence", "log_evidence", _NUMBER),
        Key("stakes", "stakes", _list(_SHARE, len(fresh.stakes))),
    )


def _quiet(fresh: QuietBets) -> Codec[QuietBets]:
    return _filled(
        fresh,
        Key("stakes", "stakes", _list(_SHARE, len(fresh.stakes))),
        Key("calls", "calls", _COUNT),
        Key("excess", "excess", _NUMBER),
    )


def _cold(fresh: ColdFailures) -> Codec[ColdFailures]:
    return _filled(
        fresh,
        Key("fresh", "fresh", _NUMBER),
        Key("kept", "kept", _NUMBER),
        Key("estimated", "estimated", _NUMBER),
        Key("spent", "spent", _COUNT),
    )


def _fastness(fresh: Fastness) -> Codec[Fastness]:
    return _filled(
        fresh,
        Key("logOdds", "log_odds", _NUMBER),
        Key("stakes", "stakes", _list(_SHARE, len(fresh.stakes))),
        Key("hardlyAny", "hardly_any", _excess(fresh.hardly_any)),
        Key("logEvidence", "log_evidence", _NUMBER),
    )


def _safety(fresh: Safety) -> Codec[Safety]:
    def read(value: object) -> Safety:
        bets = _list(lambda item: item, len(fresh.bets))(value)
        for bet, item in zip(fresh.bets, bets, strict=True):
            _excess(bet)(item)
        return fresh

    return Codec(read, lambda safety: [_excess(bet).write(bet) for bet in safety.bets])


def _excess(fresh: Excess) -> Codec[Excess]:
    def read(value: object) -> Excess:
        log_evidence, most, staked = _list(_NUMBER, 3)(value)
        return _fill(fresh, log_evidence=log_evidence, most=most, staked=_SHARE(staked))

    return Codec(read, lambda bet: [bet.log_evidence, bet.most, bet.staked])
