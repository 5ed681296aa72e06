"""A reason names the calls and the failures of both versions, and what they prove or do not."""

import re
from collections.abc import Mapping
from dataclasses import replace
from math import inf, log
from random import Random

import pytest

from hotplug.core.evidence import Assessment, EvidenceSettings, Finding, Judge, Minute, assess
from hotplug.core.evidence.statistics.explanation import MetricSummary, RuledOut, in_words
from hotplug.core.evidence.statistics.tally import Counts, Tally
from tests.support.minutes import a_minute, drawn, every_failing

DEFAULT_SETTINGS = EvidenceSettings()
RULED_OUT: Mapping[str, RuledOut] = {"errors": RuledOut(0.0035, 0.005), "throttles": RuledOut(0.002, 0.005)}
OUTAGE = a_minute((30, 12), (970, 388), weight=0.03)
WORSE = Counts(1_039, 4, 0.0303, minutes=8)


def summary(
    finding: Finding,
    tally: Tally | None = None,
    metric: str = "errors",
    *,
    evidence: float = 1.0,
    ruled_out: Mapping[str, RuledOut] = RULED_OUT,
    settings: EvidenceSettings = DEFAULT_SETTINGS,
    doubt: float | None = None,
    loudest: str = "",
    environments: float = 0.0,
) -> str:
    against = finding is Finding.ROLL_BACK
    log_evidence = log(evidence) if evidence else -inf
    what = MetricSummary(metric, tally or Tally(WORSE), log_evidence, doubt, against, loudest, environments)
    return in_words(finding, what, ruled_out, settings)


def assessed(*minutes: Minute, settings: EvidenceSettings = DEFAULT_SETTINGS) -> Assessment:
    return assess(minutes, settings)


def test_a_rollback_names_what_was_expected_and_how_seldom_chance_does_that() -> None:
    assert summary(Finding.ROLL_BACK, evidence=19_612.4) == (
        "the candidate failed 4 of 1,039 calls (0.385 %), expected like the stable version in the same "
        "minutes: 0.0303 (0.00292 %); were both equally healthy, at most 1 deployment in 19,612 would look "
        "like this (limit: 1 in 100), and trouble that both share cannot cause it"
    )


def test_a_promotion_names_what_is_ruled_out_by_metric() -> None:
    reason = summary(Finding.PROMOTE)
    assert reason.startswith("the candidate failed 4 of 1,039 calls")
    assert reason.endswith("; any larger excess is ruled out: errors 0.35 points; throttles 0.2 points")


def test_an_undecided_one_names_what_is_ruled_out_and_what_is_tolerated() -> None:
    assert summary(Finding.UNDECIDED, evidence=2.345, ruled_out={"errors": RuledOut(0.014, 0.005)}).endswith(
        "; any larger excess is ruled out: errors 1.4 points (0.5 points tolerated); "
        "evidence against the candidate 2.35 (100 rolls back)"
    )


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        pytest.param(Finding.PROMOTE, "; it is not slower", id="promote"),
        pytest.param(
            Finding.UNDECIDED, "; evidence against the candidate 1 (100 rolls back)", id="undecided"
        ),
    ],
)
def test_where_no_failures_are_judged_no_excess_is_named(finding: Finding, words: str) -> None:
    reason = summary(finding, metric="p50", ruled_out={})
    assert reason.endswith(words)
    assert "excess" not in reason


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        pytest.param("errors", "the candidate failed 4 of 1,039 calls", id="errors"),
        pytest.param("throttles", "the candidate had 4 of 1,039 calls throttled", id="throttles"),
        pytest.param("p50", "the candidate was slower than its usual median in 4 of 1,039 calls", id="p50"),
        pytest.param("p90", "the candidate was slower than its usual p90 in 4 of 1,039 calls", id="p90"),
        pytest.param("p99", "the candidate was slower than its usual p99 in 4 of 1,039 calls", id="p99"),
        pytest.param("cold_starts", "the candidate was bad by cold_starts in 4 of 1,039 calls", id="another"),
    ],
)
def test_each_metric_has_its_own_words(metric: str, words: str) -> None:
    assert summary(Finding.ROLL_BACK, metric=metric).startswith(words)


@pytest.mark.parametrize("finding", list(Finding))
def test_without_calls_nothing_else_is_said(finding: Finding) -> None:
    assert summary(finding, Tally()) == "the candidate had no calls that could be compared"


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        pytest.param(0, "cannot cause it", id="none"),
        pytest.param(1, " (1 minute in which both had trouble left out)", id="one"),
        pytest.param(4, " (4 minutes in which both had trouble left out)", id="more"),
    ],
)
def test_minutes_of_shared_trouble_are_only_counted(left_out: int, words: str) -> None:
    tally = Tally(Counts(10, 4, 0.1, minutes=8), troubled=Counts(9, 9, 9, minutes=left_out))
    reason = summary(Finding.ROLL_BACK, tally)
    assert reason.endswith(words)
    assert ("left out" in reason) == (left_out > 0)


