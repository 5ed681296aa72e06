"""Lambda's metrics of invocations, collected and sent to CloudWatch in batches by a thread."""

import queue
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

NAMESPACE = "AWS/Lambda"
_FLUSH_SECONDS = 0.5

type Dimensions = tuple[tuple[str, str], ...]
type MetricData = list[dict[str, object]]


@dataclass(frozen=True, slots=True)
class Invocation:
    """One attempt to invoke. A throttled attempt counts neither as an invocation nor as an error."""

    account: str
    region: str
    invoked_arn: str
    version: str
    begun_at: datetime
    failed: bool = False
    throttled: bool = False
    duration_milliseconds: float = 0.0
    concurrent: Mapping[Dimensions, int] = field(default_factory=dict)
    """Invocations that ran when this one began, itself included, by dimension set."""


def dimension_sets(invocation: Invocation) -> tuple[Dimensions, ...]:
    """Dimension sets of an invocation; `ExecutedVersion` only with an alias.

    Source: "Types of metrics for Lambda functions".
    """
    return dimension_sets_of(invocation.invoked_arn, invocation.version)


def dimension_sets_of(invoked_arn: str, version: str) -> tuple[Dimensions, ...]:
    """Dimension sets of the invocations of this version by this ARN."""
    function, qualifier, *_ = [*invoked_arn.split(":")[6:], ""]
    by_function = ("FunctionName", function)
    by_resource = ("Resource", f"{function}:{qualifier}" if qualifier else function)
    sets: tuple[Dimensions, ...] = ((by_function,), (by_function, by_resource))
    if qualifier and not qualifier.isdigit() and not qualifier.startswith("$"):
        sets += ((by_function, by_resource, ("ExecutedVersion", version)),)
    return sets


def metric_data(invocations: Iterable[Invocation]) -> MetricData:
    """One datum per metric, dimension set and second, in the form of PutMetricData."""
    groups: defaultdict[tuple[Dimensions, datetime], list[Invocation]] = defaultdict(list)
    for invocation in invocations:
        for dimensions in dimension_sets(invocation):
            groups[dimensions, invocation.begun_at.astimezone(UTC).replace(microsecond=0)].append(invocation)
    return [datum for key, group in groups.items() for datum in _data_of_group(*key, group)]


class InFlight:
    """The invocations that run now, counted by account, Region and dimension set."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Counter[tuple[str, str, Dimensions]] = Counter()

    def begins(self, account: str, region: str, sets: Sequence[Dimensions]) -> dict[Dimensions, int]:
        """Count one more, and return how many run now by dimension set."""
        with self._lock:
            self._running.update((account, region, dimensions) for dimensions in sets)
            return {dimensions: self._running[account, region, dimensions] for dimensions in sets}

    def ends(self, account: str, region: str, sets: Iterable[Dimensions]) -> None:
        """Count one less."""
        with self._lock:
            self._running.subtract((account, region, dimensions) for dimensions in sets)
            self._running += Counter()  # leaves out what is zero


def _data_of_group(dimensions: Dimensions, second: datetime, group: Sequence[Invocation]) -> MetricData:
    place: dict[str, object] = {
        "Timestamp": second,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions],
    }
    ran = [invocation for invocation in group if not invocation.throttled]
    data: MetricData = [{"MetricName": "Throttles", **place, **_count([call.throttled for call in group])}]
    if ran:
        durations = [call.duration_milliseconds for call in ran]
        data += [
            {"MetricName": "Invocations", **place, **_count([True for _ in ran])},
            {"MetricName": "Errors", **place, **_count([call.failed for call in ran])},
            {"MetricName": "Duration", **place, "Unit": "Milliseconds", "Values": durations},
        ]
    if concurrent := [call.concurrent[dimensions] for call in ran if dimensions in call.concurrent]:
        data.append({"MetricName": "ConcurrentExecutions", **place, "Unit": "Count", "Values": concurrent})
    return data


def _count(flags: Sequence[bool]) -> dict[str, object]:
    statistics = {
        "SampleCount": len(flags),
        "Sum": sum(flags),
        "Minimum": int(min(flags)),
        "Maximum": int(max(flags)),
    }
    return {"Unit": "Count", "StatisticValues": statistics}


class Recorder:
    """A queue of invocations that never blocks; `send(account, region, data)` runs in a thread of its own."""

    def __init__(self, send: Callable[[str, str, MetricData], None]) -> None:
        self._send = send
        self._queue: queue.SimpleQueue[Invocation] = queue.SimpleQueue()
        self._wake = threading.Event()
        threading.Thread(target=self._flush_for_ever, name="lambda-metrics", daemon=True).start()

    def record(self, invocation: Invocation) -> None:
        self._queue.put(invocation)

    def flush(self) -> None:
        places: defaultdict[tuple[str, str], list[Invocation]] = defaultdict(list)
        while not self._queue.empty():
            invocation = self._queue.get()
            places[invocation.account, invocation.region].append(invocation)
        for (account, region), invocations in places.items():
            self._send(account, region, metric_data(invocations))

    def _flush_for_ever(self) -> None:
        while not self._wake.wait(_FLUSH_SECONDS):
            self.flush()
