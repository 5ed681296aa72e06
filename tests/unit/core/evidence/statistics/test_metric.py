"""What is excused never speaks against a candidate: on average a minute says nothing of a healthy one."""

from dataclasses import replace
from itertools import product
from math import exp

import pytest

from hotplug.core.evidence import EvidenceSettings, Minute
from hotplug.core.evidence.statistics.environments import Environments
from hotplug.core.evidence.statistics.metric import Failures, Slowness, metric_named
from hotplug.core.evidence.statistics.model import SLOWER
from tests.support.minutes import a_minute, counts, mean, splits

AT_ONCE = EvidenceSettings(confirm_minutes=1)
RULES = {
    "at once": AT_ONCE,
    "to be confirmed": EvidenceSettings(),
    "bursts": replace(AT_ONCE, error_burst_size=3),
}
ALL = ["errors", *SLOWER]


def factor(minute: Minute, excusable: int, settings: EvidenceSettings = AT_ONCE) -> float:
    """What the first minute says if so many failures of the candidate may be excused."""
    metric = metric_named(minute.metric, settings)
    environments = Environments(100.0)
    if isinstance(metric, Slowness):
        metric.carried = excusable
    else:
        environments.new = environments.came = excusable
        environments.is_known = environments.is_counted = True
    metric.see(minute, environments)
    assert isinstance(metric, Slowness | Failures)
    return exp(metric.regression.log_evidence)


def largest_mean(metric: str, calls: int, stable_calls: int, young: int, excusable: int) -> float:
    """Of all numbers of other calls that are bad. So many young calls are bad in any case."""
    return max(
        mean(
            (chance, factor(a_minute((calls, young + x), (stable_calls, bad - x), metric, 0.0), excusable))
            for x, chance in splits(calls - young, stable_calls, bad).items()
        )
        for bad in range(calls - young + stable_calls + 1)
    )


def cases(most: int, stable_most: int, step: int) -> list[tuple[int, int, int, int]]:
    """Calls of both versions, bad young ones, and how many may be excused: at least as many."""
    return [
        (calls, stable_calls, young, excusable)
        for calls, stable_calls in product(range(1, most + 1, step), range(1, stable_most + 1, step))
        for young in range(min(3, calls) + 1)
        for excusable in range(young, 6)
    ]


@pytest.mark.parametrize("metric", ALL)
def test_no_minute_speaks_against_a_candidate_whose_young_calls_are_bad_on_average(metric: str) -> None:
    assert max(largest_mean(metric, *case) for case in cases(7, 7, 3)) <= 1 + 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["errors", "p50", "p99"])
def test_nor_does_any_of_many_more(metric: str) -> None:
    assert max(largest_mean(metric, *case) for case in cases(10, 9, 1)) <= 1 + 1e-9


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize(("young", "excusable"), [(0, 2), (2, 2), (2, 3), (3, 9)])
def test_neither_does_one_in_which_the_weight_changed(
    metric: str, young: int, excusable: int, rule: str
) -> None:
    """Whatever the other calls did: here they came by chance at the highest weight, the least favourable."""
    calls, weight = 30, 0.25
    for bad in (0, 1, 4, 17, 30):
        minutes = (
            (
                one * other,
                a_minute((young + x + y, young + x), (calls - x - y, bad - x), metric, (0.1, weight)),
            )
            for x, one in counts(bad, weight).items()
            for y, other in counts(calls - bad, weight).items()
            if one * other > 1e-12
        )
        assert mean((chance, factor(each, excusable, RULES[rule])) for chance, each in minutes) <= 1 + 1e-9


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize("weight", [pytest.param(0.3, id="a weight"), pytest.param((0.1, 0.3), id="two")])
def test_one_more_bad_call_is_never_less_evidence(metric: str, weight: float | tuple[float, float]) -> None:
    factors = [factor(a_minute((30, x), (70, 2), metric, weight), 6) for x in range(31)]
    assert factors == sorted(factors)
    assert factors[0] < 1 < factors[-1]