def test_the_numbers_leave_those_minutes_out() -> None:
    """Summed over all of them, the stable version would have failed more often than this bad candidate."""
    bad = a_minute((30, 4), (70, 0), weight=0.3)
    reason = assessed(bad, OUTAGE, bad, OUTAGE).reason
    assert reason.startswith("the candidate failed 8 of 60 calls (13.3 %)")
    assert ", expected like the stable version in the same minutes: 0 (0 %); " in reason
    assert reason.endswith(" (2 minutes in which both had trouble left out)")


def test_a_rollback_by_minutes_of_shared_trouble_alone_has_numbers_too() -> None:
    found = assessed(*[a_minute((100, 100), (900, 50))] * 2)
    assert found.verdict is Finding.ROLL_BACK
    assert "the candidate failed 200 of 200 calls (100 %), expected" in found.reason
    assert "left out" not in found.reason


def test_a_promotion_by_slowness_alone_is_not_said_to_have_had_no_calls() -> None:
    found = assessed(*[a_minute((500, 100), (500, 250), "p50_harm", 0.5)] * 4)
    assert found.verdict is Finding.PROMOTE
    assert found.reason != "the candidate had no calls that could be compared"


def test_minutes_without_calls_of_the_candidate_are_not_the_same_minutes() -> None:
    alone = a_minute((0, 0), (5_000, 9), weight=0)
    reason = assessed(alone, a_minute((100, 1), (900, 1))).reason
    assert "in the same minutes: 0.111 (0.111 %)" in reason


@pytest.mark.parametrize(
    ("calls", "bad", "words"),
    [
        pytest.param(39, 39, "39 of 39 calls (100 %)", id="all"),
        pytest.param(1_000, 995, "995 of 1,000 calls (99.5 %)", id="nearly all"),
        pytest.param(1_234_567, 123, "123 of 1,234,567 calls (0.00996 %)", id="few of very many"),
        pytest.param(40_000, 1_500, "1,500 of 40,000 calls (3.75 %)", id="many of many"),
        pytest.param(50, 0, "0 of 50 calls (0 %)", id="none"),
    ],
)
def test_rates_are_in_percent_and_large_numbers_can_be_read(calls: int, bad: int, words: str) -> None:
    assert words in summary(Finding.UNDECIDED, Tally(Counts(calls, bad, 0.0, minutes=1)))


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        pytest.param(0.0, "below 0.01", id="none that a float could hold"),
        pytest.param(0.00999, "below 0.01", id="hardly any"),
        pytest.param(0.0101, "0.0101", id="a little"),
        pytest.param(2.3456, "2.35", id="some"),
        pytest.param(30.31, "30.3", id="suspicious"),
        pytest.param(99.94, "99.9", id="nearly a hundred"),
        pytest.param(99.96, "100", id="a hundred, nearly"),
        pytest.param(100.0, "100", id="a hundred"),
        pytest.param(100.7, "101", id="a whole number from then on"),
        pytest.param(12_345.6, "12,346", id="with a comma"),
        pytest.param(999_999.0, "999,999", id="nearly a million"),
        pytest.param(1e300, "1,000,000", id="more than anybody would believe"),
    ],
)
def test_evidence_can_be_read_whatever_it_is(evidence: float, words: str) -> None:
    assert f"; evidence against the candidate {words} (" in summary(Finding.UNDECIDED, evidence=evidence)
    assert f", at most 1 deployment in {words} would " in summary(Finding.ROLL_BACK, evidence=evidence)


@pytest.mark.parametrize(
    ("risk", "words"),
    [
        pytest.param(0.0005, "2,000", id="a small one"),
        pytest.param(0.01, "100", id="the usual one"),
        pytest.param(0.15, "6.67", id="one that a whole number would not tell"),
        pytest.param(0.2, "5", id="a large one"),
    ],
)
def test_the_limit_is_the_one_that_was_asked_for(risk: float, words: str) -> None:
    asked = replace(DEFAULT_SETTINGS, false_rollback_risk=risk)
    assert f"(limit: 1 in {words})" in summary(Finding.ROLL_BACK, settings=asked)
    assert f"({words} rolls back)" in summary(Finding.UNDECIDED, settings=asked)


