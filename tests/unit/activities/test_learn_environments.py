"""The last day of targets is read in few calls, and what can't be read teaches nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from bench.evidence.environments.pool import Code
from hotplug.activities.learn_environments import TARGETS_AT_ONCE, TIME_LIMIT, learned_of
from hotplug.core.errors import ForbiddenError
from hotplug.core.evidence.metrics.day import day_before
from hotplug.core.evidence.metrics.queries import MetricQuery
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import Learned
from hotplug.core.resources.target import Target
from tests.fakes import InMemoryCloud, Traffic, a_target
from tests.support.days import a_day_of_traffic, usual_ms

ORDERS = a_target("orders:live")
WARMING = Code(0.5, warmup_calls=100, warmup_slowdown=2.0, cold_failures=0.3)
PROFILE = TrafficProfile(30, 30, 0.001, usual_ms(WARMING))
MINUTE = timedelta(minutes=1)


def has_day(cloud: InMemoryCloud, target: str, traffic: Sequence[Traffic]) -> None:
    begin, _ = day_before(cloud.now())
    minutes = {begin + at * MINUTE: it for at, it in enumerate(traffic) if it.calls}
    cloud.metrics.follows(target, "41", minutes.get)


def profiles(many: int) -> dict[Target, TrafficProfile]:
    return {a_target(f"f{at}:live"): PROFILE for at in range(many)}


def test_a_day_is_read_of_the_alias_and_teaches(cloud: InMemoryCloud) -> None:
    has_day(cloud, "orders:live", a_day_of_traffic(WARMING, 30, "warming"))
    (found,) = learned_of(cloud, {ORDERS: PROFILE}).values()
    assert found.warmup_calls is not None
    assert 85 < found.warmup_calls < 280
    assert found.cold_failures is not None
    assert 0.28 < found.cold_failures < 0.75
    assert (found.warmup_slowdown, found.error_burst_size, found.trusts_environments) == (3, None, True)


def test_the_last_minutes_are_not_read_before_they_have_arrived(cloud: InMemoryCloud) -> None:
    begin, end = day_before(cloud.now() + timedelta(seconds=59))
    assert (begin, end) == (cloud.now() - 24 * 60 * MINUTE - MINUTE, cloud.now() - MINUTE)


def test_many_targets_are_read_in_as_few_calls_as_cloudwatch_allows(
    cloud: InMemoryCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    read = cloud.metrics.read

    def counting(series: Sequence[MetricQuery], begin: datetime, end: datetime) -> Any:
        asked.append(len(series) * round((end - begin) / MINUTE))
        return read(series, begin, end)

    monkeypatch.setattr(cloud.metrics, "read", counting)
    assert learned_of(cloud, profiles(TARGETS_AT_ONCE + 2)).keys() == profiles(TARGETS_AT_ONCE + 2).keys()
    assert asked == [100_800, 2 * 7 * 1440]


def test_a_target_without_calls_is_not_asked_about(cloud: InMemoryCloud) -> None:
    cloud.metrics.fails_next("read", RuntimeError("nobody should ask"))
    assert learned_of(cloud, {ORDERS: TrafficProfile(0, 0, 0)}) == {}
    assert cloud.unspent == ["read"]
    assert learned_of(cloud, {ORDERS: PROFILE}) == {}


def test_without_usual_durations_failures_teach_all_the_same(cloud: InMemoryCloud) -> None:
    has_day(cloud, "orders:live", a_day_of_traffic(WARMING, 30, "warming"))
    (found,) = learned_of(cloud, {ORDERS: TrafficProfile(30, 30, 0.001)}).values()
    assert (found.warmup_calls, found.trusts_environments) == (None, True)
    assert found.cold_failures is not None


@pytest.mark.parametrize("error", [ForbiddenError("no"), RuntimeError("a surprise")], ids=str)
def test_what_can_not_be_read_teaches_nothing(cloud: InMemoryCloud, error: Exception) -> None:
    cloud.metrics.fails_next("read", error)
    many = profiles(TARGETS_AT_ONCE + 1)
    assert learned_of(cloud, many) == {[*many][-1]: Learned()}


def test_learning_ends_in_time_for_the_plan(cloud: InMemoryCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    read = cloud.metrics.read

    def slowly(series: Sequence[MetricQuery], begin: datetime, end: datetime) -> Any:
        cloud.passes(TIME_LIMIT.total_seconds() / 2 + 1)
        return read(series, begin, end)

    monkeypatch.setattr(cloud.metrics, "read", slowly)
    assert len(learned_of(cloud, profiles(5 * TARGETS_AT_ONCE))) == 2 * TARGETS_AT_ONCE
