"""Acts of a scenario: what is broken, and what happens when the deployment has come to a state."""

from collections.abc import Callable
from typing import Any

from hotplug.core.rollout.commands import EVERYWHERE, AcceptedCommand, Command
from tests.fakes import a_target, split
from tests.faults.moments import Tapped
from tests.faults.stage import OTHER, STABLE, TARGETS, TWO_STEPS, Run, Stage
from tests.support.machine.tasks import Died, thrown
from tests.support.machine.values import StateFailedError


def nothing(stage: Stage) -> None:
    """No more to arrange."""


def red_while_baking(stage: Stage) -> None:
    stage.acts.append(("Bake", Stage.turns_red))


def cannot_be_imported(_: Run) -> Any:
    raise thrown("Runtime.ImportModuleError", "Unable to import module 'hotplug.handlers'")


def roll_back_is_broken(stage: Stage) -> None:
    red_while_baking(stage)
    stage.broken["Roll back"] = cannot_be_imported


def roll_back_talks_nonsense(stage: Stage) -> None:
    red_while_baking(stage)
    stage.broken["Roll back"] = lambda _: {"outcome": "nonsense", "reason": [None]}


def nothing_can_be_put_back(stage: Stage) -> None:
    roll_back_is_broken(stage)
    stage.broken["Put back"] = _denied


def always_late(stage: Stage) -> None:
    roll_back_is_broken(stage)
    stage.broken["Put back"] = _stale


def the_weights_stay(stage: Stage) -> None:
    """What the last resort writes is accepted, and has no effect."""
    roll_back_is_broken(stage)
    kept = {"FunctionVersion": STABLE, "RoutingConfig": {"AdditionalVersionWeights": {"42": 0.1}}}
    stage.broken["Put back"] = lambda _: kept | {"RevisionId": "r"}


def _stale(_: Run) -> Any:
    raise StateFailedError("Lambda.PreconditionFailedException", "The Revision Id provided does not match")


def meets_a_stranger(stage: Stage) -> None:
    """Somebody has pointed orders to a version of theirs when the last resort reads it."""
    roll_back_is_broken(stage)

    def moves(stage: Stage) -> None:
        stage.cloud.somebody_moves(TARGETS[0], split(STABLE, OTHER, 5))
        stage.somebody_touched(TARGETS[0])

    stage.acts.append(("Restore without code", moves))


def _denied(_: Run) -> Any:
    raise StateFailedError("Lambda.AccessDeniedException", "not authorized to perform: lambda:UpdateAlias")


def promotion_breaks_off(stage: Stage) -> None:
    def halfway(run: Run) -> Any:
        return run(Tapped(stage.cloud, 2, _dies))

    stage.acts.append(("Promote", lambda stage: stage.spoils.append(halfway)))


def promotion_breaks_off_at_its_end(stage: Stage) -> None:
    def to_the_end(run: Run) -> Any:
        run(stage.cloud)
        raise thrown("MemoryError", "out of memory")

    stage.acts.append(("Promote", lambda stage: stage.spoils.append(to_the_end)))


def promotion_and_roll_back_are_broken(stage: Stage) -> None:
    promotion_breaks_off_at_its_end(stage)
    stage.broken["Roll back"] = cannot_be_imported


def _dies() -> None:
    raise Died


def somebody_holds_both(stage: Stage) -> None:
    request = {"functions": ["orders", "billing"], "source": {"version": OTHER}, "strategy": TWO_STEPS}
    holder = Stage(stage.cloud, request, "d-0")
    while holder.execution.state != "Bake":
        holder.step()
    for target in TARGETS:
        stage.somebody_touched(target)


def has_to_wait(stage: Stage) -> None:
    """The holder has not moved anything yet, and is stopped when this one stands in line."""
    holder = Stage(stage.cloud, {"functions": ["orders", "billing"], "source": {"version": OTHER}}, "d-0")
    while holder.execution.state != "Publish":
        holder.step()
    stage.acts.append(("Wait for its turn", lambda _: holder.ends("ABORTED")))


def _ordered(word: Command, deployment: str, step: int | None = None) -> Callable[[Stage], None]:
    def act(stage: Stage) -> None:
        accepted = AcceptedCommand(word, "ann", "ticket 7", stage.cloud.now(), step)
        stage.cloud.ledger.accept(deployment, accepted)

    return act


def is_approved_at_the_third_look(stage: Stage) -> None:
    """Before it had any calls, or on its first step."""
    approve = _ordered(Command.APPROVE, "d-1", 0)
    stage.acts += [("Bake", nothing), ("Bake", nothing), ("Bake", approve)]


def is_held_at_first(stage: Stage) -> None:
    """Both; they are released while the deployment waits."""

    def order(word: Command) -> None:
        for target in TARGETS:
            accepted = AcceptedCommand(word, "ann", "ticket 7", stage.cloud.now())
            stage.cloud.ledger.accept_for(a_target(target), accepted)

    order(Command.HOLD)
    stage.acts += [("Wait for its turn", nothing), ("Wait for its turn", lambda _: order(Command.RELEASE))]


def is_frozen_for_two_looks(stage: Stage) -> None:
    """Somebody ends it, even where the deployment did not come that far."""
    _ordered(Command.FREEZE, EVERYWHERE)(stage)
    thaw = _ordered(Command.UNFREEZE, EVERYWHERE)
    stage.acts += [("Bake", nothing), ("Bake", thaw)]
    stage.repairs.append(lambda: thaw(stage))


def aborted_while_baking(stage: Stage) -> None:
    stage.acts.append(("Bake", _ordered(Command.ABORT, "d-1")))


def aborted_while_publishing(stage: Stage) -> None:
    stage.acts.append(("Not ready yet", _ordered(Command.ABORT, "d-1")))


def replaces(stage: Stage) -> None:
    """The holder has not moved anything yet, and is called off."""
    request = {"functions": ["orders", "billing"], "source": {"version": OTHER}, "hold": False}
    holder = Stage(stage.cloud, request, "d-0")
    while holder.execution.state != "Publish":
        holder.step()
    stage.cloud.passes(1)
    stage.acts.append(("Wait for its turn", lambda _: holder.runs_to_its_end()))


def fails_its_smoke(stage: Stage) -> None:
    stage.cloud.trials.fails("billing", ValueError("out of stock"))


def takes_its_time(stage: Stage) -> None:
    """Each hook is at work when it is first asked."""

    def works(event: Any) -> Any:
        is_first = event["attempt"] == 1
        return {"status": "IN_PROGRESS", "delaySeconds": 5} if is_first else {"status": "SUCCEEDED"}

    stage.cloud.hooks.does("check", works)


def turns_red_while_a_hook_works(stage: Stage) -> None:
    """In the last one, when the candidates have all calls."""

    def works(event: Any) -> Any:
        if event["hook"] != "afterTraffic" or event["attempt"] > 1:
            return {"status": "SUCCEEDED"}
        stage.turns_red()
        return {"status": "IN_PROGRESS"}

    stage.cloud.hooks.does("check", works)


def says_no_in_the_end(stage: Stage) -> None:
    def works(event: Any) -> Any:
        return {"status": "FAILED" if event["hook"] == "afterTraffic" else "SUCCEEDED"}

    stage.cloud.hooks.does("check", works)
