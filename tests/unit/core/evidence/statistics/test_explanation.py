"""A reason names the calls and the failures of both versions, and what they prove or do not."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf, log

import pytest

from hotplug.core.evidence import Assessment, EvidenceSettings, Finding, Judge, Minute, assess
from hotplug.core.evidence.statistics.explanation import RuledOut, Tally, in_words
from tests.support.minutes import a_minute, every_failing

DEFAULT_SETTINGS = EvidenceSettings()
RULED_OUT: Mapping[str, RuledOut] = {"errors": RuledOut(0.0035, 0.005), "throttles": RuledOut(0.002, 0.005)}
OUTAGE = a_minute((30, 12), (970, 388), weight=0.03)


def told(
    finding: Finding,
    tally: Tally | None = None,
    metric: str = "errors",
    *,
    evidence: float = 1.0,
    ruled_out: Mapping[str, RuledOut] = RULED_OUT,
    settings: EvidenceSettings = DEFAULT_SETTINGS,
) -> str:
    counted = tally or Tally(1_039, 4, 102_961, 3, minutes=8)
    return in_words(finding, metric, counted, log(evidence) if evidence else -inf, ruled_out, settings)


def assessed(*minutes: Minute, settings: EvidenceSettings = DEFAULT_SETTINGS) -> Assessment:
    return assess(minutes, settings)


def test_a_rollback_names_both_versions_their_shares_and_how_seldom_chance_does_that() -> None:
    assert told(Finding.ROLL_BACK, evidence=19_612.4) == (
        "the candidate failed 4 of 1,039 calls (0.385 %), the stable version in the same minutes 3 of "
        "102,961 (0.00291 %); that is 0.999 % of the calls and 57.1 % of what went wrong; were both "
        "equally healthy, at most 1 deployment in 19,612 would look like this (limit: 1 in 100), and "
        "trouble that both share cannot cause it"
    )


def test_a_promotion_names_what_is_ruled_out_by_metric() -> None:
    reason = told(Finding.PROMOTE)
    assert reason.startswith("the candidate failed 4 of 1,039 calls")
    assert reason.endswith("; any larger excess is ruled out: errors 0.35 points; throttles 0.2 points")


def test_an_undecided_one_names_what_is_ruled_out_and_what_is_tolerated() -> None:
    assert told(Finding.UNDECIDED, evidence=2.345, ruled_out={"errors": RuledOut(0.014, 0.005)}).endswith(
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
    reason = told(finding, metric="p50", ruled_out={})
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
    assert told(Finding.ROLL_BACK, metric=metric).startswith(words)


@pytest.mark.parametrize("finding", list(Finding))
def test_without_calls_nothing_else_is_said(finding: Finding) -> None:
    assert told(finding, Tally()) == "the candidate had no calls that could be compared"


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        pytest.param(0, "cannot cause it", id="none"),
        pytest.param(1, " (1 minute in which both had trouble left out)", id="one"),
        pytest.param(4, " (4 minutes in which both had trouble left out)", id="more"),
    ],
)
def test_minutes_of_shared_trouble_are_only_counted(left_out: int, words: str) -> None:
    reason = told(Finding.ROLL_BACK, Tally(10, 4, 90, 3, minutes=8, left_out=left_out))
    assert reason.endswith(words)
    assert ("left out" in reason) == (left_out > 0)


def test_the_numbers_leave_those_minutes_out() -> None:
    """Summed over all of them, the stable version would have failed more often than this bad candidate."""
    bad = a_minute((30, 4), (70, 0), weight=0.3)
    reason = assessed(bad, OUTAGE, bad, OUTAGE).reason
    assert reason.startswith("the candidate failed 8 of 60 calls (13.3 %)")
    assert ", the stable version in the same minutes 0 of 140 (0 %); " in reason
    assert reason.endswith(" (2 minutes in which both had trouble left out)")


def test_a_rollback_by_minutes_of_shared_trouble_alone_has_numbers_too() -> None:
    found = assessed(*[a_minute((100, 100), (900, 50))] * 2)
    assert found.verdict is Finding.ROLL_BACK
    assert "0 of 0" not in found.reason


def test_a_promotion_by_slowness_alone_is_not_said_to_have_had_no_calls() -> None:
    found = assessed(*[a_minute((500, 100), (500, 250), "p50_harm", 0.5)] * 4)
    assert found.verdict is Finding.PROMOTE
    assert found.reason != "the candidate had no calls that could be compared"


def test_minutes_without_calls_of_the_candidate_are_not_the_same_minutes() -> None:
    alone = a_minute((0, 0), (5_000, 9), weight=0)
    assert "in the same minutes 1 of 900 (0.111 %)" in assessed(alone, a_minute((100, 1), (900, 1))).reason


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
    assert words in told(Finding.UNDECIDED, Tally(calls, bad, 10, 0, minutes=1))


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
    assert f"; evidence against the candidate {words} (" in told(Finding.UNDECIDED, evidence=evidence)
    assert f", at most 1 deployment in {words} would " in told(Finding.ROLL_BACK, evidence=evidence)


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
    assert f"(limit: 1 in {words})" in told(Finding.ROLL_BACK, settings=asked)
    assert f"({words} rolls back)" in told(Finding.UNDECIDED, settings=asked)


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
    assert "that is 50 % of the calls and 100 % of what went wrong; " in reason


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
    assert judge._loudest == "p50"
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
