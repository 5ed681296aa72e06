"""Rules meet recorded worlds, hold on suspicion, and are compared with an oracle."""

from collections.abc import Iterator
from dataclasses import replace
from math import log

import pytest

from bench.evidence.bounds import ALPHA
from bench.evidence.deployment import End, run
from bench.evidence.environments.day import Day
from bench.evidence.environments.oracle import RateOracle, bound_minutes
from bench.evidence.environments.recorded import Recorded
from bench.evidence.environments.rules import C5, TIMETABLES, Held, Knowledge, Unexcused
from bench.evidence.environments.trials import (
    FAILS,
    NEW_ENVIRONMENTS,
    QUIET_BAD,
    SCHEDULES,
    good,
    jobs,
    name_of,
)
from bench.evidence.environments.world import FreshCell, FreshWorld
from bench.evidence.ours import Fixed
from bench.evidence.world import Piece
from hotplug.core.evidence import Assessment, EvidenceSettings, Finding, Judge, Minute

CELL = good(FAILS, 300, 0.5)
TENTH, HALF = [Piece(0, 0.1)], [Piece(0, 0.5)]


class Told(Judge):
    """A judge that says what it is told to say, minute by minute."""

    def __init__(self, said: Iterator[Assessment], hold_minutes: int = 15) -> None:
        super().__init__(EvidenceSettings(warmup_hold_minutes=hold_minutes))
        self._said = said

    def see(self, minute: Minute) -> None:
        """Anything."""

    def assessment(self) -> Assessment:
        return next(self._said)


def said(*, evidence: float = 0.0, doubt: float = 0.0, settled: bool = True) -> Assessment:
    return Assessment(Finding.UNDECIDED, evidence, {}, "", doubt, settled)


def held(*assessments: Assessment, hold_minutes: int = 15) -> int:
    """Minutes after the fifth at which a canary of five is promoted."""
    judge = Told(iter(assessments), hold_minutes)
    outcome = run(FreshWorld(CELL, "a"), Held(TIMETABLES[C5], judge))
    assert outcome.end is End.PROMOTED
    return outcome.minute - 5


SLOW = said(doubt=5.0, settled=False)


def test_nothing_is_held_without_suspicion() -> None:
    assert held(said(doubt=2.0, settled=False)) == 0


def test_slowness_that_is_known_to_last_is_not_held() -> None:
    assert held(said(doubt=5.0, settled=True)) == 0


def test_a_hold_ends_when_the_candidate_is_settled_and_not_suspicious() -> None:
    assert held(SLOW, SLOW, SLOW, said(doubt=5.0)) == 3


def test_a_hold_goes_on_while_the_evidence_is_suspicious() -> None:
    assert held(SLOW, said(doubt=5.0, evidence=3.0), said(doubt=5.0)) == 2


def test_a_hold_ends_after_its_most_minutes() -> None:
    assert held(*[SLOW] * 20, hold_minutes=4) == 4
    assert held(SLOW, hold_minutes=0) == 0


def test_rules_that_choose_the_same_weights_meet_the_same_minutes() -> None:
    made: list[FreshWorld] = []

    def make() -> FreshWorld:
        made.append(FreshWorld(CELL, "a"))
        return made[-1]

    recorded = Recorded(make)
    one, other, later = recorded.replay(), recorded.replay(), recorded.replay()
    assert [one.minute(at, TENTH) for at in range(5)] == [other.minute(at, TENTH) for at in range(5)]
    assert len(made) == 1
    alone = FreshWorld(CELL, "a")
    changes = [TENTH, TENTH, HALF, HALF]
    assert [later.minute(at, pieces) for at, pieces in enumerate(changes)] == [
        alone.minute(at, pieces) for at, pieces in enumerate(changes)
    ]
    assert len(made) == 2
    assert other.minute(5, TENTH) == one.minute(5, TENTH)
    assert len(made) == 2


def test_without_excuses_the_judge_knows_nothing_of_environments() -> None:
    blind, plain = Unexcused(EvidenceSettings()), Judge(EvidenceSettings())
    world = FreshWorld(CELL, "a")
    for at in range(5):
        for row in world.minute(at, TENTH).rows:
            blind.see(row)
            plain.see(row._replace(environments=None, busy_seconds=None))
    assert blind.assessment() == plain.assessment()


def test_an_oracle_finds_a_version_that_always_fails_at_the_first_failures() -> None:
    cell = FreshCell(3, 0.0, 1.0)
    oracle = RateOracle(cell, 0.1)
    findings = []
    for _ in range(2):
        oracle.see(Minute("errors", 1, 1, 2, 0, 0.1, 0.1))
        findings.append(oracle.finding)
    assert findings == [Finding.UNDECIDED, Finding.ROLL_BACK]
    assert log(1 / ALPHA) < 2 * log(1 / 0.1) + 4 * log(1 / 0.9)


def test_an_oracle_needs_about_the_bound_and_the_judge_no_less() -> None:
    cell, rule = QUIET_BAD[2]
    schedule = SCHEDULES[rule]
    weight = schedule.weights[0]
    found = [
        run(FreshWorld(cell, f"{at}"), Fixed(schedule, RateOracle(cell, weight), blind=0)) for at in range(50)
    ]
    assert {each.end for each in found} == {End.ROLLED_BACK}
    assert (
        bound_minutes(cell, weight)
        < sum(each.minute for each in found) / 50
        < 4 * bound_minutes(cell, weight)
    )


@pytest.mark.slow
def test_a_day_swings_and_its_environments_are_those_of_a_warm_version() -> None:
    cell = good(FAILS, 300, 0.5)
    minutes = list(Day(cell, "a").minutes_of_alias())
    calls = [minute.calls for minute in minutes]
    assert len(minutes) == 1440
    assert sum(calls) / 1440 == pytest.approx(300, rel=0.05)
    hours = [sum(calls[at : at + 60]) / 60 for at in range(0, 1440, 60)]
    assert max(hours) / min(hours) == pytest.approx(3, rel=0.2)
    slow = [sum(minute.slow[at] for minute in minutes) / sum(calls) for at in range(3)]
    assert slow == pytest.approx([0.5, 0.1, 0.01], rel=0.05)
    loads = [(minute.busy_seconds or 0.0) / 60 for minute in minutes]
    assert sum(loads) / 1440 == pytest.approx(2.5, rel=0.05)
    assert all((minute.environments or 0) >= load / 2 for minute, load in zip(minutes, loads, strict=True))


def test_every_kind_of_new_environment_has_its_name() -> None:
    for name, code in NEW_ENVIRONMENTS.items():
        assert name_of(replace(code, seconds=3.0, slowdown=2.0)) == name


def test_every_rule_and_knowledge_is_tried() -> None:
    assert {trial.knowledge for trial in jobs(1.0)} == {*Knowledge}
    assert {trial.rule for trial in jobs(1.0)} - {"adaptive"} == {*SCHEDULES}
    assert set(jobs(0.0).values()) == {1}
