"""A short run of every kind, the same each time; `make fuzz` is the long one."""

import pytest

from tests.fuzz.kinds import KINDS
from tests.fuzz.trial import AliasMovedByNobodyError, Tally, Verdict, tried

REQUESTS = 3_000
ALWAYS_ACCEPTED = {"events"}
"""The guard answers an event that says nothing by looking around."""


@pytest.mark.parametrize("kind", KINDS)
def test_no_input_crashes_a_handler_or_moves_an_alias(kind: str) -> None:
    trial, share = KINDS[kind]
    tally = tried(kind, trial, max(100, round(REQUESTS * share)))
    assert tally.is_clean, "\n".join([str(tally), *tally.shown])
    assert tally.accepted, "no input got past the door, so that nothing behind it was tried"
    assert tally.refused or kind in ALWAYS_ACCEPTED


def test_a_crash_and_a_moved_alias_are_counted_apart_and_shown_with_their_number() -> None:
    def trial(random: object) -> Verdict:
        if next(numbers) % 2:
            raise AliasMovedByNobodyError("orders:live")
        raise KeyError("half \ud800")

    numbers = iter(range(4))
    tally = tried("requests", trial, 4, first=10)
    assert (tally.inputs, tally.crashes, tally.moved, tally.is_clean) == (4, 2, 2, False)
    assert tally.shown[0].startswith("requests 10:")
    assert tally.shown[0].isascii()


def test_a_tally_says_what_became_of_every_input() -> None:
    tally = Tally("requests", inputs=100_000, refused=93_000, accepted=7_000)
    said = "requests 100,000 inputs, 93,000 refused, 7,000 accepted, 0 crashes, 0 aliases moved"
    assert " ".join(str(tally).split()) == said


def test_each_number_makes_the_same_input_again() -> None:
    def trial(random: object) -> Verdict:
        drawn.append(random.random())  # type: ignore[attr-defined]
        return Verdict.ACCEPTED

    drawn: list[float] = []
    tried("requests", trial, 3)
    tried("requests", trial, 1, first=2)
    assert drawn[2] == drawn[3]
    assert len(set(drawn)) == 3
