"""What simulated days of an alias teach, beside what is true of their environments."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from bench.evidence.environments.pool import Code
from hotplug.core.evidence.metrics.day import DayMinute
from hotplug.core.evidence.metrics.learning import LEAST_NEW, learn
from hotplug.core.evidence.policy import Learned
from tests.support.days import DAY_MINUTES, Failing, a_day, in_clumps, one_by_one, usual_ms

PLAIN = Code(0.5)
WARMING = replace(PLAIN, warmup_calls=100, warmup_slowdown=2.0)
FAILING = replace(PLAIN, cold_failures=0.3)
SLOWEST = 3.0


def learned(day: list[DayMinute], code: Code = PLAIN) -> Learned:
    return learn(day, usual_ms(code))


def seen_as(day: list[DayMinute], concurrency: Callable[[float], float | None]) -> list[DayMinute]:
    """The day, with another concurrency in all minutes that have one."""
    return [
        minute._replace(
            environments=None if minute.environments is None else concurrency(minute.environments)
        )
        for minute in day
    ]


def test_a_plain_function_warms_up_in_few_calls_and_fails_hardly_any_first_call() -> None:
    found = learned(a_day(PLAIN, 30, "plain"))
    assert found.trusts_environments is True
    assert found.warmup_calls is not None
    assert 5 <= found.warmup_calls <= 50
    assert found.warmup_slowdown == SLOWEST
    assert found.cold_failures is not None
    assert 0 < found.cold_failures <= 0.2
    assert found.error_burst_size is None


@pytest.mark.slow
@pytest.mark.parametrize(("calls_per_minute", "seconds"), [(30, 0.1), (30, 2.0), (300, 0.5)])
@pytest.mark.parametrize(
    ("code", "least", "most"),
    [
        pytest.param(Code(1), 5, 65, id="plain"),
        pytest.param(Code(1, cold_slowdown=10.0), 5, 65, id="first calls 10 times slower"),
        pytest.param(
            Code(1, warmup_calls=30, warmup_slowdown=2.0), 30, 200, id="30 calls from twice as slow"
        ),
        pytest.param(
            Code(1, warmup_calls=100, warmup_slowdown=2.0), 85, 280, id="100 calls from twice as slow"
        ),
        pytest.param(
            Code(1, warmup_calls=100, warmup_slowdown=3.0), 120, 300, id="100 calls from 3 times as slow"
        ),
        pytest.param(
            Code(1, warmup_calls=200, warmup_slowdown=2.0), 150, 300, id="200 calls from twice as slow"
        ),
    ],
)
def test_the_length_of_a_warm_up_is_learned(
    code: Code, least: float, most: float, calls_per_minute: float, seconds: float
) -> None:
    """Twice as slow at first is a shorter warm-up from `SLOWEST`, before the margin."""
    code = replace(code, seconds=seconds)
    for seed in "ab":
        found = learned(a_day(code, calls_per_minute, f"{code} {calls_per_minute} {seed}"), code)
        assert found.warmup_calls is not None
        assert least <= found.warmup_calls <= most


@pytest.mark.slow
@pytest.mark.parametrize(("calls_per_minute", "seconds"), [(30, 0.1), (30, 2.0), (300, 0.5)])
@pytest.mark.parametrize(
    ("chance", "least", "most"),
    [(0.0, 0.02, 0.35), (0.1, 0.08, 0.45), (0.3, 0.28, 0.75), (1.0, 0.95, 1.0)],
)
def test_the_share_of_first_calls_that_fail_is_learned(
    chance: float, least: float, most: float, calls_per_minute: float, seconds: float
) -> None:
    code = Code(seconds, cold_failures=chance)
    for seed in "ab":
        found = learned(a_day(code, calls_per_minute, f"{code} {calls_per_minute} {seed}"), code)
        assert found.cold_failures is not None
        assert least <= found.cold_failures <= most
        assert found.error_burst_size is None


@pytest.mark.parametrize(
    ("failing", "least", "most"),
    [
        pytest.param(one_by_one(0.01), None, None, id="one by one"),
        pytest.param(one_by_one(0.0), None, None, id="none"),
        pytest.param(in_clumps(0.01, 10), 8, 10, id="ten by ten"),
        pytest.param(in_clumps(0.01, 3), 2.5, 3.5, id="three by three"),
        pytest.param(in_clumps(0.02, 40), 10, 10, id="more than is learned"),
    ],
)
def test_how_many_failures_come_from_one_cause_is_learned(
    failing: Failing, least: float | None, most: float | None
) -> None:
    size = learned(a_day(Code(0.1), 100, "clumps", failing)).error_burst_size
    assert (size is None) == (least is None)
    assert size is None or (least or 0) <= size <= (most or 0)


def test_an_incident_teaches_nothing_about_failures() -> None:
    quiet = a_day(PLAIN, 100, "incident")
    dice = Random("incident")
    failing = [
        minute._replace(failures=minute.failures + dice.binomialvariate(minute.calls - minute.failures, 0.4))
        if 700 <= at < 730
        else minute
        for at, minute in enumerate(quiet)
    ]
    found, usual = learned(failing), learned(quiet)
    assert found.error_burst_size is None
    assert found.cold_failures == pytest.approx(usual.cold_failures, abs=0.1)


@pytest.mark.parametrize(
    ("concurrency", "trusts"),
    [
        pytest.param(lambda most: most, True, id="as it is"),
        pytest.param(lambda most: most / 2, False, id="half too low"),
        pytest.param(lambda most: float(round(most / 2)), False, id="half too low, in whole numbers"),
        pytest.param(lambda _: 1.0, False, id="always one"),
        pytest.param(lambda _: None, None, id="not measured"),
    ],
)
def test_a_concurrency_is_trusted_that_fits_the_load(
    concurrency: Callable[[float], float | None], trusts: bool | None
) -> None:
    found = learned(seen_as(a_day(WARMING, 30, "warming"), concurrency), WARMING)
    assert found.trusts_environments is trusts
    assert (found.cold_failures is None) == (trusts is not True)
    assert found.warmup_calls is not None
    assert 100 < found.warmup_calls <= 300


def test_from_the_load_alone_only_a_longer_warm_up_than_is_assumed_is_learned() -> None:
    """How slow new environments are is blurred where it is not known in which minutes they came."""
    plain = learned(seen_as(a_day(PLAIN, 30, "plain"), lambda _: None))
    assert plain == Learned()


@pytest.mark.parametrize(
    "day",
    [
        pytest.param([], id="no day"),
        pytest.param([DayMinute(0, 0, None, 0.0, ())] * DAY_MINUTES, id="no calls"),
        pytest.param([DayMinute(30, 1, None, None, ())] * DAY_MINUTES, id="calls and failures alone"),
        pytest.param([DayMinute(30, 30, 2.0, 15.0, (30, 30, 30))] * 90, id="all fails, all is slow"),
    ],
)
def test_too_little_teaches_nothing(day: list[DayMinute]) -> None:
    assert learn(day, (400, 800, 1200)) == Learned()


def test_a_concurrency_that_never_rises_though_the_load_is_random_is_not_trusted() -> None:
    day = [DayMinute(30, 0, 2.0, 15.0, (15, 3, 0))] * DAY_MINUTES
    assert learned(day) == Learned(trusts_environments=False)


def test_few_new_environments_teach_nothing_of_them() -> None:
    """One more each hour."""
    day = [DayMinute(300, 1, 4.0 if at % 60 == 30 else 3.0, 150.0, (150, 30, 3)) for at in range(DAY_MINUTES)]
    assert DAY_MINUTES / 60 < LEAST_NEW
    found = learned(day)
    assert (found.warmup_calls, found.cold_failures) == (None, None)


def test_new_environments_that_are_no_slower_are_warm_at_once() -> None:
    day = [
        DayMinute(300, 0, 9.0, 150.0, (140, 28, 2))
        if at % 12 == 0
        else DayMinute(300, 0, 3.0, 150.0, (150, 30, 3))
        for at in range(DAY_MINUTES)
    ]
    found = learned(day)
    assert found.trusts_environments is True
    assert found.warmup_calls is not None
    assert found.warmup_calls <= 20


def test_without_counts_of_slow_calls_the_length_of_a_warm_up_is_not_learned() -> None:
    day = [minute._replace(slow=()) for minute in a_day(FAILING, 30, "failing")]
    found = learned(day)
    assert (found.warmup_calls, found.warmup_slowdown) == (None, None)
    assert found.cold_failures is not None
    assert found.cold_failures > 0.28
