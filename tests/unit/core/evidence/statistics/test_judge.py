"""The judge: the same finding however it is asked, and seldom a wrong one."""

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import exp, inf, isfinite, log, nan
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as any_

from hotplug.core import evidence
from hotplug.core.evidence import EvidenceSettings, Finding, Judge, Minute, assess, at_time_limit
from hotplug.core.evidence.statistics.metric import Failures, NeverSlower
from hotplug.core.evidence.statistics.model import LEAST_STAKE, STAKES
from tests.contract.analysis.source import PACKAGE
from tests.support.minutes import a_minute, drawn, every_failing, in_two_halves

DEFAULT_SETTINGS = EvidenceSettings()
NEEDED = log(100)
MAX_OF_A_MINUTE = NEEDED / 1.35
"""Where two have to confirm each other."""
AGAINST = ["errors", "throttles", "p50", "p90", "p99", "cold_starts"]
METRICS = [*AGAINST, "p50_harm", "p90_harm"]
HEALTHY = a_minute((500, 0), (500, 0), weight=0.5)
FASTER = a_minute((500, 100), (500, 250), "p50_harm", 0.5)
AS_SLOW = a_minute((500, 250), (500, 250), "p50_harm", 0.5)
STABLE_ALONE_FAILS = a_minute((500, 0), (500, 400), weight=0.5)

type Minutes = list[list[Minute]]
"""By minute a row of each metric."""


@any_.composite
def sides(draw: any_.DrawFn) -> tuple[int, int]:
    calls = draw(any_.integers(0, 60))
    return calls, draw(any_.integers(0, calls))


@any_.composite
def histories(draw: any_.DrawFn, metrics: Sequence[str] = METRICS) -> Minutes:
    """The same metrics in each minute, in whatever order."""
    wanted = draw(any_.lists(any_.sampled_from(metrics), min_size=1, max_size=4, unique=True))
    weights = any_.sampled_from([(0.1, 0.1), (0.1, 0.5), (0.5, 0.5), (0.0, 1.0)])
    return [
        [
            a_minute(draw(sides()), draw(sides()), metric, draw(weights))
            for metric in draw(any_.permutations(wanted))
        ]
        for _ in range(draw(any_.integers(1, 6)))
    ]


def rows_of(minutes: Minutes) -> list[Minute]:
    return [row for minute in minutes for row in minute]


def judged(rows: Iterable[Minute], settings: EvidenceSettings = DEFAULT_SETTINGS) -> Judge:
    judge = Judge(settings)
    for row in rows:
        judge.see(row)
    return judge


always_the_same = settings(derandomize=True, max_examples=60)


@pytest.mark.slow
@always_the_same
@given(histories())
def test_to_replay_all_minutes_or_to_go_on_from_the_last_one_is_the_same(minutes: Minutes) -> None:
    rows, judge = rows_of(minutes), Judge(DEFAULT_SETTINGS)
    assert judge.assessment() == assess([], DEFAULT_SETTINGS)
    for n, row in enumerate(rows, 1):
        judge.see(row)
        assert judge.assessment() == judge.assessment() == assess(rows[:n], DEFAULT_SETTINGS)


@always_the_same
@given(histories(), any_.randoms(use_true_random=False))
def test_the_order_of_metrics_within_a_minute_does_not_matter(minutes: Minutes, random: Random) -> None:
    one = judged(rows_of(minutes))
    other = judged(rows_of([random.sample(minute, len(minute)) for minute in minutes]))
    assert other.finding is one.finding
    assert other.log_evidence == pytest.approx(one.log_evidence, abs=1e-9)
    assert other.upper_bounds(0.2) == one.upper_bounds(0.2)


@always_the_same
@given(histories(AGAINST))
def test_several_metrics_are_merged_by_the_mean_of_their_evidence(minutes: Minutes) -> None:
    rows = rows_of(minutes)
    alone = {
        metric: judged(row for row in rows if row.metric == metric).log_evidence
        for metric in {row.metric for row in rows}
    }
    stakes = {metric: STAKES.get(metric, LEAST_STAKE) for metric in alone}
    merged = sum(stakes[metric] * exp(each) for metric, each in alone.items()) / sum(stakes.values())
    found = judged(rows).log_evidence
    assert found == pytest.approx(log(merged), abs=1e-9)
    assert min(alone.values()) - 1e-9 <= found <= max(alone.values()) + 1e-9


