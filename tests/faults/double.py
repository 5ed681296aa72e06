"""The same act on two AWS: the embedded one with the deployed product, and the one in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hotplug.core.resources.alias import Routing
from tests.e2e.cast import Alarm, Deployment, Function
from tests.e2e.story import LONG_BAKE, Given, Then, When
from tests.fakes import InMemoryCloud, a_target, split
from tests.faults.acts import cannot_be_imported
from tests.faults.invariants import outcomes
from tests.faults.stage import TARGETS, WATCHED_ALARM, Stage

type Json = dict[str, Any]

SHIFTED = "1, 25 % to 2"
STEP: Mapping[str, Any] = {"type": "steps", "steps": [{"percent": 25, "bake": LONG_BAKE}]}


class Hands(Protocol):
    """What can be done to a deployment that has its first share of the calls."""

    def stop(self) -> None: ...
    def turn_red(self) -> None: ...
    def point(self, version: str, weights: Mapping[str, float]) -> None:
        """The first alias."""

    def delete(self) -> None:
        """The first alias."""


def _nothing(_: Hands) -> None:
    """It goes well."""


@dataclass(frozen=True)
class Play:
    """What is played on both. `versions` per function, 0 where it has no alias yet."""

    act: Callable[[Hands], None] = _nothing
    versions: tuple[int, int] = (1, 1)
    request: Mapping[str, Any] = field(default_factory=lambda: {"strategy": STEP})
    acts_in: str | None = "Bake"
    roll_back_works: bool = True


@dataclass(frozen=True)
class Ending:
    """What the two have to agree on; aliases as "1", "1, 25 % to 2" or "none"."""

    status: str
    error: str
    aliases: tuple[str, ...]
    outcome: str
    claims: int


# In memory


@dataclass(frozen=True)
class InMemoryHands:
    stage: Stage

    def stop(self) -> None:
        self.stage.ends("ABORTED")

    def turn_red(self) -> None:
        self.stage.guard_hears_of_the_alarm()

    def point(self, version: str, weights: Mapping[str, float]) -> None:
        shares = [split(version, other, int(share * 100)) for other, share in weights.items()]
        self.stage.cloud.somebody_moves(TARGETS[0], shares[0] if shares else Routing(version))

    def delete(self) -> None:
        self.stage.cloud.somebody_deletes(TARGETS[0])


def in_memory(play: Play) -> Ending:
    cloud = InMemoryCloud()
    for target, count in zip(TARGETS, play.versions, strict=True):
        name = a_target(target).function
        versions = [str(number) for number in range(1, count + 1)]
        cloud.has_function(name, versions=versions, alias="live" if count else None)
        if count:
            cloud.functions.is_moved(a_target(target), Routing("1"))
        if "source" not in play.request:
            cloud.somebody_saves(name)
    cloud.alarm(WATCHED_ALARM)
    stage = Stage(cloud, {"functions": ["orders", "billing"], "alarms": [WATCHED_ALARM], **play.request})
    if not play.roll_back_works:
        stage.broken["Roll back"] = cannot_be_imported
    while play.acts_in and stage.execution.state != play.acts_in:
        stage.step()
    play.act(InMemoryHands(stage))
    stage.runs_to_its_end()
    stage.aftermath()
    ended = stage.execution
    aliases = tuple(_as_shown(cloud.routing(target)) for target in TARGETS)
    (outcome,) = outcomes(stage)
    return Ending(ended.status, ended.error, aliases, outcome, len(cloud.ledger.held))


def _as_shown(routing: Routing | None) -> str:
    if routing is None:
        return "none"
    shares = [f"{share * 100:g} % to {version}" for version, share in routing.weights.items()]
    return ", ".join([routing.version, *shares])


# Embedded


@dataclass(frozen=True)
class EmbeddedHands:
    when: When
    deployment: Deployment
    function: Function
    alarm: Alarm

    def stop(self) -> None:
        self.when.it_is_stopped(self.deployment)

    def turn_red(self) -> None:
        self.alarm.turns("ALARM")

    def point(self, version: str, weights: Mapping[str, float]) -> None:
        self.function.point(version, weights)

    def delete(self) -> None:
        self.function.loses_its_alias()


def embedded(play: Play, given: Given, when: When, then: Then) -> Ending:
    functions = [_function(given, count, play) for count in play.versions]
    alarm, machine = (
        given.an_alarm(),
        None if play.roll_back_works else given.a_machine_whose_roll_back_fails(),
    )
    deployment = when.deploying(*functions, machine=machine, alarms=[alarm.name], **play.request)
    if play.acts_in:
        when.it_has_got_to(deployment, functions[0], SHIFTED)
        shifted = "none" if play.versions[1] == 0 else SHIFTED
        when.it_has_got_to(deployment, functions[1], shifted)
    play.act(EmbeddedHands(when, deployment, functions[0], alarm))
    ended = then.it_ends(deployment)
    outcome = then.the_guard_settles_it(deployment, *functions)
    held = [function for function in functions if function.claimed_by()]
    aliases = tuple(function.routing() for function in functions)
    return Ending(ended["status"], ended.get("error") or "", aliases, outcome, len(held))


def _function(given: Given, count: int, play: Play) -> Function:
    latest = None if "source" in play.request else "fresh"
    return given.a_function(published=count, live=1 if count else None, latest=latest)
