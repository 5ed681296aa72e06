"""The simulated function does what the page says of it."""

from itertools import pairwise
from math import isclose

import pytest

from bench.evidence.world import OUTAGE_SHARE, Cell, Piece, World, good

MANY = range(60)
WORLDS = 100


def total(cell: Cell, pieces: list[Piece]) -> dict[str, int]:
    """Of the first hour of many deployments."""
    happened = [
        World(cell, f"{seed}").minute(at, pieces) for seed in range(WORLDS) for at in range(0, 60, 10)
    ]
    seen = [each.seen for each in happened]
    return {
        "candidate": sum(each.candidate_calls for each in seen),
        "candidate bad": sum(each.candidate_failures for each in seen),
        "stable": sum(each.stable_calls for each in seen),
        "stable bad": sum(each.stable_failures for each in seen),
        "spoilt": sum(each.spoilt for each in happened),
        "minutes": len(seen),
    }


def test_the_same_seed_brings_the_same_traffic_and_outages_whatever_the_weights() -> None:
    one, other = (World(good(1_000, 0.01, outage=True), "a") for _ in range(2))
    assert one.outages == other.outages
    assert one.calls_before == other.calls_before
    assert one.minute(0, [Piece(0, 0.1)]) == other.minute(0, [Piece(0, 0.1)])


def test_calls_fail_at_the_rates_of_their_versions() -> None:
    found = total(Cell(1_000, 0.01, 0.05), [Piece(0, 0.25)])
    calls = found["candidate"] + found["stable"]
    assert isclose(calls / found["minutes"], 1_000, rel_tol=0.15)
    assert isclose(found["candidate"] / calls, 0.25, rel_tol=0.02)
    assert isclose(found["candidate bad"] / found["candidate"], 0.05, rel_tol=0.05)
    assert isclose(found["stable bad"] / found["stable"], 0.01, rel_tol=0.05)


def test_only_what_the_candidate_adds_counts_as_spoilt() -> None:
    found = total(Cell(1_000, 0.2, 0.6), [Piece(0, 0.5)])
    assert isclose(found["spoilt"] / found["candidate"], 0.4, rel_tol=0.05)


@pytest.mark.parametrize("outage", [False, True], ids=["calm", "outage"])
def test_a_good_version_spoils_nothing(outage: bool) -> None:
    assert not total(good(1_000, 0.01, outage=outage), [Piece(0, 0.5)])["spoilt"]


def test_an_outage_fails_as_much_of_both_versions() -> None:
    world = World(good(1_000_000, 0.0, outage=True), "a")
    start, _, share = world.outages[0]
    seen = world.minute(start // 60, [Piece(0, 0.5)]).seen
    assert OUTAGE_SHARE[0] <= share <= OUTAGE_SHARE[1]
    assert seen.stable_failures > 0
    failing = seen.candidate_failures / seen.candidate_calls, seen.stable_failures / seen.stable_calls
    assert isclose(*failing, rel_tol=0.02)


def test_sick_environments_fail_in_clumps_of_their_ten_calls() -> None:
    minutes = [World(Cell(1_000, 0.0, 0.0, sick=0.01), f"{seed}") for seed in range(1_000)]
    bad = [world.minute(0, [Piece(0, 0.0)]).seen.stable_failures for world in minutes]
    assert isclose(sum(bad) / 1_000, 10, rel_tol=0.15)
    assert {round(each / 10) * 10 == pytest.approx(each, abs=each / 10) for each in bad} == {True}
    assert isclose(sum(each > 0 for each in bad) / 1_000, 0.63, abs_tol=0.05)


def test_what_both_versions_suffer_in_clumps_the_candidate_has_spoilt_nothing_of() -> None:
    found = total(Cell(1_000, 0.0, 0.0, sick=0.05), [Piece(0, 0.5)])
    assert isclose(found["candidate bad"] / found["candidate"], 0.05, rel_tol=0.1)
    assert isclose(found["stable bad"] / found["stable"], 0.05, rel_tol=0.1)
    assert not found["spoilt"]


def test_outages_begin_early_and_some_deployments_have_two() -> None:
    worlds = [World(good(1, 0.0, outage=True), f"{seed}") for seed in range(1_000)]
    assert all(0 <= outage.start < 720 for world in worlds for outage in world.outages)
    assert isclose(sum(len(world.outages) == 2 for world in worlds) / 1_000, 0.3, abs_tol=0.05)
    lengths = [outage.end - outage.start for world in worlds for outage in world.outages]
    assert isclose(sum(lengths) / len(lengths), 180, rel_tol=0.1)


def test_a_minute_in_which_the_weight_changes_shows_both_and_shares_its_calls_by_the_second() -> None:
    pieces = [Piece(0, 0.0), Piece(30, 0.1), Piece(45, 0.0)]
    found = total(Cell(10_000, 0.0, 0.0), pieces)
    assert isclose(found["candidate"] / (found["candidate"] + found["stable"]), 0.025, rel_tol=0.03)
    seen = World(Cell(10_000, 0.0, 0.0), "a").minute(0, pieces).seen
    assert (seen.weight_low, seen.weight_high) == (0.0, 0.1)


def test_traffic_changes_from_minute_to_minute() -> None:
    world = World(Cell(100_000, 0.0, 0.0), "a")
    calls = [world.minute(at, [Piece(0, 0.0)]).seen.stable_calls for at in MANY]
    assert max(abs(one - other) / one for one, other in pairwise(calls)) > 0.2