@pytest.mark.parametrize(
    ("asked", "failed", "words"),
    [
        pytest.param(0.005, 0, "(0.5 points tolerated)", id="what was asked for"),
        pytest.param(0.0125, 0, "(1.25 points tolerated)", id="more was asked for"),
        pytest.param(0.005, 200, "(2.01 points tolerated)", id="the usual failure rate, where it is more"),
        pytest.param(0.05, 200, "(5 points tolerated)", id="the usual failure rate, where it is less"),
    ],
)
def test_the_excess_that_is_let_pass_is_named(asked: float, failed: int, words: str) -> None:
    before = a_minute((0, 0), (9_500, failed), weight=0)
    found = assessed(
        before, a_minute((5, 0), (95, 2)), settings=replace(DEFAULT_SETTINGS, tolerate_errors=asked)
    )
    assert found.verdict is Finding.UNDECIDED
    assert words in found.reason


def test_the_loudest_metric_is_the_one_that_is_told_of() -> None:
    healthy = a_minute((100, 1), (100, 1), weight=0.5)
    slow = every_failing("p90")
    reason = assessed(healthy, slow, healthy, slow, healthy, slow).reason
    assert reason.startswith("the candidate was slower than its usual p90 in 300 of 300 calls (100 %), ")


def test_after_a_rollback_the_metric_is_told_of_that_was_the_loudest_then() -> None:
    """Of what came later nothing is told, as it was not what put the candidate back."""
    quiet, slow = a_minute((100, 50), (100, 50), "p50", 0.5), a_minute((100, 65), (100, 50), "p50", 0.5)
    convicted = [row for _ in range(2) for row in (every_failing(), quiet)]
    later = [row for _ in range(4) for row in (a_minute((500, 0), (500, 400), weight=0.5), slow)]
    found = assessed(*convicted, *later)
    judge = Judge(DEFAULT_SETTINGS)
    for row in (*convicted, *later):
        judge.see(row)
    assert found.verdict is Finding.ROLL_BACK
    assert judge.log_evidence < found.log_evidence
    assert judge._loudest() == "p50"
    assert found.reason.startswith("the candidate failed 200 of ")


@pytest.mark.parametrize("risk", [0.05, 0.0001])
def test_what_is_said_to_be_ruled_out_is_so_at_the_risk_of_a_promotion(risk: float) -> None:
    """The bound that the pace goes by is a bolder one."""
    judge = Judge(replace(DEFAULT_SETTINGS, false_promote_risk=risk, min_minutes=0))
    for _ in range(3):
        judge.see(a_minute((500, 0), (500, 0), weight=0.5))
    found, limit = judge.assessment(), judge.upper_bounds(risk)["errors"]
    assert f"; any larger excess is ruled out: errors {100 * limit:.3g} points" in found.reason
    assert found.excess_upper_bound["errors"] < limit


@pytest.mark.parametrize("failed", [0, 3])
def test_short_of_a_rollback_errors_are_told_of_if_they_are_judged(failed: int) -> None:
    errors, slower = a_minute((100, failed), (900, 40)), a_minute((100, 70), (900, 450), "p50")
    assert assessed(slower, errors).reason.startswith(f"the candidate failed {failed} of 100 calls ")
    assert assessed(slower).reason.startswith("the candidate was slower than its usual median in 70 of 100")


def test_even_the_largest_evidence_can_be_told() -> None:
    bad = every_failing(calls=1_000)
    at_once = replace(DEFAULT_SETTINGS, confirm_minutes=1)
    found = assessed(*[bad] * 400, settings=at_once)
    assert found.log_evidence > 1_000
    assert "1 deployment in 1,000,000 " in found.reason


MANY = Counts(55, 20, 5.5, excused=12, minutes=3)


@pytest.mark.parametrize(
    ("metric", "settings", "environments", "words"),
    [
        pytest.param(
            "p90",
            DEFAULT_SETTINGS,
            3.0,
            "12 may be warm-up of 3 new environments (100 calls each, assumed)",
            id="as assumed",
        ),
        pytest.param(
            "p90",
            replace(DEFAULT_SETTINGS, warmup_calls=46.2, warmup_slowdown=3),
            2.6,
            "12 may be warm-up of 3 new environments (46.2 calls each, learnt or set)",
            id="as is known",
        ),
        pytest.param(
            "p50",
            replace(DEFAULT_SETTINGS, warmup_slowdown=3),
            0.3,
            "12 may be warm-up of 1 new environment (100 calls each, learnt or set)",
            id="one environment at least",
        ),
        pytest.param(
            "errors",
            DEFAULT_SETTINGS,
            1200.0,
            "12 may be first calls of 1,200 new environments",
            id="failures",
        ),
    ],
)
@pytest.mark.parametrize("finding", list(Finding))
def test_what_is_excused_is_named_with_the_environments_that_may_have_caused_it(
    finding: Finding, metric: str, settings: EvidenceSettings, environments: float, words: str
) -> None:
    reason = summary(finding, Tally(MANY), metric, settings=settings, environments=environments)
    assert f", expected like the stable version in the same minutes: 5.5 (10 %); {words}; " in reason