def test_one_bad_metric_is_enough_and_the_others_only_share_the_stakes() -> None:
    others = [HEALTHY._replace(metric=metric) for metric in ("p50", "p90", "p99")]
    bad = judged([every_failing(), *others])
    assert bad.log_evidence == pytest.approx(log(0.6 * exp(MAX_OF_A_MINUTE) + 0.4))
    assert judged([every_failing(), *others] * 2).finding is Finding.ROLL_BACK


@pytest.mark.parametrize("metric", ["cold_starts", "throttles", ""])
def test_a_metric_of_another_name_is_judged_like_errors(metric: str) -> None:
    random = Random(3)
    rows = [drawn(random, 400, 0.02, 0.01) for _ in range(6)]
    errors, other = (
        assess(rows, DEFAULT_SETTINGS),
        assess([row._replace(metric=metric) for row in rows], DEFAULT_SETTINGS),
    )
    assert other.verdict is errors.verdict
    assert other.log_evidence == errors.log_evidence
    assert list(other.excess_upper_bound.items()) == [(metric, errors.excess_upper_bound["errors"])]


@pytest.mark.parametrize("metric", ["p50", "p90", "p99"])
def test_slower_calls_roll_back_but_bound_no_failures(metric: str) -> None:
    slower = assess([a_minute((500, 450), (500, 5), metric, 0.5)] * 4, DEFAULT_SETTINGS)
    assert slower.verdict is Finding.ROLL_BACK
    assert slower.excess_upper_bound == {}


@pytest.mark.parametrize("metric", ["p50_harm", "p90_harm"])
def test_slowness_that_is_never_accepted_only_keeps_from_promoting(metric: str) -> None:
    assert assess([every_failing(metric)] * 10, DEFAULT_SETTINGS).verdict is Finding.UNDECIDED
    assert assess([every_failing(metric)] * 10, DEFAULT_SETTINGS).log_evidence == 0


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([], id="no minutes"),
        pytest.param([a_minute((0, 0), (0, 0))] * 40, id="no calls"),
        pytest.param([a_minute((0, 0), (900, 0))] * 40, id="no calls of the candidate"),
        pytest.param([a_minute((0, 0), (900, 900))] * 40, id="no calls of the candidate, and trouble"),
    ],
)
def test_silence_is_no_verdict(rows: Sequence[Minute]) -> None:
    found = assess(rows, DEFAULT_SETTINGS)
    assert found.verdict is Finding.UNDECIDED
    assert found.log_evidence == 0
    assert set(found.excess_upper_bound.values()) <= {1}
    assert found.reason == "the candidate had no calls that could be compared"


@pytest.mark.parametrize(
    ("rows", "finding"),
    [
        pytest.param([HEALTHY], Finding.PROMOTE, id="errors alone"),
        pytest.param([HEALTHY, FASTER], Finding.PROMOTE, id="errors and slowness"),
        pytest.param([FASTER, HEALTHY], Finding.PROMOTE, id="slowness and errors"),
        pytest.param([HEALTHY, AS_SLOW], Finding.UNDECIDED, id="too slow, it may be"),
        pytest.param([AS_SLOW, HEALTHY], Finding.UNDECIDED, id="too slow, whatever comes first"),
        pytest.param(
            [HEALTHY, FASTER, AS_SLOW._replace(metric="p90_harm")], Finding.UNDECIDED, id="by one quantile"
        ),
        pytest.param(
            [HEALTHY, a_minute((0, 0), (0, 0), "throttles")], Finding.UNDECIDED, id="one without calls"
        ),
        pytest.param(
            [HEALTHY, HEALTHY._replace(metric="p50")], Finding.PROMOTE, id="one that proves no safety"
        ),
        pytest.param([HEALTHY._replace(metric="p50")], Finding.UNDECIDED, id="only one that proves none"),
        pytest.param([a_minute((500, 0), (0, 0), weight=1.0)], Finding.UNDECIDED, id="nothing to compare"),
    ],
)
def test_every_metric_has_to_prove_the_candidate_safe(rows: Sequence[Minute], finding: Finding) -> None:
    assert assess([*rows] * 8, DEFAULT_SETTINGS).verdict is finding


