"""Deployments that together enter every state of the machine, with what others do meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hotplug.aws.ledger import AwsLedger
from hotplug.core.resources.alias import Routing
from hotplug.handlers.command import command
from tests.contract.analysis.state_graph import State
from tests.fakes import GREEN, RED, InMemoryCloud, Traffic, a_zip, split
from tests.fakes.table import Table
from tests.support.guarding import turned_red, wake
from tests.support.machine.execution import DEFINITION, Execution
from tests.support.machine.tasks import carried_out, thrown
from tests.support.machine.values import StateFailedError

type Json = Any
type Arrange = Callable[[InMemoryCloud], object]
type Act = Callable[[Execution], object]
type Spoil = Callable[[Callable[[], Json]], Json]
"""Does a task in its own way; it gets what would have run."""

HOOK_MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:check"
MOST_STATES = 2_000


@dataclass(frozen=True, eq=False)
class Journey:
    """What is asked for, in which world; `acts` happen one after the other, each before its state."""

    name: str
    request: Mapping[str, Json] = field(default_factory=dict)
    arrange: tuple[Arrange, ...] = ()
    acts: tuple[tuple[str, Act], ...] = ()
    broken: Mapping[str, Spoil] = field(default_factory=dict)

    def begins(self, definition: State = DEFINITION) -> "Underway":
        """In a world of its own, whose ledger is the real adapter over items."""
        cloud, table = InMemoryCloud(), Table()
        client: Any = table
        cloud.ledger = AwsLedger(client, "ledger", 365)  # type: ignore[assignment]
        for function in ("orders", "billing"):
            cloud.has_function(function, versions=("39", "40", "41"))
        cloud.has_object("artifacts", "app.zip", a_zip("better", attributes=0))  # as it was recorded
        cloud.alarm("errors")
        for arrange in self.arrange:
            arrange(cloud)
        return Underway(self, cloud, table, definition)


class Underway:
    """A journey on its way; `acts` are those that are still to come."""

    def __init__(self, journey: Journey, cloud: InMemoryCloud, table: Table, definition: State) -> None:
        self.journey, self.cloud, self.table = journey, cloud, table
        asked = {key: value for key, value in {**REQUEST, **journey.request}.items() if value is not None}
        self.execution = Execution(cloud, asked, definition=definition, perform=self._perform)
        self.acts = list(journey.acts)

    def step(self) -> None:
        """What happens before this state, then the state."""
        if self.acts and self.acts[0][0] == self.execution.state:
            self.acts.pop(0)[1](self.execution)
        self.execution.step()
        if len(self.execution.entered) > MOST_STATES:
            raise AssertionError(f"{self.journey.name} goes round and round in {self.execution.state}")

    def run(self) -> None:
        """To its end."""
        while self.execution.status == "RUNNING":
            self.step()

    def _perform(self, state: str, resource: str, arguments: Json) -> Json:
        def work() -> Json:
            return carried_out(resource, arguments, self.cloud)

        broken = self.journey.broken.get(state)
        return broken(work) if broken else work()


# Worlds


def billing_is_new(cloud: InMemoryCloud) -> None:
    cloud.somebody_deletes("billing:live")


def both_are_new(cloud: InMemoryCloud) -> None:
    cloud.somebody_deletes("orders:live")
    cloud.somebody_deletes("billing:live")


def orders_is_split(cloud: InMemoryCloud) -> None:
    cloud.somebody_moves("orders:live", split("41", "40", 30))


def orders_is_provisioned(cloud: InMemoryCloud) -> None:
    cloud.functions.concurrency["orders", "41"] = 5
    cloud.concurrency.take(looks=2)


def orders_sleeps(cloud: InMemoryCloud) -> None:
    cloud.functions.falls_asleep("orders", "41", looks=2)


def tries_are_content(cloud: InMemoryCloud) -> None:
    for function in ("orders", "billing"):
        cloud.trials.answers(function, {"statusCode": 200})


def tries_of_billing_fail(cloud: InMemoryCloud) -> None:
    cloud.trials.answers("billing", {"statusCode": 500}, "42")


def checks(answer: Callable[[Json], str]) -> Arrange:
    """A function that is asked; each hook is at work when it is first asked."""

    def arrange(cloud: InMemoryCloud) -> None:
        def works(event: Json) -> Json:
            if event["attempt"] == 1:
                return {"status": "IN_PROGRESS", "delaySeconds": 5, "details": {"run": 7}}
            return {"status": answer(event), "reason": "as asked"}

        cloud.has_function("check", alias=None)
        cloud.executions.has_machine(HOOK_MACHINE)
        cloud.hooks.does("check", works)

    return arrange


def always_content(_: Json) -> str:
    return "SUCCEEDED"


def not_with_all_calls(event: Json) -> str:
    return "FAILED" if event["hook"] == "afterTraffic" else "SUCCEEDED"


def has_calls(candidate_bad: int) -> Arrange:
    """Every minute the same; of the candidate's calls so many fail."""

    def arrange(cloud: InMemoryCloud) -> None:
        cloud.passes(3600)
        cloud.metrics.follows("orders:live", "41", lambda _: Traffic(4_000, 4))
        cloud.metrics.follows("orders:live", "42", lambda _: Traffic(1_000, candidate_bad))

    return arrange


