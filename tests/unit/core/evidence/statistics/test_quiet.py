"""Minutes of few calls: each failure is a bet on the version that it comes to."""

from math import exp

import pytest

from hotplug.core.evidence import EvidenceSettings, Finding, Minute, assess
from hotplug.core.evidence.statistics.environments import Environments
from hotplug.core.evidence.statistics.metric import Failures, metric_named
from hotplug.core.evidence.statistics.quiet import FIRST_STAKES, ODDS, QuietBets, is_quiet
from tests.support.minutes import a_minute, counts, mean

DEFAULTS = EvidenceSettings()
RULES = [
    pytest.param(EvidenceSettings(confirm_minutes=1), id="at once"),
    pytest.param(DEFAULTS, id="to be confirmed"),
    pytest.param(EvidenceSettings(confirm_minutes=1, error_burst_size=3), id="failures in bursts"),
]


@pytest.mark.parametrize(
    ("minute", "quiet"),
    [
        pytest.param(a_minute((1, 0), (28, 0)), True, id="few"),
        pytest.param(a_minute((3, 0), (27, 0)), False, id="enough"),
        pytest.param(a_minute((0, 0), (30, 0)), False, id="enough, whichever version they came to"),
        pytest.param(a_minute((5, 0), (0, 0), weight=0.5), True, id="at a half"),
        pytest.param(a_minute((27, 0), (2, 0), weight=0.9), True, id="few would come to the stable version"),
        pytest.param(a_minute((1, 0), (28, 0), weight=(0.0, 0.1)), True, id="at the highest weight"),
        pytest.param(a_minute((1, 0), (2, 0), weight=0.0), False, id="at none, by the calls"),
        pytest.param(a_minute((1, 0), (2, 0), weight=1.0), False, id="at all, by the calls"),
    ],
)
def test_a_minute_is_quiet_by_all_its_calls_and_the_weight(minute: Minute, quiet: bool) -> None:
    assert is_quiet(minute) is quiet


def test_the_share_is_the_weight_or_more_where_more_calls_came() -> None:
    bets = QuietBets()
    assert bets.share(a_minute((1, 0), (9, 0))) == 0.1
    assert bets.share(a_minute((6, 0), (4, 0))) == 0.1 + 5 / 40
    assert bets.share(a_minute((0, 0), (20, 0))) == pytest.approx(0.1 + 3 / 60)
    assert QuietBets().share(a_minute((900, 0), (0, 0), weight=0.9)) <= 1


def errors_after(settings: EvidenceSettings, before: list[Minute]) -> Failures:
    errors = metric_named("errors", settings)
    assert isinstance(errors, Failures)
    for minute in before:
        errors.see(minute, Environments(100.0))
    return errors


def factor(minute: Minute, settings: EvidenceSettings, before: list[Minute]) -> float:
    errors = errors_after(settings, before)
    so_far = errors.regression.log_evidence
    errors.see(minute, Environments(100.0))
    return exp(errors.regression.log_evidence - so_far)


@pytest.mark.parametrize("settings", RULES)
@pytest.mark.parametrize(
    "before",
    [
        pytest.param([], id="the first minute"),
        pytest.param([a_minute((2, 2), (0, 0)), a_minute((0, 0), (3, 1))] * 2, id="after bad ones"),
        pytest.param([a_minute((0, 0), (9, 0))] * 5, id="after fewer calls than the weight says"),
    ],
)
@pytest.mark.parametrize("weight", [0.01, 0.1, 0.5, 0.75, 0.9])
@pytest.mark.parametrize(
    ("calls", "failed"),
    [(1, 1), (3, 1), (3, 3), (5, 0), (5, 4), (11, 1), (11, 11)],
    ids=str,
)
def test_no_minute_speaks_against_a_candidate_that_gets_its_share_on_average(
    calls: int, failed: int, weight: float, before: list[Minute], settings: EvidenceSettings
) -> None:
    """Whatever fails, each call came to it with this chance."""
    minutes = [
        (bad_chance * good_chance, a_minute((x + y, x), (calls - x - y, failed - x), weight=weight))
        for x, bad_chance in counts(failed, weight).items()
        for y, good_chance in counts(calls - failed, weight).items()
    ]
    quiet = [(chance, minute) for chance, minute in minutes if is_quiet(minute)]
    assert quiet in ([], minutes)
    assert mean((chance, factor(minute, settings, before)) for chance, minute in quiet) <= 1 + 1e-9


@pytest.mark.parametrize(
    ("minute", "more"),
    [
        pytest.param(a_minute((1, 1), (0, 0)), True, id="the candidate fails alone"),
        pytest.param(a_minute((0, 0), (3, 1)), False, id="the stable version does"),
        pytest.param(a_minute((1, 0), (3, 1)), False, id="the stable version does beside the candidate"),
    ],
)
def test_a_failure_counts_even_where_the_other_version_had_no_calls(minute: Minute, more: bool) -> None:
    assert (factor(minute, DEFAULTS, []) > 1) is more
    assert factor(minute, DEFAULTS, []) != 1


def test_without_a_failure_it_says_nothing() -> None:
    assert factor(a_minute((1, 0), (3, 0)), DEFAULTS, [a_minute((1, 1), (3, 0))]) == 1


def test_an_outage_costs_half_of_the_evidence_at_most_and_teaches_nothing() -> None:
    outage = a_minute((1, 0), (13, 13))
    errors = errors_after(DEFAULTS, [a_minute((1, 1), (9, 0))])
    stakes = list(errors.quiet.stakes)
    assert 0.5 <= factor(outage, DEFAULTS, [a_minute((1, 1), (9, 0))]) < 0.6
    errors.see(outage, Environments(100.0))
    assert errors.quiet.stakes == stakes


def test_a_version_that_always_fails_is_found_though_it_is_hardly_called() -> None:
    """Nine calls an hour, of which it gets a half."""
    hour = [
        a_minute((1, 1) if n in (5, 17, 29, 41, 53) else (0, 0), (int(n in (11, 23, 35, 47)), 0), weight=0.5)
        for n in range(60)
    ]
    assert assess(hour, DEFAULTS).verdict is Finding.UNDECIDED
    assert assess(hour * 3, DEFAULTS).verdict is Finding.ROLL_BACK


def test_all_is_staked_and_no_more() -> None:
    assert len(FIRST_STAKES) == len(ODDS)
    assert sum(FIRST_STAKES) == pytest.approx(1, abs=1e-12)