@pytest.mark.parametrize("min_minutes", [0, 3, 7])
def test_no_promotion_before_so_many_minutes_with_calls_of_the_candidate(min_minutes: int) -> None:
    asked, judge = replace(DEFAULT_SETTINGS, min_minutes=min_minutes), Judge(DEFAULT_SETTINGS)
    judge = judged([a_minute((0, 0), (500, 0), weight=0)] * 10, asked)
    for n in range(1, 10):
        judge.see(a_minute((5_000, 0), (5_000, 0), weight=0.5))
        assert (judge.finding is Finding.PROMOTE) == (n >= max(min_minutes, 1))


@pytest.mark.parametrize(
    ("asked", "earlier"),
    [
        pytest.param(replace(DEFAULT_SETTINGS, false_promote_risk=0.2), True, id="a greater risk"),
        pytest.param(
            replace(DEFAULT_SETTINGS, tolerate_errors=0.05), True, id="a larger excess is tolerated"
        ),
        pytest.param(replace(DEFAULT_SETTINGS, false_promote_risk=0.001), False, id="a smaller risk"),
        pytest.param(
            replace(DEFAULT_SETTINGS, tolerate_errors=0.0005), False, id="hardly any excess is tolerated"
        ),
    ],
)
def test_how_soon_a_candidate_is_promoted(asked: EvidenceSettings, earlier: bool) -> None:
    minutes = [a_minute((200, 0), (200, 0), weight=0.5)]

    def needed(settings: EvidenceSettings) -> int:
        judge, seen = Judge(replace(settings, min_minutes=0)), 0
        while judge.finding is not Finding.PROMOTE:
            judge.see(*minutes)
            seen += 1
        return seen

    assert (needed(asked) < needed(DEFAULT_SETTINGS)) == earlier


def test_an_excess_as_large_as_the_usual_failure_rate_is_tolerated() -> None:
    often_failing = a_minute((500, 10), (500, 10), weight=0.5)
    assert assess([often_failing] * 20, DEFAULT_SETTINGS).verdict is Finding.PROMOTE
    assert (
        assess([a_minute((500, 10), (500, 1), weight=0.5)] * 12, DEFAULT_SETTINGS).verdict
        is Finding.ROLL_BACK
    )
    seldom_failing = a_minute((500, 3), (500, 3), weight=0.5)
    assert assess([seldom_failing] * 3, DEFAULT_SETTINGS).verdict is Finding.UNDECIDED


def test_a_candidate_that_is_against_all_odds_is_not_promoted_however_safe_it_was() -> None:
    assert assess([HEALTHY] * 20, DEFAULT_SETTINGS).verdict is Finding.PROMOTE
    assert (
        assess([*[HEALTHY] * 20, every_failing(), every_failing()], DEFAULT_SETTINGS).verdict
        is Finding.ROLL_BACK
    )


@pytest.mark.parametrize(
    ("against", "proof", "finding"),
    [
        pytest.param(1, 19.9, Finding.UNDECIDED, id="not proven"),
        pytest.param(1, 20.1, Finding.PROMOTE, id="just proven"),
        pytest.param(9.99, 20.1, Finding.PROMOTE, id="just proven, hardly suspect"),
        pytest.param(10.01, 20.1, Finding.UNDECIDED, id="just proven, suspect"),
        pytest.param(10.01, 200, Finding.UNDECIDED, id="suspect, not quite outweighed"),
        pytest.param(10.01, 201, Finding.PROMOTE, id="suspect, outweighed"),
        pytest.param(99.9, 1_997, Finding.UNDECIDED, id="nearly convicted, not quite outweighed"),
        pytest.param(99.9, 1_999, Finding.PROMOTE, id="nearly convicted, outweighed"),
        pytest.param(100.1, 1e8, Finding.ROLL_BACK, id="convicted"),
    ],
)
def test_a_suspicion_has_to_be_outweighed(against: float, proof: float, finding: Finding) -> None:
    judge = judged([HEALTHY] * 3)
    errors = judge._memory.metrics["errors"]
    assert isinstance(errors, Failures)
    errors.regression.log_evidence = log(against)
    for bet in errors.safety.bets:
        bet.log_evidence = bet.most = log(proof)
    assert judge.finding is finding