def is_held(until: str) -> Arrange:
    """Another deployment has both targets, and has come so far."""

    def arrange(cloud: InMemoryCloud) -> None:
        request = {"functions": ["orders", "billing"], "source": {"version": "40"}}
        Execution(cloud, request, "d-0").run_to(until)
        cloud.passes(1)

    return arrange


def is_frozen(cloud: InMemoryCloud) -> None:
    command({"command": "freeze", "by": "ann", "why": "the fair"}, cloud)


# What others do


def says(word: str) -> Act:
    step = 0 if word == "approve" else "any"
    about = {} if "freeze" in word else {"deployment": "d-1", "step": step}

    def act(execution: Execution) -> None:
        answer = command({"command": word, "by": "ann", "why": "ticket 7"} | about, execution.cloud)
        assert answer["outcome"] == "accepted", answer

    return act


def turns_red(execution: Execution) -> None:
    execution.cloud.alarm("errors").goes(RED)


def trips(execution: Execution) -> None:
    """The guard hears of a red alarm, which is green again at the next poll."""
    turns_red(execution)
    wake(execution.cloud, turned_red())
    execution.cloud.alarm("errors").goes(GREEN)


def is_moved(execution: Execution) -> None:
    execution.cloud.somebody_moves("orders:live", Routing("40"))


def holder_is_stopped(execution: Execution) -> None:
    execution.cloud.executions.ends("d-0")


def holder_left_another_version(execution: Execution) -> None:
    holder_is_stopped(execution)
    execution.cloud.somebody_moves("billing:live", Routing("40"))


def hook_machine_ends(execution: Execution) -> None:
    (name,) = [name for name in execution.cloud.executions.started if name.startswith("d-1-")]
    execution.cloud.executions.comes_to(name, HOOK_MACHINE, '{"status": "SUCCEEDED"}')


def nothing(_: Execution) -> None:
    """Once more."""


# What is broken


def cannot_be_imported(_: Callable[[], Json]) -> Json:
    raise thrown("Runtime.ImportModuleError", "Unable to import module")


def talks_nonsense(_: Callable[[], Json]) -> Json:
    return {"outcome": "nonsense", "reason": [None]}


def fails_at_its_end(work: Callable[[], Json]) -> Json:
    work()
    raise thrown("MemoryError", "out of memory")


def is_denied(_: Callable[[], Json]) -> Json:
    raise StateFailedError("Lambda.AccessDeniedException", "not authorized to perform: lambda:UpdateAlias")


# The journeys

STEPS = [{"percent": 10, "bake": "40s"}, {"percent": 50, "bake": "40s"}]
ADAPTIVE = {"type": "adaptive", "minWeight": 20, "maxWeight": 30, "maxBadRequests": 1000, "bake": 0}
QUARTER = {"type": "canary", "percent": 20, "bake": "15m"}
ASKING = [{"percent": 10, "bake": "40s", "approve": {"timeout": "1h", "onTimeout": "roll_back"}}]
REQUEST: Mapping[str, Json] = {
    "functions": ["orders", "billing"],
    "source": {"bucket": "artifacts", "key": "app.zip"},
    "strategy": {"type": "steps", "steps": STEPS[:1]},
    "alarms": ["errors"],
    "reason": "ticket 7",
}
SMOKE = [{"payload": {"order": 7}, "expect": {"status": 200}}]
POINTS = ("beforeTraffic", "beforeStep", "afterStep", "afterTraffic")
ASKED: Mapping[str, Json] = {"hooks": dict.fromkeys(POINTS, "check")}
SOON = [{"days": ["tue"], "from": "09:02", "to": "18:00"}]
RED_AT_BAKE = ("Bake", turns_red)
NO_ROLL_BACK = {"Roll back": cannot_be_imported}

