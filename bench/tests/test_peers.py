"""Each peer decides as its documents say, on minutes written by hand."""

from collections.abc import Sequence

import pytest

from bench.evidence.deployment import End, Step
from bench.evidence.kayenta import _z, is_high
from bench.evidence.peers import PEERS
from hotplug.core.evidence import Minute

QUIET = (100, 0, 900, 0)
SAM = "CodeDeploy C10-5, SAM's two alarms, 2 of 2"
ALIAS = "CodeDeploy C10-5, alias > 1 %, 1 of 1"
ALIAS_TWICE = "CodeDeploy C10-5, alias > 1 %, 2 of 3"
VERSION = "CodeDeploy C10-5, version > 1 %, 1 of 1"
LINEAR = "CodeDeploy L10-1, alias > 1 %, 1 of 1"
SAMPLE = "aws-lambda-deploy, 10 x 2 min"
FLAGGER = "Flagger, 10 to 50 %, 5 failed checks"
ARGO_TUNED = "Argo Rollouts, tuned (2 min, 99 %)"
ARGO_DOCS = "Argo Rollouts, documents (10 min, 95 %)"
KAYENTA = "Kayenta, 3 x 10 min"
NAIVE = "z-test every minute, C10-5"
NAIVE_CAREFUL = "z-test every minute, 1-5-10-25-50 x 2 min"


def decision(rule: str, *minutes: tuple[int, int, int, int]) -> tuple[End, int]:
    """How and when it ends; after these minutes come quiet ones."""
    rows: list[Minute] = []
    for tick in range(61):
        step = PEERS[rule](tick, rows)
        if step.end:
            return step.end, tick
        counts = minutes[tick] if tick < len(minutes) else QUIET
        rows.append(Minute("errors", *counts, step.weight, step.weight))
    raise AssertionError(f"{rule} never ends")


@pytest.mark.parametrize(
    ("rule", "minute"),
    [
        (SAM, 5),
        (ALIAS, 5),
        (ALIAS_TWICE, 5),
        (VERSION, 5),
        (LINEAR, 9),
        (SAMPLE, 20),
        (FLAGGER, 6),
        (ARGO_TUNED, 8),
        (ARGO_DOCS, 40),
        (KAYENTA, 31),
        (NAIVE, 5),
        (NAIVE_CAREFUL, 10),
    ],
)
def test_a_quiet_version_is_promoted_when_the_schedule_ends(rule: str, minute: int) -> None:
    assert decision(rule) == (End.PROMOTED, minute)


def test_every_peer_is_tested_here() -> None:
    named = {SAM, ALIAS, ALIAS_TWICE, VERSION, LINEAR, SAMPLE, FLAGGER, ARGO_TUNED, ARGO_DOCS, KAYENTA}
    assert set(PEERS) == named | {NAIVE, NAIVE_CAREFUL}


ELEVEN_OF_ALL = (100, 0, 900, 11)
TEN_OF_ALL = (100, 0, 900, 10)
TWO_OF_ITS = (100, 2, 900, 0)
ONE_OF_ITS = (100, 1, 900, 0)
BROKEN = (100, 100, 900, 0)


@pytest.mark.parametrize(
    ("rule", "minutes", "expected"),
    [
        pytest.param(ALIAS, [ELEVEN_OF_ALL], (End.ROLLED_BACK, 2), id="an alarm on the alias counts both"),
        pytest.param(ALIAS, [TEN_OF_ALL] * 5, (End.PROMOTED, 5), id="1 % is not above 1 %"),
        pytest.param(
            ALIAS, [QUIET] * 4 + [BROKEN], (End.PROMOTED, 5), id="the last minute is not published in time"
        ),
        pytest.param(ALIAS_TWICE, [BROKEN, QUIET, BROKEN], (End.ROLLED_BACK, 4), id="two of three"),
        pytest.param(ALIAS_TWICE, [BROKEN, QUIET, QUIET, BROKEN], (End.PROMOTED, 5), id="two of four"),
        pytest.param(VERSION, [TWO_OF_ITS], (End.ROLLED_BACK, 2), id="an alarm on the version"),
        pytest.param(VERSION, [ELEVEN_OF_ALL] * 5, (End.PROMOTED, 5), id="not its failures"),
        pytest.param(SAM, [ONE_OF_ITS, ONE_OF_ITS], (End.ROLLED_BACK, 3), id="any failure, twice"),
        pytest.param(SAM, [ONE_OF_ITS, QUIET, ONE_OF_ITS], (End.PROMOTED, 5), id="not in succession"),
        pytest.param(SAMPLE, [QUIET, ONE_OF_ITS], (End.ROLLED_BACK, 2), id="a failure in the last minute"),
        pytest.param(SAMPLE, [ONE_OF_ITS], (End.PROMOTED, 20), id="a failure in the minute before it"),
        pytest.param(FLAGGER, [TWO_OF_ITS] * 5, (End.ROLLED_BACK, 6), id="five failed checks, then a look"),
        pytest.param(FLAGGER, [TWO_OF_ITS] * 4, (End.PROMOTED, 10), id="four failed checks only delay"),
        pytest.param(FLAGGER, [(0, 0, 1000, 0)] * 5, (End.ROLLED_BACK, 6), id="no traffic is a failed check"),
        pytest.param(ARGO_TUNED, [TWO_OF_ITS] * 4, (End.ROLLED_BACK, 4), id="more than three failures"),
        pytest.param(ARGO_TUNED, [TWO_OF_ITS] * 3, (End.PROMOTED, 8), id="three failures are allowed"),
        pytest.param(ARGO_DOCS, [BROKEN] * 40, (End.ROLLED_BACK, 25), id="every five minutes from the tenth"),
        pytest.param(ARGO_DOCS, [BROKEN] * 20, (End.PROMOTED, 40), id="quiet again after three"),
        pytest.param(KAYENTA, [BROKEN] * 10, (End.ROLLED_BACK, 11), id="at the end of a step"),
        pytest.param(KAYENTA, [BROKEN] * 2, (End.PROMOTED, 31), id="two minutes are an outlier"),
        pytest.param(NAIVE, [(100, 5, 900, 9)], (End.ROLLED_BACK, 2), id="five times the rate"),
        pytest.param(NAIVE, [(100, 1, 900, 9)], (End.PROMOTED, 5), id="the same rate"),
    ],
)
def test_it_decides_as_documented(
    rule: str, minutes: Sequence[tuple[int, int, int, int]], expected: tuple[End, int]
) -> None:
    assert decision(rule, *minutes) == expected


def test_flagger_holds_its_weight_while_a_check_fails() -> None:
    fails, works = (Minute("errors", *counts, 0.1, 0.1) for counts in (TWO_OF_ITS, QUIET))
    weights = [PEERS[FLAGGER](tick, [fails, works, fails, works][:tick]) for tick in range(5)]
    assert weights == [Step(weight) for weight in (0.1, 0.1, 0.2, 0.2, 0.3)]


def test_kayenta_wants_a_clear_shift_upwards() -> None:
    steady, higher = [0.01 + at / 1e5 for at in range(10)], [0.05 + at / 1e5 for at in range(10)]
    assert is_high(higher, steady)
    assert not is_high(steady, higher)
    assert not is_high(steady, steady)
    assert not is_high([], steady)


def test_the_rank_sum_statistic_is_that_of_the_textbook() -> None:
    """Ten values all above ten others: (50 - 1/2) / sqrt(10 * 10 * 21 / 12)."""
    assert _z(range(10, 20), range(10)) == pytest.approx(49.5 / 175**0.5)
    assert _z([1, 1, 1], [1, 1, 1]) == 0
