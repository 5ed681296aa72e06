"""Evidence: calls and failures of both versions per minute, read from CloudWatch."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.errors import UnreadableError
from hotplug.core.evidence.comparison import (
    Comparison,
    Latency,
    history,
    percentile_queries_of,
    queries_of,
)
from hotplug.core.evidence.measurement import (
    HOUR,
    LATE,
    Evidence,
    Hour,
    Measurement,
    Memory,
    is_suspected,
)
from hotplug.core.evidence.metrics.minutes import latency_by, minutes_of
from hotplug.core.evidence.metrics.queries import MetricQuery, Values, final_until
from hotplug.core.evidence.metrics.traffic import PROFILE_DAYS, TrafficProfile, profile_of, profile_queries
from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.resources.target import Target
from hotplug.core.rollout.weight_changes import changes_in

logger = logging.getLogger("hotplug")


def gather_evidence(cloud: Cloud, progress: Progress, now: datetime) -> Evidence | None:
    """Return the evidence so far; None if the request switches it off.

    The last hours are read again at each poll, because some data points arrive late; what came before, the
    judge remembers. An error in reading is recorded as missing evidence: it does not roll back.
    """
    plan = progress.plan
    if plan.evidence.mode is EvidenceMode.OFF:
        return None
    changes: tuple[Change, ...] = ()
    try:
        changes = changes_in(cloud.ledger.timeline(plan.deployment))
        first = next((change.began for change in changes if change.share), now)
        comparisons = list(_comparisons(progress))
        memories = _memories(cloud, plan.deployment, comparisons, first, now)
        measured = measure(cloud, comparisons, changes, memories, now)
    except Exception as error:
        logger.exception("could not read the metrics")
        return Evidence(changes=changes, unread=str(error), suspected=_was_suspected(cloud, plan.deployment))
    return Evidence(measured, tuple(one.assess() for one in measured), changes)


def save_evidence(cloud: Cloud, progress: Progress, evidence: Evidence, now: datetime) -> None:
    """Save the evidence, so that it can be judged again. A failed save is logged."""
    plan = progress.plan
    for measured, assessment in zip(evidence.measurements, evidence.assessments, strict=True):
        target = str(measured.comparison.target)
        try:
            rest = _remembered(cloud, plan.deployment, measured, now)
            page = rest.to_json(plan.evidence.mode, assessment)
            cloud.evidence_store.save(plan.deployment, target, page, now)
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
    memories: Sequence[Memory],
    now: datetime,
) -> tuple[Measurement, ...]:
    """Measure each comparison since the end of its memory, a full minute, in as few calls as possible."""
    spans = [
        (memory.until, max(memory.until, final_until(now, each.timeout_seconds)))
        for each, memory in zip(comparisons, memories, strict=True)
    ]
    begin = min((begin for begin, _ in spans), default=now)
    until = max((until for _, until in spans), default=now)
    values = _read(cloud, [query for each in comparisons for query in queries_of(each)], begin, until)
    uncounted = [
        each
        for each, span in zip(comparisons, spans, strict=True)
        if any(way is not Latency.COUNTS for _, _, way in _hours(each, values, *span))
    ]
    more = [query for each in uncounted for query in percentile_queries_of(each)]
    values = {**values, **_read(cloud, more, begin, until)}
    return tuple(
        _measured(each, memory, changes, list(_hours(each, values, *span)), values)
        for each, memory, span in zip(comparisons, memories, spans, strict=True)
    )


def _read(cloud: Cloud, queries: Sequence[MetricQuery], begin: datetime, until: datetime) -> Values:
    return cloud.metrics.read(queries, begin, until) if queries and begin < until else {}


def _hours(
    comparison: Comparison, values: Values, begin: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime, Latency]]:
    """Yield the hours between, the last one as far as it goes, and how slow calls are counted in each."""
    while begin < until:
        end = min(until, begin + HOUR)
        yield begin, end, latency_by(comparison, values, begin, end)
        begin = end


def _measured(
    comparison: Comparison,
    memory: Memory,
    changes: Sequence[Change],
    hours: Sequence[tuple[datetime, datetime, Latency]],
    values: Values,
) -> Measurement:
    until = hours[-1][1] if hours else memory.until
    ways = {way for _, _, way in hours}
    latency = next((way for way in (Latency.PERCENTILES, Latency.COUNTS) if way in ways), Latency.NONE)
    unknown = latency is Latency.NONE and memory.state is None
    judged = replace(comparison, profile=None) if unknown else comparison
    rows = [row for begin, end, way in hours for row in minutes_of(judged, values, changes, begin, end, way)]
    before = history(comparison.profile)
    return Measurement(comparison, latency, memory.until, until, before, tuple(rows), memory.state)


def _memories(
    cloud: Cloud, deployment: str, comparisons: Sequence[Comparison], first: datetime, now: datetime
) -> list[Memory]:
    """Return the memory of each comparison. Before its first hour has closed, it is empty."""
    begin = first.replace(second=0, microsecond=0)
    if now - begin < HOUR + LATE:
        return [Memory(begin)] * len(comparisons)
    found = cloud.evidence_store.memories(deployment)
    return [_memory(cloud, deployment, each, found.get(str(each.target)), begin) for each in comparisons]


def _memory(
    cloud: Cloud, deployment: str, comparison: Comparison, item: Mapping[str, Any] | None, begin: datetime
) -> Memory:
    """Return a memory, made again from the closed hours where this release can't read it."""
    if item is None:
        return Memory(begin)
    try:
        return Memory.from_json(item, comparison.settings)
    except UnreadableError:
        logger.exception("the judge's memory of %s is made again", comparison.target)
    hours = [Hour.from_json(each) for each in cloud.evidence_store.hours(deployment)]
    mine = [each for each in hours if each.target == str(comparison.target)]
    empty = Measurement(comparison, Latency.NONE, begin, begin, history(comparison.profile), ())
    rest = reduce(Measurement.after, mine, empty)
    return Memory(rest.begin, rest.memory)


def _remembered(cloud: Cloud, deployment: str, measured: Measurement, now: datetime) -> Measurement:
    """Close the hours that are over, and return the measurement of the rest.

    Where two polls close an hour, the rows of the first are judged, so that both remember the same.
    """
    target = str(measured.comparison.target)
    while hour := measured.closed_hour:
        saved = cloud.evidence_store.close_hour(deployment, target, hour.to_json(), now)
        measured = measured.after(Hour.from_json(saved))
        memory = Memory(measured.begin, measured.memory)
        cloud.evidence_store.remember(deployment, target, memory.to_json(), now)
    return measured


def _was_suspected(cloud: Cloud, deployment: str) -> bool:
    """Return whether a candidate was under suspicion when evidence could be read last."""
    try:
        return any(map(is_suspected, cloud.evidence_store.saved(deployment)))
    except Exception:
        logger.exception("could not read the last evidence either")
        return False


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
                trusts_environments=planned.learned.trusts_environments if planned.learned else None,
            )
