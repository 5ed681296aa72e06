"""Evidence: calls and failures of both versions per minute, read from CloudWatch."""

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
from hotplug.core.evidence.metrics.traffic import PROFILE_DAYS, TrafficProfile, profile_of, profile_queries
from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.resources.target import Target
from hotplug.core.rollout.weight_changes import changes_in

logger = logging.getLogger("hotplug")

MAX_MINUTES = 360
"""Evidence starts again after this time: the risk of a false rollback holds for each six hours."""
MAX_MINUTES_OF_ALL = 3_600
"""Minutes of all targets together, so that one poll takes seconds."""


def weigh(cloud: Cloud, progress: Progress, now: datetime) -> Evidence | None:
    """Return the evidence so far; None if the request switches it off.

    All minutes are read again at each poll, because some data points arrive late. An error in reading the
    metrics is recorded as missing evidence: it does not roll back.
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
    """Save the evidence, so that it can be judged again. A failed save is logged."""
    plan = progress.plan
    for measured, assessment in zip(evidence.measurements, evidence.assessments, strict=True):
        target, page = str(measured.comparison.target), measured.to_json(plan.evidence.mode, assessment)
        try:
            cloud.evidence_store.keep(plan.deployment, target, page, now)
        except Exception:
            logger.exception("could not save the evidence of %s", target)


def profiles_before(cloud: Cloud, targets: Sequence[Target], now: datetime) -> Mapping[str, TrafficProfile]:
    """Return the traffic profile of the last days by target, in as few calls as possible."""
    begin = now - timedelta(days=PROFILE_DAYS)
    asked = {target: profile_queries(target) for target in targets}
    values = cloud.metrics.read([each for series in asked.values() for each in series], begin, now)
    return {
        str(target): profile_of({each: values[each] for each in series}, begin, now)
        for target, series in asked.items()
    }


def measure(
    cloud: Cloud,
    comparisons: Sequence[Comparison],
    changes: Sequence[Change],
    begin: datetime,
    now: datetime,
) -> tuple[Measurement, ...]:
    """Measure all comparisons since `begin`, a full minute, in as few calls as possible."""
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
    """Comparisons of the targets with two versions."""
    for move in progress.moves():
        planned = move.planned
        if planned.stable and planned.stable != move.candidate:
            yield Comparison(
                planned.target,
                planned.stable,
                move.candidate,
                settings=progress.plan.settings_for(planned),
                profile=planned.profile,
                timeout_seconds=planned.timeout_seconds,
            )


def _window(first: datetime, now: datetime, targets: int) -> datetime:
    """Return the first minute of the evidence."""
    begin = first.replace(second=0, microsecond=0)
    most = timedelta(minutes=min(MAX_MINUTES, MAX_MINUTES_OF_ALL // max(1, targets)))
    return begin + (now - begin) // most * most
