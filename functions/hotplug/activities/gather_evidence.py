"""Gathers the evidence: how many calls each version had in each minute, and how many of them were bad."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.evidence.comparison import (
    Comparison,
    Latency,
    history,
    percentile_queries_of,
    queries_of,
)
from hotplug.core.evidence.measurement import Evidence, Measurement
from hotplug.core.evidence.metrics.minutes import latency_by, minutes_of
from hotplug.core.evidence.metrics.queries import Values, final_until
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
        comparisons = list(_comparisons(progress))
        measured = measure(cloud, comparisons, changes, _window(first, now, len(comparisons)), now)
    except Exception as error:
        logger.exception("could not read the metrics")
        return Evidence(changes=changes, unread=str(error))
    return Evidence(measured, tuple(one.assess() for one in measured), changes)


def keep(cloud: Cloud, progress: Progress, evidence: Evidence, now: datetime) -> None:
    """Write it down for whoever wants to judge again; what can't be kept has been told at least."""
    plan = progress.plan
    for measured, assessment in zip(evidence.measurements, evidence.assessments, strict=True):
        target, page = str(measured.comparison.target), measured.to_json(plan.evidence.mode, assessment)
        try:
            cloud.book.keep(plan.deployment, target, page, now)
        except Exception:
            logger.exception("could not keep the evidence about %s", target)


def usual_before(cloud: Cloud, targets: Sequence[Target], now: datetime) -> Mapping[str, Usual]:
    """How they were in the days before, by target, in as few calls as there can be."""
    begin = now - timedelta(days=USUAL_DAYS)
    asked = {target: usual_series(target) for target in targets}
    values = cloud.metrics.read([each for series in asked.values() for each in series], begin, now)
    return {
        str(target): usual_of({each: values[each] for each in series}, begin, now)
        for target, series in asked.items()
    }


def measure(
    cloud: Cloud,
    comparisons: Sequence[Comparison],
    changes: Sequence[Change],
    begin: datetime,
    now: datetime,
) -> tuple[Measurement, ...]:
    """The minutes of all of them from `begin`, which is that of a minute, in as few calls as there can be."""
    untils = [max(begin, final_until(now, each.timeout_seconds)) for each in comparisons]
    end = max(untils, default=begin)
    if end == begin:
        return tuple(_measured(each, {}, changes, begin, begin, Latency.NONE) for each in comparisons)
    values = cloud.metrics.read([query for each in comparisons for query in queries_of(each)], begin, end)
    ways = _ways(comparisons, values, begin, untils)
    uncounted = [each for each, way in zip(comparisons, ways, strict=True) if way is not Latency.COUNTS]
    if more := [query for each in uncounted for query in percentile_queries_of(each)]:
        values = {**values, **cloud.metrics.read(more, begin, end)}
        ways = _ways(comparisons, values, begin, untils)
    return tuple(
        _measured(each, values, changes, begin, until, way)
        for each, until, way in zip(comparisons, untils, ways, strict=True)
    )


def _ways(
    comparisons: Sequence[Comparison], values: Values, begin: datetime, untils: Sequence[datetime]
) -> list[Latency]:
    return [latency_by(each, values, begin, until) for each, until in zip(comparisons, untils, strict=True)]


def _measured(
    comparison: Comparison,
    values: Values,
    changes: Sequence[Change],
    begin: datetime,
    until: datetime,
    latency: Latency,
) -> Measurement:
    judged = comparison if latency is not Latency.NONE else replace(comparison, profile=None)
    rows = minutes_of(judged, values, changes, begin, until, latency)
    return Measurement(comparison, latency, begin, until, history(comparison.profile), tuple(rows))


def _comparisons(progress: Progress) -> Iterator[Comparison]:
    """The targets that have two versions."""
    for move in progress.moves():
        planned = move.planned
        if planned.stable and planned.stable != move.candidate:
            yield Comparison(
                planned.target,
                planned.stable,
                move.candidate,
                settings=progress.plan.settings_for(planned),
                profile=planned.usual,
                timeout_seconds=planned.timeout_seconds,
            )


def _window(first: datetime, now: datetime, targets: int) -> datetime:
    """The begin of the minute from which on all is judged."""
    begin = first.replace(second=0, microsecond=0)
    most = timedelta(minutes=min(MOST_MINUTES, MOST_MINUTES_OF_ALL // max(1, targets)))
    return begin + (now - begin) // most * most
