"""Calls come to environments as the page says, and rows show what CloudWatch would."""

from math import isclose, log
from statistics import NormalDist, fmean

import pytest

from bench.evidence.environments.pool import KEPT_SECONDS, SIGMA, Code, Pool, duration_quantile
from bench.evidence.environments.world import FreshCell, FreshWorld, limits, usual_ms
from bench.evidence.world import Piece, dice

MANY = 20_000
TENTH = [Piece(0, 0.1)]


def pool(code: Code, warm: int = 0) -> Pool:
    return Pool(code, dice("a"), warm)


def steady(calls: int, every: float) -> list[float]:
    return [every * at for at in range(calls)]


def total(cell: FreshCell, worlds: int, minutes: int = 5) -> dict[str, float]:
    """Sums of the first minutes of many deployments at 10 %, by metric and side."""
    found: dict[str, float] = {}
    for seed in range(worlds):
        world = FreshWorld(cell, f"{seed}")
        for row in (row for at in range(minutes) for row in world.minute(at, TENTH).rows):
            for side, calls, bad in (("new", *row[1:3]), ("old", *row[3:5])):
                found[f"{side} calls"] = found.get(f"{side} calls", 0) + calls / 7
                found[f"{side} {row.metric}"] = found.get(f"{side} {row.metric}", 0) + bad
    return found


def test_durations_are_lognormal_with_the_mean_of_the_code() -> None:
    durations = pool(Code(2.0)).serve(0.0, steady(MANY, 1.0)).durations
    assert isclose(fmean(durations), 2.0, rel_tol=0.02)
    for share in (0.1, 0.5, 0.9, 0.99):
        assert isclose(durations[int(share * MANY)], 2.0 * duration_quantile(share), rel_tol=0.03)


def test_a_call_gets_the_environment_that_became_idle_last() -> None:
    one = pool(Code(1.0), warm=0)
    together = one.serve(0.0, [0.0, 0.0, 0.0])
    assert (together.environments, together.new) == (3, 3)
    later = one.serve(100.0, [100.0 + 10 * at for at in range(50)])
    assert (later.environments, later.new) == (1, 0)
    assert sorted(one._calls) == [1, 1, 51]


def test_an_environment_is_gone_after_some_minutes_without_a_call() -> None:
    one = pool(Code(0.1))
    one.serve(0.0, [0.0])
    assert one.serve(0.0, [KEPT_SECONDS - 1.0]).new == 0
    assert one.serve(0.0, [2 * KEPT_SECONDS + 1.0]).new == 1


def test_calls_that_run_since_before_are_counted_too() -> None:
    one = pool(Code(100.0))
    one.serve(0.0, [0.0, 1.0])
    assert [one.serve(begin, []).environments for begin in (2.0, 10_000.0)] == [2, 0]
    assert one.serve(10_001.0, [10_001.0]).environments == 1


def test_calls_at_the_same_time_are_poisson_around_the_load() -> None:
    """At 60 calls a minute of 3 seconds each 3 run at the same time, in the mean and as the variance."""
    one, chance, seen = pool(Code(3.0)), dice("b"), list[int]()
    for at in range(MANY):
        begin = float(at)
        seen.append(one.serve(begin, []).environments)
        one.serve(begin, sorted(begin + chance.random() for _ in range(chance.binomialvariate(1000, 1e-3))))
    mean = fmean(seen)
    assert isclose(mean, 3.0, rel_tol=0.05)
    assert isclose(fmean((each - mean) ** 2 for each in seen), 3.0, rel_tol=0.1)


def test_the_first_calls_of_an_environment_become_faster_in_a_line() -> None:
    factors = Code(1.0, warmup_calls=100, warmup_slowdown=2.0).factors
    assert (factors[0], factors[50], len(factors)) == (2.0, 1.5, 100)
    assert factors[-1] == pytest.approx(1.01)
    slow = [pool(Code(1.0, warmup_calls=10_000, warmup_slowdown=3.0)).serve(0.0, [0.0]).durations[0]]
    assert slow == [3 * pool(Code(1.0)).serve(0.0, [0.0]).durations[0]]


def test_a_cold_start_slows_the_first_call_alone() -> None:
    warm = pool(Code(1.0)).serve(0.0, steady(10, 30.0)).durations
    cold = pool(Code(1.0, cold_slowdown=10)).serve(0.0, steady(10, 30.0)).durations
    assert len(set(cold) - set(warm)) == 1
    assert max(cold) > 3 * max(warm)


