"""What must hold for whatever people hand to the function that takes commands."""

from random import Random
from typing import Any

from hotplug.core.rollout.commands import EVERYWHERE, Command
from hotplug.handlers.command import command
from tests.fakes import InMemoryCloud
from tests.fuzz.mutation import ODD_TEXTS, mutate, odd_value
from tests.fuzz.trial import AliasMovedByNobodyError, Verdict
from tests.fuzz.world import a_company, aliases, check_answer, check_told
from tests.support.machine.execution import Execution

type Json = Any

RECEPTIONS = {"accepted", "shown", "repeated", "stale", "refused"}
APPROVED_STEPS = {"type": "steps", "steps": [{"percent": 5, "bake": "5m", "approve": {}}]}


def a_command_is_taken_or_refused_and_moves_nothing(random: Random) -> Verdict:
    """A refused one leaves no trace; one that is taken is in the ledger, and was told."""
    cloud = _company_at_work()
    before, lines = aliases(cloud), _lines(cloud)
    accepted = False
    for _ in range(random.randint(1, 3)):
        answer = command(_a_command(random), cloud)
        check_answer(answer)
        assert answer["outcome"] in RECEPTIONS
        assert answer["reason"]
        accepted = accepted or answer["outcome"] == "accepted"
    if aliases(cloud) != before:
        raise AliasMovedByNobodyError(f"{before} became {aliases(cloud)}")
    check_told(cloud)
    ordered = bool(cloud.ledger.ordered or cloud.ledger.ordered_for)
    assert ordered == accepted == (_lines(cloud) > lines)
    assert set(cloud.ledger.ordered) <= {"d-1", "d-2", EVERYWHERE}
    return Verdict.ACCEPTED if accepted else Verdict.REFUSED


def _company_at_work() -> InMemoryCloud:
    """One deployment on its first step, which has to be approved, and one that is planned."""
    cloud = a_company()
    Execution(cloud, {"function": "orders", "strategy": APPROVED_STEPS}, "d-1").shifted()
    Execution(cloud, {"function": "billing"}, "d-2").plan()
    return cloud


def _lines(cloud: InMemoryCloud) -> int:
    return sum(map(len, cloud.ledger.lines.values()))


def _a_command(random: Random) -> Json:
    if random.random() < 0.05:
        return odd_value(random)
    word = str(random.choice(list(Command)))
    said: dict[str, Json] = {"command": word, "by": "ann", "why": random.choice(("ticket 7", "größer\n"))}
    if word in {"hold", "release"}:
        said["target"] = random.choice(("orders:live", "billing:live", "orders", *ODD_TEXTS[:3]))
    elif word == "free":
        said["deployment"] = random.choice(("d-1", "d-2", "d-9", *ODD_TEXTS[:3]))
    elif "freeze" not in word:
        said["deployment"] = random.choice(("d-1", "d-1", "d-2", "d-9", "*", *ODD_TEXTS[:3]))
        said["step"] = random.choice((0, 0, 1, "any", 0.0, -1))
    for _ in range(random.choice((0, 0, 1, 3))):
        mutate(random, said)
    return said