@pytest.mark.parametrize("metric", SLOWER)
def test_where_all_may_be_excused_nothing_is_said_and_what_was_left_stays(metric: str) -> None:
    slow, environments = metric_named(metric, AT_ONCE), Environments(100.0)
    assert isinstance(slow, Slowness)
    slow.carried = 1.5
    minute = one_of_a_new_environment(metric, 1, 3)._replace(candidate_calls=1)
    environments.see(minute)
    slow.see(minute, environments)
    assert (slow.regression.log_evidence, slow.carried) == (0, 1.5)
    assert slow.unexcused.log_evidence > 0
    assert slow.tally.calm.excused == 1


def seen_by(metric: str, *minutes: Minute, settings: EvidenceSettings = AT_ONCE) -> Slowness:
    environments, slow = Environments(settings.warmup_calls), metric_named(metric, settings)
    assert isinstance(slow, Slowness)
    for minute in minutes:
        environments.see(minute)
        slow.see(minute, environments)
    return slow


def one_of_a_new_environment(metric: str, slow: int, stable_slow: int, environments: float = 1) -> Minute:
    row = a_minute((30, slow), (270, stable_slow), metric)
    return row._replace(environments=environments, busy_seconds=3.0)


@pytest.mark.parametrize(("metric", "slow", "usual"), [("p50", 29, 135), ("p90", 17, 27), ("p99", 6, 3)])
def test_a_candidate_that_is_as_slow_as_its_environments_are_new_is_not_suspicious(
    metric: str, slow: int, usual: int
) -> None:
    found = seen_by(metric, one_of_a_new_environment(metric, slow, usual))
    assert found.regression.log_evidence <= 0
    assert found.unexcused.log_evidence > 3


def test_one_that_stays_as_slow_is() -> None:
    found = seen_by("p90", *[one_of_a_new_environment("p90", 17, 27)] * 6)
    assert found.regression.log_evidence > 4.7
    assert found.warming == 0


def test_a_new_environment_explains_slow_calls_again() -> None:
    warm = [one_of_a_new_environment("p90", 3, 27)] * 6
    with_old, with_new = (
        seen_by("p90", *warm, one_of_a_new_environment("p90", 12, 27, environments))
        for environments in (1, 2)
    )
    assert with_old.regression.log_evidence > 1.5
    assert with_new.regression.log_evidence < -1.5


@pytest.mark.parametrize("metric", SLOWER)
def test_without_calls_to_warm_up_by_nothing_is_excused(metric: str) -> None:
    off = replace(AT_ONCE, warmup_calls=0)
    minute = one_of_a_new_environment(metric, 25, 20)
    found = seen_by(metric, minute, settings=off)
    old = seen_by(metric, minute._replace(environments=None, busy_seconds=None))
    assert found.regression == found.unexcused
    assert found.regression.log_evidence == old.regression.log_evidence != 0


def errors_of(*minutes: Minute, settings: EvidenceSettings = AT_ONCE) -> float:
    environments, errors = Environments(100.0), metric_named("errors", settings)
    assert isinstance(errors, Failures)
    for minute in minutes:
        environments.see(minute)
        errors.see(minute, environments)
    return errors.regression.log_evidence


def test_first_calls_of_new_environments_may_fail() -> None:
    cold = a_minute((30, 3), (270, 0))
    assert errors_of(cold._replace(environments=3)) == 0
    assert errors_of(cold._replace(environments=2)) > 1
    assert errors_of(cold._replace(environments=3), cold._replace(environments=3)) > 3
    assert errors_of(cold._replace(environments=3), settings=replace(AT_ONCE, cold_failures=0)) > 3


def test_in_quiet_minutes_both_versions_are_as_often_cold_at_a_half() -> None:
    call = a_minute((1, 1), (0, 0), weight=0.5)._replace(environments=1)
    assert errors_of(call) > 0
    assert errors_of(call._replace(weight_low=0.4, weight_high=0.4)) == 0