ONE_BAD_MINUTE = a_minute((100, 3), (900, 0))


def test_one_bad_minute_is_made_up_for_by_many_good_ones_before_the_time_is_over() -> None:
    judge, good = judged([ONE_BAD_MINUTE]), 0
    assert judge.log_evidence >= log(10)
    while judge.finding is Finding.UNDECIDED:
        judge.see(a_minute((100, 0), (900, 0)))
        good += 1
    assert judge.finding is Finding.PROMOTE
    assert judge.log_evidence >= log(10), "it still is what it was: where nothing fails nothing is compared"
    assert at_time_limit(judge.assessment(), DEFAULT_SETTINGS) is Finding.ROLL_BACK
    assert good < DEFAULT_SETTINGS.max_minutes


def test_it_takes_longer_than_without_the_suspicion() -> None:
    good = a_minute((100, 0), (900, 0))
    needed = [
        next(n for n in range(40) if assess([*bad, *[good] * n], DEFAULT_SETTINGS).verdict is Finding.PROMOTE)
        for bad in ([], [ONE_BAD_MINUTE])
    ]
    assert needed[0] + 5 < needed[1]


@pytest.mark.parametrize("risk", [0.2, 0.05, 0.0001])
@pytest.mark.parametrize("good_minutes", [4, 20, 200])
def test_a_candidate_that_breaks_is_never_promoted_however_well_it_was_before(
    good_minutes: int, risk: float
) -> None:
    """Its other metric is proven by the minute in which it breaks."""
    asked = replace(DEFAULT_SETTINGS, false_promote_risk=risk, min_minutes=0)
    unproven = [HEALTHY, AS_SLOW] * good_minutes
    broken = [every_failing(calls=500), a_minute((500, 0), (500, 250), "p50_harm", 0.5)]
    assert assess(unproven, asked).verdict is Finding.UNDECIDED
    assert assess([*unproven, *broken], asked).verdict is Finding.UNDECIDED
    assert assess([*unproven, *broken * 2], asked).verdict is Finding.ROLL_BACK


def test_a_candidate_that_breaks_is_not_promoted_because_its_failures_are_fast() -> None:
    breaking = [every_failing(calls=500), a_minute((500, 0), (500, 250), "p50_harm", 0.5)]
    rows = [HEALTHY, AS_SLOW] * 4
    assert assess(rows, DEFAULT_SETTINGS).verdict is Finding.UNDECIDED
    assert assess([*rows, *breaking], DEFAULT_SETTINGS).verdict is not Finding.PROMOTE


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        pytest.param(a_minute((2_000, 0), (2_000, 0)), every_failing(calls=2_000), id="failures"),
        pytest.param(
            a_minute((10_000, 1_000), (10_000, 5_000), "p50_harm"),
            a_minute((10_000, 9_000), (10_000, 5_000), "p50_harm"),
            id="slowness",
        ),
    ],
)
def test_a_candidate_can_be_judged_that_breaks_after_many_good_calls(good: Minute, bad: Minute) -> None:
    good = good._replace(weight_low=0.5, weight_high=0.5)
    bad = bad._replace(weight_low=0.5, weight_high=0.5)
    assert assess([good, bad], DEFAULT_SETTINGS).verdict is Finding.UNDECIDED


@any_.composite
def crowds(draw: any_.DrawFn) -> tuple[int, int]:
    """Up to millions of calls, of which all may be bad, or none."""
    calls = draw(any_.sampled_from([0, 1, 1_000, 100_000, 3_000_000]))
    return calls, round(calls * draw(any_.sampled_from([0.0, 0.0, 0.0, 1.0, 0.5, 0.001])))


