"""One deployment from the first weight to the end, and hotplug's own rules."""

from collections.abc import Sequence
from math import isclose

from bench.evidence.cells import RULES
from bench.evidence.deployment import End, Step, promoted, rolled_back, run
from bench.evidence.ours import BY_EVIDENCE, BY_TIME, FIXED, adaptive
from bench.evidence.world import Cell, Rows, World, good
from hotplug.core.evidence import EvidenceSettings

BROKEN = Cell(10_000, 0.0, 1.0)


def test_a_bad_version_that_is_promoted_spoils_calls_until_the_hour_is_over() -> None:
    outcome = run(World(BROKEN, "a"), lambda _, __: promoted())
    assert (outcome.end, outcome.minute, outcome.candidate_calls) == (End.PROMOTED, 0, 0)
    assert outcome.spoilt > 60 * 5_000 * 0.8


def test_a_rollback_ends_the_harm() -> None:
    def rule(tick: int, _: Sequence[Rows]) -> Step:
        return rolled_back() if tick == 2 else Step(0.5)

    outcome = run(World(BROKEN, "a"), rule)
    assert (outcome.end, outcome.minute) == (End.ROLLED_BACK, 2)
    assert outcome.spoilt == outcome.candidate_calls
    assert outcome.spoilt < 2 * 15_000 * 2


def test_a_rule_sees_a_minute_when_it_is_over() -> None:
    seen = []

    def rule(tick: int, minutes: Sequence[Rows]) -> Step:
        seen.append((tick, len(minutes)))
        return promoted() if tick == 3 else Step(0.1)

    run(World(BROKEN, "a"), rule)
    assert seen == [(0, 0), (1, 1), (2, 2), (3, 3)]


def test_a_pulse_is_on_for_its_seconds_only() -> None:
    def rule(tick: int, minutes: Sequence[Rows]) -> Step:
        if tick == 2:
            assert not minutes[1][0].candidate_calls
            assert minutes[0][0][5:7] == (0.0, 0.5)
            return rolled_back()
        return Step(0.5, seconds=6) if tick == 0 else Step(0.0)

    world = World(BROKEN, "a")
    assert isclose(run(world, rule).candidate_calls / world.calls_before, 0.05, rel_tol=0.6)


def test_the_adaptive_pace_promotes_a_good_version_by_evidence() -> None:
    outcomes = [run(world, adaptive(world)) for world in worlds(good(10_000, 0.001, outage=False))]
    assert {(each.end, each.by) for each in outcomes} == {(End.PROMOTED, BY_EVIDENCE)}
    assert max(each.minute for each in outcomes) < 20


def test_the_adaptive_pace_rolls_a_bad_version_back_for_hardly_more_than_its_budget() -> None:
    outcomes = [run(world, adaptive(world)) for world in worlds(Cell(100, 0.0, 1.0))]
    assert {(each.end, each.by) for each in outcomes} == {(End.ROLLED_BACK, BY_EVIDENCE)}
    assert sum(each.spoilt for each in outcomes) / len(outcomes) < 1.5 * EvidenceSettings().error_budget


def test_pulses_spare_calls_where_there_are_many() -> None:
    steady, pulsed = (
        sum(run(world, adaptive(world, pulsed=each)).spoilt for world in worlds(BROKEN))
        for each in (False, True)
    )
    assert pulsed < steady / 5


def test_pulses_come_in_consecutive_minutes_unless_the_candidate_is_suspect() -> None:
    for cell, third in ((good(10_000, 0.0, outage=False), 0.01), (BROKEN, 0.0)):
        for world in worlds(cell):
            rule = adaptive(world, pulsed=True)
            run(world, rule)
            assert [each.weight for each in rule.told[:3]] == [0.01, 0.01, third]


def test_the_adaptive_pace_ends_at_its_time_limit() -> None:
    outcomes = [run(world, adaptive(world)) for world in worlds(good(1, 0.0, outage=False))]
    assert {(each.end, each.by, each.minute) for each in outcomes} == {(End.PROMOTED, BY_TIME, 30)}


def test_the_evidence_ends_a_fixed_timetable_early() -> None:
    cell = Cell(1_000, 0.001, 0.2)
    for name, schedule in FIXED.items():
        outcomes = [run(world, RULES[name](world)) for world in worlds(cell)]
        assert {(each.end, each.by) for each in outcomes} == {(End.ROLLED_BACK, BY_EVIDENCE)}
        assert max(each.minute for each in outcomes) < schedule.end


def worlds(cell: Cell) -> list[World]:
    """Some."""
    return [World(cell, f"{seed}") for seed in range(10)]
