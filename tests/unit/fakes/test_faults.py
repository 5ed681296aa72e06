"""A fault anywhere in a deployment, or a foreign hand: what serves is never left in between."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as any_

from hotplug.core.errors import ForbiddenError, TryAgainError
from hotplug.core.resources.alias import Routing
from tests.fakes import InMemoryCloud, a_zip, refusal, split
from tests.fakes.faults import Surprising
from tests.support.machine.execution import Execution

UPLOAD = {"bucket": "artifacts", "key": "orders/app.zip"}
REQUEST = {
    "functions": [{"name": "orders", "source": UPLOAD}, "billing", "fresh"],
    "strategy": "Linear40PercentEvery1Minute",
    "alarms": ["errors"],
}
VERBS = [
    "functions.describe",
    "functions.alias",
    "functions.update_code",
    "functions.publish",
    "functions.point",
    "functions.create",
    "alarms.states",
    "artifacts.inspect",
    "ledger.claim",
    "ledger.append",
    "ledger.remember",
    "ledger.release",
    "ledger.timeline",
    "notifications.publish",
]
ERRORS: dict[str, Callable[[], Exception]] = {
    "throttled": lambda: TryAgainError("Rate exceeded"),
    "forbidden": lambda: ForbiddenError("AccessDenied"),
    "an error that is not documented": lambda: refusal("SomethingNew", "AnyOperation", "a text of AWS"),
    "a bug": lambda: KeyError("a key that nobody missed before"),
}
CALLS = range(12)
"""How many calls of a verb go well before the fault; the longest deployment here makes fewer."""


def a_shop() -> InMemoryCloud:
    cloud = InMemoryCloud()
    for name in ("orders", "billing"):
        cloud.has_function(name, versions=["40", "41"])
    cloud.has_function("fresh", versions=[], alias=None)
    cloud.somebody_saves("billing")
    cloud.has_object("artifacts", "orders/app.zip", a_zip("better"))
    cloud.alarm("errors")
    return cloud


def spoil(cloud: InMemoryCloud, verb: str, error: str, after_effect: bool, calls_before: int) -> None:
    adapter, _, name = verb.partition(".")
    part: Surprising = getattr(cloud, adapter)
    part.fails_next(name, ERRORS[error](), after_effect=after_effect, calls_before=calls_before)


ENDS = {"Plan", "Invalid request", "Target busy", "Deployed", "Rolled back"}


def run(cloud: InMemoryCloud) -> str:
    """The state it ends in; a plan that fails is an execution that ends there."""
    ended = Execution(cloud, REQUEST).run()
    assert ended in ENDS
    return ended


def served(cloud: InMemoryCloud) -> list[Routing | None]:
    return [cloud.routing(f"{name}:live") for name in ("orders", "billing", "fresh")]


BEFORE = [Routing("41"), Routing("41"), None]
AFTER = [Routing("42"), Routing("42"), Routing("1")]


def is_whole(cloud: InMemoryCloud, ended: str) -> Iterator[str]:
    """What is not as it has to be after a deployment that ended like this."""
    if served(cloud) != (AFTER if ended == "Deployed" else BEFORE):
        yield f"{ended}, but {served(cloud)} serves"
    if cloud.ledger.held:
        yield f"{ended}, but {set(cloud.ledger.held)} are still claimed"
    if len(cloud.versions_of("orders")) > 3 or len(cloud.versions_of("billing")) > 3:
        yield "one code became two versions"
    if ended not in {"Plan", "Invalid request"} and "closed" not in cloud.ledger.lines["d-1"]:
        yield f"{ended}, but never closed"


def test_without_a_fault_everything_is_deployed() -> None:
    cloud = a_shop()
    assert run(cloud) == "Deployed"
    assert list(is_whole(cloud, "Deployed")) == []


@pytest.mark.slow
@pytest.mark.parametrize("after_effect", [False, True], ids=["refused", "answer lost"])
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("verb", VERBS)
def test_one_fault_leaves_all_or_nothing(verb: str, error: str, after_effect: bool) -> None:
    ends = set()
    for calls_before in CALLS:
        cloud = a_shop()
        spoil(cloud, verb, error, after_effect, calls_before)
        ended = run(cloud)
        ends.add(ended)
        assert list(is_whole(cloud, ended)) == [], f"after {calls_before} calls that went well"
        if cloud.unspent:  # it made fewer calls: later ones are not made either
            break
    if error == "throttled" or verb == "notifications.publish":
        assert ends == {"Deployed"}


faults = any_.tuples(
    any_.sampled_from(VERBS), any_.sampled_from(list(ERRORS)), any_.booleans(), any_.integers(0, 9)
)


@pytest.mark.slow
@settings(max_examples=300)
@given(any_.lists(faults, max_size=5))
def test_several_faults_leave_all_or_nothing(several: list[tuple[str, str, bool, int]]) -> None:
    cloud = a_shop()
    for verb, error, after_effect, calls_before in several:
        spoil(cloud, verb, error, after_effect, calls_before)
    ended = run(cloud)
    assert list(is_whole(cloud, ended)) == []


FOREIGN = split("41", "40", 77)


@pytest.mark.parametrize(
    "verb",
    ["functions.publish", "functions.update_code", "functions.point", "functions.create", "alarms.states"],
)
def test_a_foreign_hand_is_never_overruled(verb: str) -> None:
    adapter, _, name = verb.partition(".")
    met = 0
    for calls_before in range(1 if verb == "alarms.states" else 0, 9):  # the first look is the plan's
        cloud = a_shop()

        def moves(cloud: InMemoryCloud = cloud) -> None:
            cloud.somebody_moves("orders:live", FOREIGN)

        part: Surprising = getattr(cloud, adapter)
        part.meanwhile(name, moves, calls_before=calls_before)
        ended = run(cloud)
        if cloud.unspent:
            continue
        met += 1
        assert cloud.routing("orders:live") == FOREIGN
        assert cloud.routing("billing:live") == Routing("42" if ended == "Deployed" else "41")
        assert cloud.ledger.held == {}
    assert met


@pytest.mark.slow
@settings(max_examples=300)
@given(any_.lists(faults, max_size=3), any_.integers(0, 6))
def test_a_foreign_hand_is_never_overruled_whatever_else_fails(
    several: list[tuple[str, str, bool, int]], calls_before: int
) -> None:
    cloud = a_shop()
    for verb, error, after_effect, before in several:
        spoil(cloud, verb, error, after_effect, before)
    cloud.functions.meanwhile(
        "point", lambda: cloud.somebody_moves("orders:live", FOREIGN), calls_before=calls_before
    )
    run(cloud)
    if "point" not in cloud.functions.unspent:
        assert cloud.routing("orders:live") == FOREIGN
    assert cloud.ledger.held == {}