@always_the_same
@given(any_.lists(any_.tuples(any_.sampled_from(METRICS[2:7]), crowds(), crowds()), max_size=8))
def test_any_crowd_of_calls_can_be_judged(rows: list[tuple[str, tuple[int, int], tuple[int, int]]]) -> None:
    found = assess(
        [a_minute(candidate, stable, metric, 0.5) for metric, candidate, stable in rows], DEFAULT_SETTINGS
    )
    assert isfinite(found.log_evidence)
    assert all(0 < bound <= 1 for bound in found.excess_upper_bound.values())


def test_a_rollback_is_final_even_when_the_evidence_falls() -> None:
    judge = judged([every_failing()] * 2)
    assert judge.finding is Finding.ROLL_BACK
    most = judge.assessment().log_evidence
    for _ in range(20):
        judge.see(STABLE_ALONE_FAILS)
    assert judge.log_evidence < log(3)
    assert judge.finding is Finding.ROLL_BACK
    assert judge.assessment().verdict is Finding.ROLL_BACK
    assert judge.assessment().log_evidence == most >= NEEDED


def test_evidence_that_falls_in_time_is_told_as_it_is_now() -> None:
    suspicious = judged([every_failing()])
    assert suspicious.log_evidence == pytest.approx(MAX_OF_A_MINUTE)
    suspicious.see(STABLE_ALONE_FAILS)
    assert suspicious.assessment().log_evidence == suspicious.log_evidence < MAX_OF_A_MINUTE


def test_a_minute_is_held_against_a_candidate_only_when_all_its_metrics_are_seen() -> None:
    """Else the finding would be the worst of many moments, one for each order of metrics."""
    judge = judged([HEALTHY, HEALTHY._replace(metric="p50")])
    for metric, so_far in (("errors", log(60)), ("p50", log(210))):
        seen = judge._memory.metrics[metric]
        assert not isinstance(seen, NeverSlower)
        seen.regression.log_evidence = so_far
    assert judge.assessment().verdict is Finding.UNDECIDED
    judge.see(a_minute((100, 3), (900, 9)))
    assert judge.assessment().verdict is Finding.ROLL_BACK, "for the moment"
    judge.see(a_minute((100, 0), (900, 800), "p50"))
    assert judge.assessment().verdict is Finding.UNDECIDED
    judge.see(HEALTHY)
    assert judge.assessment().verdict is Finding.UNDECIDED