JOURNEYS = (
    Journey("two steps", {"strategy": {"type": "steps", "steps": STEPS}, "keepVersions": 2}),
    Journey("all at once", {"strategy": "AllAtOnce"}),
    Journey("first deployment", {}, (both_are_new,)),
    Journey("one is new", {}, (billing_is_new,)),
    Journey("nothing new", {"source": {"version": "41"}}),
    Journey("by force", {"force": True}, (orders_is_split,)),
    Journey("going back", {"source": {"version": "40"}}, acts=(RED_AT_BAKE,)),
    Journey("provisioned", {"functions": ["orders"]}, (orders_is_provisioned,)),
    Journey("provisioned and red", {}, (orders_is_provisioned,), (RED_AT_BAKE,)),
    Journey("asleep", {}, (orders_sleeps,)),
    Journey("a dry run", {"dryRun": True}),
    Journey("refused", {"strategy": "Cannary"}),
    Journey("red", {}, acts=(RED_AT_BAKE,)),
    Journey("tripped", {}, acts=(("Bake", nothing), ("Bake", trips))),
    Journey("moved by others", {}, acts=(("Bake", is_moved),)),
    Journey("aborted", {}, acts=(("Bake", says("abort")),)),
    Journey("smoke and hooks", {"smoke": SMOKE, **ASKED}, (tries_are_content, checks(always_content))),
    Journey("smoke fails", {"smoke": SMOKE}, (tries_are_content, tries_of_billing_fail)),
    Journey("a hook fails", ASKED, (checks(not_with_all_calls),)),
    Journey("red at a hook", ASKED, (checks(always_content),), (RED_AT_BAKE,)),
    Journey(
        "a hook that is a machine",
        {"hooks": {"beforeTraffic": HOOK_MACHINE}},
        (checks(always_content),),
        (("Hook at work", nothing), ("Hook at work", hook_machine_ends)),
    ),
    Journey(
        "frozen at first",
        ASKED,
        (checks(always_content), is_frozen),
        (("Bake", nothing), ("Bake", says("unfreeze"))),
    ),
    Journey(
        "frozen, then all at once",
        {"strategy": "AllAtOnce", "smoke": SMOKE},
        (tries_are_content, is_frozen),
        (("Bake", says("unfreeze")),),
    ),
    Journey("outside its window", {"windows": SOON}),
    Journey(
        "paused and approved",
        {"strategy": {"type": "steps", "steps": ASKING}},
        acts=tuple(("Bake", says(word)) for word in ("pause", "resume", "approve")),
    ),
    Journey("not approved", {"strategy": {"type": "steps", "steps": ASKING}, "pollSeconds": 1_800}),
    Journey(
        "adaptive",
        {"functions": ["orders"], "strategy": ADAPTIVE, "pollSeconds": 60},
        (has_calls(1),),
    ),
    Journey(
        "evidence against it",
        {"functions": ["orders"], "smoke": SMOKE, "evidence": {"syntheticCalls": 6}, "strategy": QUARTER},
        (tries_are_content, has_calls(400)),
    ),
    Journey("busy", {}, (is_held("Bake"),)),
    Journey("waits", {"onBusy": "wait"}, (is_held("Bake"),), (("Wait for its turn", holder_is_stopped),)),
    Journey(
        "waits, and is planned again",
        {"onBusy": "wait"},
        (is_held("Publish"),),
        (("Wait for its turn", holder_left_another_version),),
    ),
    Journey(
        "replaces",
        {"onBusy": "replace"},
        (is_held("Bake"),),
        (("Wait for its turn", nothing), ("Wait for its turn", holder_is_stopped)),
    ),
    Journey("aborted, no Roll back", {}, acts=(("Not ready yet", says("abort")),), broken=NO_ROLL_BACK),
    Journey("red, no Roll back", {}, (billing_is_new,), (RED_AT_BAKE,), NO_ROLL_BACK),
    Journey("red, nonsense", {}, (), (RED_AT_BAKE,), {"Roll back": talks_nonsense}),
    Journey("half promoted", {}, (billing_is_new,), broken=NO_ROLL_BACK | {"Promote": fails_at_its_end}),
    Journey("not restored", {}, (), (RED_AT_BAKE,), NO_ROLL_BACK | {"Put back": is_denied}),
)
