"""Deployments that together come through every state of the machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hotplug.core.rollout.commands import EVERYWHERE, AcceptedCommand, Command
from tests.fakes import InMemoryCloud, a_zip, split
from tests.faults.moments import Tapped
from tests.faults.stage import OTHER, STABLE, TARGETS, WATCHED_ALARM, Run, Stage
from tests.support.machine.tasks import Died, thrown
from tests.support.machine.values import StateFailedError

UPLOAD = {"bucket": "artifacts", "key": "app.zip"}
TWO_STEPS = {
    "type": "steps",
    "steps": [{"percent": 10, "bake": "40s"}, {"percent": 50, "bake": "40s"}],
}
REQUEST: Mapping[str, Any] = {
    "functions": ["orders", "billing"],
    "source": UPLOAD,
    "strategy": TWO_STEPS,
    "alarms": [WATCHED_ALARM],
}


def deployed(cloud: InMemoryCloud) -> None:
    """Both have been deployed before."""
    for function in ("orders", "billing"):
        cloud.has_function(function, versions=(OTHER, STABLE))


def one_is_new(cloud: InMemoryCloud) -> None:
    """billing has no alias yet."""
    cloud.has_function("orders", versions=(OTHER, STABLE))
    cloud.has_function("billing", versions=(OTHER,), alias=None)


def both_are_new(cloud: InMemoryCloud) -> None:
    for function in ("orders", "billing"):
        cloud.has_function(function, versions=(OTHER,), alias=None)


def one_is_split(cloud: InMemoryCloud) -> None:
    """Somebody left orders on two versions."""
    deployed(cloud)
    cloud.somebody_moves("orders:live", split(STABLE, OTHER, 50))


def both_have_many(cloud: InMemoryCloud) -> None:
    """Versions that nobody needs."""
    for function in ("orders", "billing"):
        cloud.has_function(function, versions=("38", "39", OTHER, STABLE))


def one_has_capacity(cloud: InMemoryCloud) -> None:
    """What orders is live on keeps executions ready."""
    deployed(cloud)
    cloud.functions.concurrency["orders", STABLE] = 5


def the_alias_has_capacity(cloud: InMemoryCloud) -> None:
    """The alias of orders keeps executions ready, and settles for some looks when its version changes."""
    deployed(cloud)
    cloud.functions.concurrency["orders", "live"] = 5
    cloud.functions.aliases_settle(9)


def one_sleeps(cloud: InMemoryCloud) -> None:
    """Nobody has called orders for weeks."""
    deployed(cloud)
    cloud.functions.falls_asleep("orders", STABLE)


def one_is_as_it_was(cloud: InMemoryCloud) -> None:
    """Only orders has anything new."""
    deployed(cloud)
    cloud.somebody_saves("orders")


def _nothing(stage: Stage) -> None:
    """No more to arrange."""


@dataclass(frozen=True, eq=False)
class Scenario:
    """`outcome` is what the ledger says if all goes well, or nothing; sweeping begins at `since`."""

    name: str
    outcome: str
    functions: Callable[[InMemoryCloud], None] = deployed
    request: Mapping[str, Any] = field(default_factory=dict)
    arrange: Callable[[Stage], None] = _nothing
    since: str = "Plan"

    def stage(self) -> Stage:
        cloud = InMemoryCloud()
        self.functions(cloud)
        cloud.alarm(WATCHED_ALARM)
        cloud.has_object("artifacts", "app.zip", a_zip("better"))
        asked = {**REQUEST, **self.request}
        stage = Stage(cloud, {key: value for key, value in asked.items() if value is not None})
        self.arrange(stage)
        return stage


def _red_while_baking(stage: Stage) -> None:
    stage.acts.append(("Bake", Stage.turns_red))


def cannot_be_imported(_: Run) -> Any:
    raise thrown("Runtime.ImportModuleError", "Unable to import module 'hotplug.handlers'")


def _roll_back_is_broken(stage: Stage) -> None:
    _red_while_baking(stage)
    stage.broken["Roll back"] = cannot_be_imported


def _roll_back_talks_nonsense(stage: Stage) -> None:
    _red_while_baking(stage)
    stage.broken["Roll back"] = lambda _: {"outcome": "nonsense", "reason": [None]}


def _nothing_can_be_put_back(stage: Stage) -> None:
    _roll_back_is_broken(stage)
    stage.broken["Put back"] = _denied


def _always_late(stage: Stage) -> None:
    _roll_back_is_broken(stage)
    stage.broken["Put back"] = _stale


def _the_weights_stay(stage: Stage) -> None:
    """What the last resort writes is accepted, and has no effect."""
    _roll_back_is_broken(stage)
    kept = {"FunctionVersion": STABLE, "RoutingConfig": {"AdditionalVersionWeights": {"42": 0.1}}}
    stage.broken["Put back"] = lambda _: kept | {"RevisionId": "r"}


def _stale(_: Run) -> Any:
    raise StateFailedError("Lambda.PreconditionFailedException", "The Revision Id provided does not match")


def _meets_a_stranger(stage: Stage) -> None:
    """Somebody has pointed orders to a version of theirs when the last resort reads it."""
    _roll_back_is_broken(stage)

    def moves(stage: Stage) -> None:
        stage.cloud.somebody_moves(TARGETS[0], split(STABLE, OTHER, 5))
        stage.somebody_touched(TARGETS[0])

    stage.acts.append(("Restore without code", moves))


def _denied(_: Run) -> Any:
    raise StateFailedError("Lambda.AccessDeniedException", "not authorized to perform: lambda:UpdateAlias")


def _promotion_breaks_off(stage: Stage) -> None:
    def halfway(run: Run) -> Any:
        return run(Tapped(stage.cloud, 2, _dies))

    stage.acts.append(("Promote", lambda stage: stage.spoils.append(halfway)))


def _promotion_breaks_off_at_its_end(stage: Stage) -> None:
    def to_the_end(run: Run) -> Any:
        run(stage.cloud)
        raise thrown("MemoryError", "out of memory")

    stage.acts.append(("Promote", lambda stage: stage.spoils.append(to_the_end)))


def _promotion_and_roll_back_are_broken(stage: Stage) -> None:
    _promotion_breaks_off_at_its_end(stage)
    stage.broken["Roll back"] = cannot_be_imported


def _dies() -> None:
    raise Died


def _somebody_holds_both(stage: Stage) -> None:
    request = {"functions": ["orders", "billing"], "source": {"version": OTHER}, "strategy": TWO_STEPS}
    holder = Stage(stage.cloud, request, "d-0")
    while holder.execution.state != "Bake":
        holder.step()
    for target in TARGETS:
        stage.somebody_touched(target)


def _has_to_wait(stage: Stage) -> None:
    """The holder has not moved anything yet, and is stopped when this one stands in line."""
    holder = Stage(stage.cloud, {"functions": ["orders", "billing"], "source": {"version": OTHER}}, "d-0")
    while holder.execution.state != "Publish":
        holder.step()
    stage.acts.append(("Wait for its turn", lambda _: holder.ends("ABORTED")))


def _ordered(word: Command, deployment: str) -> Callable[[Stage], None]:
    def act(stage: Stage) -> None:
        stage.cloud.ledger.accept(deployment, AcceptedCommand(word, "ann", "ticket 7", stage.cloud.now()))

    return act


def _is_frozen_for_two_looks(stage: Stage) -> None:
    """Somebody ends it, even where the deployment did not come that far."""
    _ordered(Command.FREEZE, EVERYWHERE)(stage)
    thaw = _ordered(Command.UNFREEZE, EVERYWHERE)
    stage.acts += [("Bake", _nothing), ("Bake", thaw)]
    stage.repairs.append(lambda: thaw(stage))


def _aborted_while_baking(stage: Stage) -> None:
    stage.acts.append(("Bake", _ordered(Command.ABORT, "d-1")))


def _aborted_while_publishing(stage: Stage) -> None:
    stage.acts.append(("Not ready yet", _ordered(Command.ABORT, "d-1")))


def _replaces(stage: Stage) -> None:
    """The holder has not moved anything yet, and is called off."""
    request = {"functions": ["orders", "billing"], "source": {"version": OTHER}, "hold": False}
    holder = Stage(stage.cloud, request, "d-0")
    while holder.execution.state != "Publish":
        holder.step()
    stage.cloud.passes(1)
    stage.acts.append(("Wait for its turn", lambda _: holder.runs_to_its_end()))


def _fails_its_smoke(stage: Stage) -> None:
    stage.cloud.trials.fails("billing", ValueError("out of stock"))


HOOKS = {"beforeTraffic": "check", "beforeStep": "check", "afterStep": "check", "afterTraffic": "check"}


def deployed_with_hooks(cloud: InMemoryCloud) -> None:
    """Both have been deployed before, and somebody checks."""
    deployed(cloud)
    cloud.has_function("check", alias=None)


def _takes_its_time(stage: Stage) -> None:
    """Each hook is at work when it is first asked."""

    def works(event: Any) -> Any:
        is_first = event["attempt"] == 1
        return {"status": "IN_PROGRESS", "delaySeconds": 5} if is_first else {"status": "SUCCEEDED"}

    stage.cloud.hooks.does("check", works)


def _turns_red_while_a_hook_works(stage: Stage) -> None:
    """In the last one, when the candidates have all calls."""

    def works(event: Any) -> Any:
        if event["hook"] != "afterTraffic" or event["attempt"] > 1:
            return {"status": "SUCCEEDED"}
        stage.turns_red()
        return {"status": "IN_PROGRESS"}

    stage.cloud.hooks.does("check", works)


def _says_no_in_the_end(stage: Stage) -> None:
    def works(event: Any) -> Any:
        return {"status": "FAILED" if event["hook"] == "afterTraffic" else "SUCCEEDED"}

    stage.cloud.hooks.does("check", works)


SMOKE = [{"payload": {"order": 1}, "expect": {"status": 200}}]
SCENARIOS = (
    Scenario("both move in two steps", "deployed"),
    Scenario("one is new", "deployed", one_is_new, since="Publish"),
    Scenario("both are new", "deployed", both_are_new, since="Claim"),
    Scenario("all at once", "deployed", request={"strategy": "AllAtOnce"}, since="Claim"),
    Scenario("both are tried before", "deployed", request={"smoke": SMOKE}, since="Publish"),
    Scenario("one fails its smoke", "rolled_back", deployed, {"smoke": SMOKE}, _fails_its_smoke, "Publish"),
    Scenario("both ask hooks", "deployed", deployed_with_hooks, {"hooks": HOOKS}, _takes_its_time, "Ready?"),
    Scenario(
        "a hook says no",
        "rolled_back",
        deployed_with_hooks,
        {"hooks": HOOKS},
        _says_no_in_the_end,
        "Roll back",
    ),
    Scenario(
        "turns red while a hook works",
        "rolled_back",
        deployed_with_hooks,
        {"hooks": HOOKS},
        _turns_red_while_a_hook_works,
        "Hook at work",
    ),
    Scenario("old ones are deleted", "deployed", both_have_many, {"keepVersions": 3}, since="Close"),
    Scenario("one has capacity", "deployed", one_has_capacity, since="Publish"),
    Scenario(
        "one has capacity and turns red", "rolled_back", one_has_capacity, {}, _red_while_baking, "Publish"
    ),
    Scenario("the alias has capacity", "deployed", the_alias_has_capacity, since="Publish"),
    Scenario(
        "the alias has capacity, all at once",
        "deployed",
        the_alias_has_capacity,
        {"strategy": "AllAtOnce"},
        since="Publish",
    ),
    Scenario("the stable version sleeps", "deployed", one_sleeps, since="Publish"),
    Scenario("one has nothing new", "deployed", one_is_as_it_was, {"source": None}, since="Publish"),
    Scenario("nothing is new", "unchanged", deployed, {"source": {"version": STABLE}}, since="Publish"),
    Scenario("taken over by force", "deployed", one_is_split, {"force": True, "reason": "split"}),
    Scenario("turns red", "rolled_back", arrange=_red_while_baking, since="What now?"),
    Scenario("turns red with one new", "rolled_back", one_is_new, {}, _red_while_baking, "What now?"),
    Scenario("promotion breaks off", "rolled_back", arrange=_promotion_breaks_off, since="Roll back"),
    Scenario(
        "promotion breaks off with one new",
        "rolled_back",
        one_is_new,
        {},
        _promotion_breaks_off_at_its_end,
        "Roll back",
    ),
    Scenario("Roll back is broken", "rolled_back", arrange=_roll_back_is_broken, since="Anything shifted?"),
    Scenario(
        "Roll back talks nonsense",
        "rolled_back",
        arrange=_roll_back_talks_nonsense,
        since="Is it an answer?",
    ),
    Scenario(
        "Roll back is broken with one new",
        "rolled_back",
        one_is_new,
        {},
        _roll_back_is_broken,
        "Restore without code",
    ),
    Scenario(
        "nothing works with one new",
        "rolled_back",
        one_is_new,
        {},
        _promotion_and_roll_back_are_broken,
        "Roll back",
    ),
    Scenario("the weights stay", "rolled_back", arrange=_the_weights_stay, since="Put back"),
    Scenario("the last resort is always late", "rolled_back", arrange=_always_late, since="Try again?"),
    Scenario(
        "the last resort meets a stranger", "rolled_back", arrange=_meets_a_stranger, since="Still ours?"
    ),
    Scenario("nothing can be put back", "rolled_back", arrange=_nothing_can_be_put_back, since="Put back"),
    Scenario("a bad request", "refused", request={"strategy": "Cannary"}, since="Refused?"),
    Scenario("a dry run", "", request={"dryRun": True}, since="Refused?"),
    Scenario("somebody holds both", "busy", arrange=_somebody_holds_both, since="Claim"),
    Scenario("frozen at first", "deployed", arrange=_is_frozen_for_two_looks, since="Ready?"),
    Scenario(
        "all at once, frozen at first",
        "deployed",
        one_is_new,
        {"strategy": "AllAtOnce", "smoke": SMOKE},
        _is_frozen_for_two_looks,
        "Before traffic",
    ),
    Scenario("aborted while baking", "rolled_back", arrange=_aborted_while_baking, since="Bake"),
    Scenario("aborted while publishing", "rolled_back", arrange=_aborted_while_publishing, since="Publish"),
    Scenario("replaces", "deployed", deployed, {"onBusy": "replace"}, _replaces, "Wait for its turn"),
    Scenario("has to wait", "deployed", deployed, {"onBusy": "wait"}, _has_to_wait, "Wait for its turn"),
)
