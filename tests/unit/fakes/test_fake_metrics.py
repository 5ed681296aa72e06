"""What the metrics in memory do beside answering as CloudWatch does: they come late, as a test says."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from hotplug.core.errors import ForbiddenError
from hotplug.core.evidence.metrics.queries import MetricQuery
from tests.fakes import InMemoryCloud, Traffic, refusal
from tests.fakes.clock import MORNING

MINUTE = timedelta(minutes=1)
CALLS = MetricQuery("Invocations", "Sum", "orders", "live", "42")
ALL_CALLS = MetricQuery("Invocations", "Sum", "orders", "live", None, 3600)


def calls(cloud: InMemoryCloud, series: MetricQuery = CALLS) -> list[float]:
    """What is there by now, from this morning on."""
    return [*cloud.metrics.read([series], MORNING, cloud.now() + MINUTE)[series].values()]


def test_a_minute_shows_itself_a_while_after_its_end(cloud: InMemoryCloud) -> None:
    cloud.metrics.had("orders:live", "42", MORNING, calls=7)
    seen = []
    for _ in range(4):
        seen.append(calls(cloud))
        cloud.passes(59)
    assert seen == [[], [], [], [7]]


def test_what_is_told_of_one_minute_adds_up(cloud: InMemoryCloud) -> None:
    cloud.metrics.had("orders:live", "42", MORNING, calls=7)
    cloud.metrics.had("orders:live", "42", MORNING, calls=3)
    cloud.passes(120)
    assert calls(cloud) == [10]


def test_traffic_may_follow_a_model_which_says_when_there_is_none(cloud: InMemoryCloud) -> None:
    def rush(minute: datetime) -> Traffic | None:
        return None if minute.minute == 1 else Traffic(calls=10 * (minute.minute + 1))

    cloud.metrics.follows("orders:live", "42", rush)
    cloud.metrics.follows("orders:live", "41", lambda _: Traffic(100))
    cloud.metrics.had("orders:live", "42", MORNING + MINUTE, calls=1)
    cloud.passes(5 * 60)
    assert calls(cloud) == [10, 1, 30, 40]
    assert calls(cloud, ALL_CALLS) == [481]


def test_counts_by_duration_may_not_be_offered(cloud: InMemoryCloud) -> None:
    cloud.metrics.had("orders:live", "42", MORNING, calls=7)
    cloud.passes(120)
    fast = MetricQuery("Duration", "TC(:100)", "orders", "live", "42")
    assert calls(cloud, fast) == [7]
    cloud.metrics.counts_by_duration = False
    assert calls(cloud, fast) == []
    assert calls(cloud) == [7]


def test_versions_run_their_most_calls_at_the_same_time(cloud: InMemoryCloud) -> None:
    cloud.metrics.had("orders:live", "41", MORNING, calls=7, environments=3)
    cloud.metrics.had("orders:live", "42", MORNING, calls=7, environments=2)
    cloud.metrics.had("orders:live", "42", MORNING + MINUTE, calls=7, environments=4)
    cloud.passes(5 * 60)
    highest = MetricQuery("ConcurrentExecutions", "Maximum", "orders", "live", None)
    assert calls(cloud, highest) == [5, 4]
    assert calls(cloud, replace(highest, version="42")) == [2, 4]


@pytest.mark.parametrize(
    ("traffic", "expected"),
    [
        pytest.param(Traffic(0), 0, id="no call"),
        pytest.param(Traffic(1, slow={50_000: 1}), 1, id="no more than there are calls"),
        pytest.param(Traffic(600), 2, id="half an environment"),
        pytest.param(Traffic(600, slow={400: 600}), 8, id="four"),
    ],
)
def test_as_many_calls_run_at_once_as_chance_makes_of_the_load(traffic: Traffic, expected: int) -> None:
    assert traffic.concurrency == expected


def test_it_can_be_spoilt(cloud: InMemoryCloud) -> None:
    cloud.metrics.fails_next("read", refusal("AccessDenied", "GetMetricData", "no"))
    assert cloud.unspent == ["read"]
    with pytest.raises(ForbiddenError):
        calls(cloud)


def test_what_lambda_does_not_measure_is_refused(cloud: InMemoryCloud) -> None:
    cloud.metrics.had("orders:live", "42", MORNING, calls=7)
    cloud.passes(120)
    with pytest.raises(ClientError, match=r"IQM for parameter MetricStat\.Stat is not a valid statistic"):
        calls(cloud, MetricQuery("Duration", "IQM", "orders", "live", "42"))