def test_nothing_is_said_of_environments_where_nothing_was_excused() -> None:
    assert "environment" not in summary(Finding.UNDECIDED, environments=7)


def test_while_an_excuse_may_hide_a_fault_the_evidence_without_it_is_told() -> None:
    reason = summary(Finding.UNDECIDED, Tally(MANY), "p90", evidence=1.2, doubt=log(45), environments=3)
    assert reason.endswith("; evidence against the candidate 1.2, without excuses 45 (100 rolls back)")


def test_an_undecided_candidate_that_another_metric_speaks_against_is_told_which() -> None:
    assert summary(Finding.UNDECIDED, evidence=17, loudest="p90").endswith(
        "; evidence against the candidate 17, mostly by p90 (100 rolls back)"
    )


def test_a_candidate_that_broke_late_is_told_of_since_then() -> None:
    """Over all minutes it did not fail more than expected, which would contradict the rollback."""
    before = [a_minute((100, 1), (900, 27))] * 40
    found = assessed(*before, *[a_minute((100, 9), (900, 0))] * 3)
    assert found.verdict is Finding.ROLL_BACK
    assert found.reason.startswith(
        "the candidate failed 27 of 300 calls (9 %) in the last 3 minutes with calls, "
        "expected like the stable version in the same minutes: 0 (0 %); "
    )


def test_where_no_count_shows_what_the_evidence_says_nothing_is_said_to_be_expected() -> None:
    tally = Tally(Counts(100, 5, 6.0, minutes=4), turned=Counts(50, 3, 3.5, minutes=2))
    assert summary(Finding.ROLL_BACK, tally).startswith(
        "the candidate failed 5 of 100 calls (5 %); were both"
    )


def test_the_sum_of_what_was_expected_holds_while_the_weight_changes() -> None:
    """Sums of calls would make it ten times the stable version's rate. In each minute it is twice that."""
    calm, rough = a_minute((100, 2), (900, 9)), a_minute((900, 180), (100, 10), weight=0.9)
    reason = assessed(calm, rough).reason
    assert reason.startswith("the candidate failed 182 of 1,000 calls (18.2 %), ")
    assert ": 91 (9.1 %); " in reason


def test_no_smaller_excess_is_said_to_be_ruled_out_than_was_counted() -> None:
    good, bad = a_minute((500, 0), (500, 0), weight=0.5), a_minute((500, 9), (500, 1), weight=0.5)
    judge = Judge(replace(DEFAULT_SETTINGS, error_burst_size=100))
    for minute in [*[good] * 8, *[bad] * 8]:
        judge.see(minute)
    counted = 100 * 8 * 8 / (16 * 500)
    assert judge.upper_bounds(DEFAULT_SETTINGS.false_promote_risk)["errors"] < counted / 100
    assert f"any larger excess is ruled out: errors {counted:.3g} points" in judge.assessment().reason


TOLD = re.compile(r"failed ([\d,]+) of ([\d,]+) calls .*in the same minutes: ([\d.,e-]+) \(")
RULED_OUT_OF_ERRORS = re.compile(r"is ruled out: errors ([\d.]+) points")


def a_rough_deployment(random: Random) -> list[Minute]:
    """The weight changes and so do the failure rates of both versions, by the minute."""
    worse = random.choice([0.0, 0.0, 0.02, 0.1])
    minutes, weight = [], 0.1
    for n in range(random.randint(3, 25)):
        rate = random.choice([0.001, 0.001, 0.001, 0.3])
        candidate_rate = rate + (worse if n > 2 else 0)
        minutes.append(drawn(random, random.choice([60, 900]), candidate_rate, rate, weight))
        weight = random.choice([weight, 0.1, 0.5, 0.9])
    return minutes


def test_a_sentence_never_contradicts_its_verdict() -> None:
    verdicts = set()
    for seed in range(150):
        found = assessed(*a_rough_deployment(Random(seed)))
        verdicts.add(found.verdict)
        if (counted := TOLD.search(found.reason)) is None:
            continue
        failed, calls, expected = (float(number.replace(",", "")) for number in counted.groups())
        assert found.verdict is not Finding.ROLL_BACK or failed > expected
        if limit := RULED_OUT_OF_ERRORS.search(found.reason):
            rounded = 1 if expected >= 100 else 0.01 * expected
            assert float(limit[1]) >= 99 * (failed - expected - rounded) / calls
    assert verdicts == set(Finding)