@pytest.mark.parametrize(
    ("row", "words"),
    [
        pytest.param(
            a_minute((-1, 0)), "errors: candidate_calls is -1, allowed: 0 or more", id="negative calls"
        ),
        pytest.param(
            a_minute(stable=(-7, 0)),
            "errors: stable_calls is -7, allowed: 0 or more",
            id="negative calls of the stable version",
        ),
        pytest.param(
            a_minute((10, 11)),
            "errors: candidate_failures is 11, allowed: 0 to 10, its calls",
            id="too many bad",
        ),
        pytest.param(
            a_minute((10, -2)),
            "errors: candidate_failures is -2, allowed: 0 to 10, its calls",
            id="negative bad",
        ),
        pytest.param(
            a_minute(stable=(0, 1), metric="p50"),
            "p50: stable_failures is 1, allowed: 0 to 0, its calls",
            id="bad ones without calls",
        ),
        pytest.param(
            a_minute(weight=(0.5, 0.1)),
            "errors: weights are 0.5 to 0.1, allowed: two shares from 0 to 1, in order",
            id="weights out of order",
        ),
        pytest.param(a_minute(weight=-0.1), "errors: weights are -0.1 to -0.1", id="a negative weight"),
        pytest.param(a_minute(weight=(0.1, 1.1)), "errors: weights are 0.1 to 1.1", id="more than all"),
        pytest.param(a_minute(weight=10), "errors: weights are 10 to 10", id="a weight in percent"),
        pytest.param(a_minute(weight=nan), "errors: weights are nan to nan", id="no number"),
        pytest.param(a_minute(weight=(0.1, nan)), "errors: weights are 0.1 to nan", id="one is no number"),
        pytest.param(a_minute(weight=(0.1, inf)), "errors: weights are 0.1 to inf", id="infinite"),
        pytest.param(
            a_minute()._replace(environments=-1),
            "errors: environments is -1, allowed: 0 or more",
            id="less than no environments",
        ),
        pytest.param(
            a_minute()._replace(busy_seconds=nan),
            "errors: busy_seconds is nan, allowed: 0 or more",
            id="no load",
        ),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_nothing_of_it_is_seen(row: Minute, words: str) -> None:
    rows = [a_minute((100, 3), (900, 1)), every_failing("p50")]
    judge = judged(rows)
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        judge.see(row)
    assert judge.assessment() == assess(rows, DEFAULT_SETTINGS)
    judge.see(every_failing())
    assert judge.assessment() == assess([*rows, every_failing()], DEFAULT_SETTINGS)
    with pytest.raises(ValueError, match=row.metric):
        assess([*rows, row], DEFAULT_SETTINGS)


def young(slow: int, usual: int, environments: float = 1, weight: float = 0.1) -> list[Minute]:
    """A minute in which the candidate's calls came to environments that are new at first."""
    rows = [
        a_minute((30, 0), (270, 0), weight=weight),
        a_minute((30, slow), (270, usual), "p90", weight),
    ]
    return [row._replace(environments=environments, busy_seconds=9.0) for row in rows]


AS_ITS_ENVIRONMENTS_ARE_NEW = [young(slow, 27) for slow in (18, 13, 8, 4, 3, 3)]
STAYS_SLOW = [young(18, 27)] * 6


def test_a_candidate_is_settled_when_hardly_any_call_may_be_slow_because_an_environment_is_new() -> None:
    judge, told = Judge(DEFAULT_SETTINGS), []
    for rows in [*AS_ITS_ENVIRONMENTS_ARE_NEW, young(3, 27, environments=2)]:
        for row in rows:
            judge.see(row)
        found = judge.assessment()
        told.append((found.is_settled, found.settles_in))
    assert told == [(False, 4), (False, 3), (False, 2), (False, 1), (True, None), (True, None), (False, 6)]


def test_a_minute_without_calls_of_the_candidate_changes_nothing_of_that() -> None:
    judge, silent = judged(rows_of(AS_ITS_ENVIRONMENTS_ARE_NEW[:3])), a_minute((0, 0), (270, 0))
    before = judge.assessment().settles_in
    for row in [silent, silent._replace(metric="p90")] * 3:
        judge.see(row._replace(environments=0, busy_seconds=0.0))
    assert not judge.is_settled
    assert before == 2
    assert judge.assessment().settles_in is None


def test_a_candidate_whose_environments_are_not_known_is_settled() -> None:
    found = judged(row._replace(environments=None, busy_seconds=None) for row in rows_of(STAYS_SLOW))
    assert found.is_settled
    assert judged(rows_of(STAYS_SLOW)[::2]).is_settled, "and one whose latency is not judged"


def test_the_doubt_is_the_evidence_if_nothing_were_excused() -> None:
    good, bad = (judged(rows_of(minutes)) for minutes in (AS_ITS_ENVIRONMENTS_ARE_NEW[:2], STAYS_SLOW[:2]))
    for judge in (good, bad):
        assert judge.finding is Finding.UNDECIDED
        assert judge.log_evidence < log(4)
        assert judge.assessment().doubt > log(10)
    assert judged(rows_of(STAYS_SLOW)).finding is Finding.ROLL_BACK
    plain = [row._replace(environments=None, busy_seconds=None) for row in rows_of(STAYS_SLOW[:2])]
    assert judged(plain).log_evidence == bad.doubt


def test_the_doubt_begins_again_when_the_weight_of_a_settled_candidate_rises() -> None:
    settled = judged(rows_of(AS_ITS_ENVIRONMENTS_ARE_NEW))
    before = settled.doubt
    assert before > 1
    settled.see(young(0, 0)[0])
    assert settled.doubt == before
    settled.see(young(0, 0, weight=0.2)[0])
    assert settled.doubt == pytest.approx(0, abs=0.1)


def test_it_goes_on_when_the_weight_rises_before() -> None:
    """At a weight that rises each minute there would be no doubt at all else."""
    rising = [young(18, 27, environments=n, weight=n / 10) for n in (1, 2)]
    assert judged(rows_of(rising)).doubt > log(10)


def test_while_that_matters_the_slow_calls_are_told_of() -> None:
    reason = judged(rows_of(STAYS_SLOW[:2])).assessment().reason
    assert reason.startswith(
        "the candidate was slower than its usual p90 in 36 of 60 calls (60 %), expected like the stable "
        "version in the same minutes: 6 (10 %); 26 may be warm-up of 1 new environment (100 calls each, "
        "assumed); "
    )
    assert reason.endswith(", without excuses 132 (100 rolls back)")


def test_minutes_with_calls_of_the_candidate_are_counted() -> None:
    rows = [a_minute((0, 0), (9, 0)), a_minute((1, 0), (0, 0)), a_minute((500, 0), (500, 0), weight=0.5)]
    assert judged(rows).assessment().minutes == 2


WEIGHTS = (0.01, 0.05, 0.1, 0.25, 0.5)


def a_deployment(random: Random, worse: float = 0) -> list[Minute]:
    """Its weight rises, often amid a minute; half of them see outages of both versions, begun amid one."""
    calls, expected = random.choice([20, 200, 2_000]), random.choice([0.0, 0.001, 0.01])
    outage_from = random.choice([99, random.randrange(10)])
    outage = range(outage_from, outage_from + random.randint(1, 3))
    failing = random.choice([0.1, 0.6])
    weight, rate, minutes = 0.01, expected, []
    for n in range(12):
        next_weight, next_rate = WEIGHTS[min(n // 2, 4)], failing if n in outage else expected
        halves = [(weight, rate, rate + worse), (next_weight, next_rate, next_rate + worse)]
        minutes.append(in_two_halves(random, calls, halves))
        weight, rate = next_weight, next_rate
    return minutes


def rolled_back(deployments: int, asked: EvidenceSettings = DEFAULT_SETTINGS, worse: float = 0) -> int:
    return sum(
        judged(a_deployment(Random(seed), worse), asked).finding is Finding.ROLL_BACK
        for seed in range(deployments)
    )


@pytest.mark.slow
def test_hardly_any_healthy_candidate_is_rolled_back() -> None:
    assert rolled_back(2_000) <= 0.01 * 2_000


@pytest.mark.slow
def test_nor_where_nothing_has_to_be_confirmed() -> None:
    assert rolled_back(1_000, replace(DEFAULT_SETTINGS, confirm_minutes=1)) <= 0.01 * 1_000


def test_but_most_bad_candidates_are() -> None:
    assert rolled_back(100, worse=0.2) >= 80


@pytest.mark.slow
def test_hardly_any_candidate_is_promoted_that_is_worse_than_tolerated() -> None:
    promoted = 0
    for seed in range(400):
        random = Random(seed)
        judge = judged(drawn(random, 800, 0.006, 0.001) for _ in range(12))
        promoted += judge.finding is Finding.PROMOTE
    assert promoted <= 0.05 * 400


def test_nothing_but_python_itself_and_readers_of_what_is_stored_is_needed() -> None:
    script = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); import hotplug.core.evidence as face;"
        "[getattr(face, name) for name in face.__all__];"
        "print(json.dumps([face.__file__, sorted(sys.modules)]))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, str(PACKAGE.parent)],
        capture_output=True,
        text=True,
        check=True,
    )
    file, modules = json.loads(run.stdout)
    assert file == evidence.__file__
    others = {name for name in modules if name.partition(".")[0] not in sys.stdlib_module_names}
    own = ("hotplug.core.evidence", "hotplug.core.parsing")
    judge = {name for name in others if name.startswith(own)}
    assert others - judge == {"__main__", "hotplug", "hotplug.core", "hotplug.core.errors"}
