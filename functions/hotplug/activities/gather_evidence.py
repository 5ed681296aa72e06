"""Gathers the evidence: how many calls each version had in each minute, and how many of them were bad."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.evidence import EvidenceSettings, Minute
from hotplug.core.evidence.comparison import Evidence, Weighed, history
from hotplug.core.evidence.metrics.minutes import Latency, final_until, latency_by, minutes_of
from hotplug.core.evidence.metrics.queries import Pair, Values, percentile_series_of, series_of
from hotplug.core.evidence.metrics.traffic import USUAL_DAYS, Usual, usual_of, usual_series
from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.resources.target import Target
from hotplug.core.rollout.weight_changes import changes_in

logger = logging.getLogger("hotplug")

MOST_MINUTES = 360
"""What takes longer is judged anew: the risk of a false rollback holds for each six hours."""
MOST_MINUTES_OF_ALL = 3_600
"""Of all targets together, so that one look takes seconds."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions whose minutes are wanted, and how they are judged; `before` says what was usual."""

    pair: Pair
    settings: EvidenceSettings
    timeout_seconds: int
    before: tuple[Minute, ...] = ()


def weigh(cloud: Cloud, progress: Progress, now: datetime) -> Evidence | None:
    """All minutes so far, read anew at each look, as some rows come late. None where nobody asked for it.

    That the metrics can't be read is no reason to roll back.
    """
    plan = progress.plan
    if plan.evidence.mode is EvidenceMode.OFF:
        return None
    changes: tuple[Change, ...] = ()
    try:
        changes = changes_in(cloud.ledger.timeline(plan.deployment))
        first = next((change.began for change in changes if change.share), now)
        compared = list(_compared(progress))
        weighed = weighed_since(cloud, compared, changes, _window(first, now, len(compared)), now)
    except Exception as error:
        logger.exception("could not read the metrics")
        return Evidence(changes=changes, unread=str(error))
    return Evidence(weighed, tuple(one.assess() for one in weighed), changes)


def keep(cloud: Cloud, progress: Progress, evidence: Evidence, now: datetime) -> None:
    """Write it down for whoever wants to judge again; what can't be kept has been told at least."""
    plan = progress.plan
    for weighed, assessment in zip(evidence.weighed, evidence.assessments, strict=True):
        page = weighed.to_json(plan.evidence.mode, assessment)
        try:
            cloud.book.keep(plan.deployment, weighed.target, page, now)
        except Exception:
            logger.exception("could not keep the evidence about %s", weighed.target)


def usual_before(cloud: Cloud, targets: Sequence[Target], now: datetime) -> Mapping[str, Usual]:
    """How they were in the days before, by target, in as few calls as there can be."""
    begin = now - timedelta(days=USUAL_DAYS)
    asked = {target: usual_series(target) for target in targets}
    values = cloud.metrics.read([each for series in asked.values() for each in series], begin, now)
    return {
        str(target): usual_of({each: values[each] for each in series}, begin, now)
        for target, series in asked.items()
    }


def weighed_since(
    cloud: Cloud,
    compared: Sequence[Compared],
    changes: Sequence[Change],
    begin: datetime,
    now: datetime,
) -> tuple[Weighed, ...]:
    """The minutes of all of them from `begin`, which is that of a minute, in as few calls as there can be."""
    untils = [max(begin, final_until(now, each.timeout_seconds)) for each in compared]
    end = max(untils, default=begin)
    if end == begin:
        return tuple(_weighed(each, Latency.NONE, begin, begin, []) for each in compared)
    asked = [series for each in compared for series in series_of(each.pair, each.settings)]
    values = cloud.metrics.read(asked, begin, end)
    ways = _ways(compared, values, begin, untils)
    uncounted = [each.pair for each, way in zip(compared, ways, strict=True) if way is not Latency.COUNTS]
    if more := [series for pair in uncounted for series in percentile_series_of(pair)]:
        values = {**values, **cloud.metrics.read(more, begin, end)}
        ways = _ways(compared, values, begin, untils)
    return tuple(
        _from(each, values, changes, begin, until, way)
        for each, until, way in zip(compared, untils, ways, strict=True)
    )


def _ways(
    compared: Sequence[Compared], values: Values, begin: datetime, untils: Sequence[datetime]
) -> list[Latency]:
    return [
        latency_by(each.pair, values, begin, until, each.settings)
        for each, until in zip(compared, untils, strict=True)
    ]


def _from(
    compared: Compared,
    values: Values,
    changes: Sequence[Change],
    begin: datetime,
    until: datetime,
    latency: Latency,
) -> Weighed:
    pair = compared.pair
    if latency is Latency.NONE:
        pair = replace(pair, slow_ms=())
    rows = minutes_of(pair, values, changes, begin, until, compared.settings, latency)
    return _weighed(compared, latency, begin, until, rows)


def _weighed(
    compared: Compared, latency: Latency, begin: datetime, until: datetime, rows: Sequence[Minute]
) -> Weighed:
    pair = compared.pair
    return Weighed(
        target=str(pair.target),
        candidate=pair.candidate,
        stable=pair.stable,
        settings=compared.settings,
        latency=latency,
        begin=begin,
        until=until,
        before=compared.before,
        minutes=tuple(rows),
    )


def _compared(progress: Progress) -> Iterator[Compared]:
    """The targets that have two versions."""
    for move in progress.moves():
        planned = move.planned
        if planned.stable and planned.stable != move.candidate:
            slow = planned.usual.slow_ms if planned.usual else ()
            pair = Pair(planned.target, planned.stable, move.candidate, slow)
            settings = progress.plan.settings_for(planned)
            yield Compared(pair, settings, planned.timeout_seconds, history(planned.usual))


def _window(first: datetime, now: datetime, targets: int) -> datetime:
    """The begin of the minute from which on all is judged."""
    begin = first.replace(second=0, microsecond=0)
    most = timedelta(minutes=min(MOST_MINUTES, MOST_MINUTES_OF_ALL // max(1, targets)))
    return begin + (now - begin) // most * most
