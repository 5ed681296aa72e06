"""The interpreter over the fakes and the deployed machine on the embedded AWS come to the same ends."""

import pytest

from tests.e2e.story import Given, Then, When, steps
from tests.faults.double import STEP, Play, embedded, in_memory

pytestmark = pytest.mark.emulator

PLAYS = {
    "both move": Play(request={"strategy": steps(25, 50)}, acts_in=None),
    "all at once": Play(request={"strategy": "AllAtOnce"}, acts_in=None),
    "one is new": Play(versions=(1, 0), request={"strategy": steps(25)}, acts_in=None),
    "nothing is new": Play(request={"source": {"version": "1"}, "strategy": STEP}, acts_in=None),
    "a bad request": Play(request={"strategy": "Cannary"}, acts_in=None),
    "is stopped": Play(lambda hands: hands.stop()),
    "is stopped with one new": Play(lambda hands: hands.stop(), versions=(1, 0)),
    "turns red": Play(lambda hands: hands.turn_red()),
    "somebody takes another weight": Play(lambda hands: hands.point("1", {"2": 0.5})),
    "somebody promotes one": Play(lambda hands: hands.point("2", {})),
    "somebody deletes one": Play(lambda hands: hands.delete()),
    "Roll back is broken": Play(lambda hands: hands.turn_red(), roll_back_works=False),
    "Roll back is broken, and one is somebody else's": Play(
        lambda hands: hands.point("1", {"2": 0.5}), roll_back_works=False
    ),
}
SHORT = {
    "one is new",
    "a bad request",
    "is stopped",
    "somebody takes another weight",
    "somebody deletes one",
    "Roll back is broken",
}


@pytest.mark.parametrize(
    "name", [name if name in SHORT else pytest.param(name, marks=pytest.mark.long) for name in PLAYS]
)
def test_both_come_to_the_same_end(given: Given, when: When, then: Then, name: str) -> None:
    assert embedded(PLAYS[name], given, when, then) == in_memory(PLAYS[name])