def test_new_environments_fail_their_first_call_by_chance() -> None:
    for chance in (0.3, 1.0):
        served = pool(Code(1.0, cold_failures=chance)).serve(0.0, [0.0] * MANY)
        assert served.new == MANY
        assert isclose(served.cold_failures, chance * MANY, rel_tol=0.05)
    assert pool(Code(0.1, cold_failures=1.0), warm=1).serve(0.0, steady(MANY, 1.0)).cold_failures == 0


def test_where_nothing_is_new_the_rows_of_both_versions_show_the_usual_shares() -> None:
    cell = FreshCell(300, 0.01, 0.01)
    found = total(cell, 300)
    assert isclose(found["new calls"] / (found["new calls"] + found["old calls"]), 0.1, rel_tol=0.03)
    for metric, share in {"errors": 0.01, "p50": 0.5, "p90": 0.1, "p90_harm": 0.1}.items():
        assert isclose(found[f"old {metric}"] / found["old calls"], share, rel_tol=0.05)
    above = {"errors": 0.01, "p50": 0.4058, "p90": 0.0640, "p50_harm": 0.2885}
    """A normal variable above log(1.1 or 1.25) / .4 more than the quantile."""
    for metric, share in above.items():
        assert isclose(found[f"new {metric}"] / found["new calls"], share, rel_tol=0.1)
    assert found["old throttles"] == found["new throttles"] == 0


def test_a_new_environment_makes_as_many_calls_slow_as_its_curve_says() -> None:
    code, limit, pools = Code(1.0, warmup_calls=100, warmup_slowdown=2.0), duration_quantile(0.5), 300
    expected = sum(1 - NormalDist().cdf(log(1 / factor) / SIGMA) for factor in code.factors)
    chance = dice("c")
    durations = [Pool(code, chance).serve(0.0, steady(100, 60.0)).durations for _ in range(pools)]
    slow = sum(each > limit for made in durations for each in made)
    assert isclose(slow / pools, expected, rel_tol=0.03)


def test_rows_show_concurrency_and_the_time_of_all_calls() -> None:
    cell, busy, calls = FreshCell(3_000, 0.0, 0.0, old=Code(2.0), new=Code(2.0, slowdown=1.5)), 0.0, 0
    world = FreshWorld(cell, "a")
    for at in range(20):
        rows = world.minute(at, TENTH).rows
        assert len(rows) == 7
        assert len({row[7:] for row in rows}) == 1
        environments, seconds = rows[0][7:]
        assert environments is not None
        assert seconds is not None
        assert 0.5 * seconds / 60 < environments < 3 * seconds / 60
        busy, calls = busy + seconds, calls + rows[0].candidate_calls
    assert isclose(busy / calls, 3.0, rel_tol=0.03)


def test_a_minute_without_calls_has_no_concurrency() -> None:
    rows = FreshWorld(FreshCell(300, 0.0, 0.0), "a").minute(0, [Piece(0, 0.0)]).rows
    assert {row[7:] for row in rows} == {(None, 0)}


def test_the_environments_of_a_quiet_stable_version_start_cold_too() -> None:
    cold = Code(0.2, cold_failures=1.0)
    found = total(FreshCell(0.15, 0.0, 0.0, old=cold, new=cold), 300, 60)
    assert found["old errors"] / found["old calls"] > 0.3
    kept = total(FreshCell(30, 0.0, 0.0, old=cold, new=cold), 30)
    assert kept["old errors"] == 0 < kept["new errors"]


def test_the_limits_are_those_of_the_product() -> None:
    assert usual_ms(Code(1.0)) == pytest.approx((923.12, 1541.31, 2340.93), rel=1e-3)
    p50 = limits(Code(1.0))[0]
    assert p50.metric == "p50"
    assert p50.stable == pytest.approx(0.9231, rel=1e-3)
    assert p50.candidate / p50.stable == pytest.approx(1.1, rel=1e-3)


def test_the_same_seed_makes_the_same_calls() -> None:
    cell = FreshCell(300, 0.01, 0.01, outage=True)
    one, other = (FreshWorld(cell, "a") for _ in range(2))
    assert [one.minute(at, TENTH) for at in range(20)] == [other.minute(at, TENTH) for at in range(20)]
