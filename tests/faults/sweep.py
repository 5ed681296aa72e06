"""Strikes every fault at every place, plays the deployment to its end, and holds it to the invariants."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from hotplug.core.resources.alias import Routing
from tests.faults.execution_faults import of_execution
from tests.faults.faults import Effect, Fault
from tests.faults.invariants import of_machine, outcomes, timeline, violations
from tests.faults.operator_faults import of_operator
from tests.faults.scenarios import Scenario
from tests.faults.stage import OTHER, STABLE, TARGETS, TWO_STEPS, Stage
from tests.faults.task_faults import of_task
from tests.faults.visits import Visit, visits
from tests.faults.world_faults import of_world

NEXT: dict[str, Any] = {
    "functions": ["orders", "billing"],
    "source": {"version": OTHER},
    "strategy": TWO_STEPS,
    "hold": False,
}
"""What is deployed after all, for what somebody went back to by hand too."""


@dataclass(frozen=True)
class Case:
    """One fault at one place."""

    visit: Visit
    fault: Fault

    def __str__(self) -> str:
        detail = f" ({self.fault.detail})" if self.fault.detail else ""
        return (
            f"{self.visit.scenario.name} / {self.visit.state} #{self.visit.step} / {self.fault.kind}{detail}"
        )


@cache
def cases() -> tuple[Case, ...]:
    """Of every fault at every place where it makes sense."""
    return tuple(
        Case(visit, fault)
        for visit in visits()
        for faults in (of_task, of_execution, of_world, of_operator)
        for fault in faults(visit)
    )


def problems(case: Case) -> list[str]:
    """What is wrong in the end; nothing, if all is well."""
    return result(case).problems


@dataclass(frozen=True)
class Result:
    """`is_struck` says whether the fault made sense there after all: only such a case counts."""

    problems: list[str]
    is_struck: bool = True


def result(case: Case) -> Result:
    try:
        return _played(case)
    except Exception as error:  # noqa: BLE001 - the other cases are still to be seen
        return Result([f"it came to a stop: {type(error).__name__}: {error}"])


def _played(case: Case) -> Result:
    stage, calm = case.visit.stage(), calmly(case.visit.scenario)
    case.fault.strike(stage)
    stage.runs_to_its_end()
    found = list(of_machine(stage))
    stage.aftermath()
    found += stage.complaints
    found += violations(stage, muted=case.fault.muting)
    if case.fault.effect is Effect.NONE and timeline(stage) != timeline(calm):
        found.append(f"{timeline(calm)} was due, it went {timeline(stage)}")
    if case.fault.effect is Effect.NONE and stage.execution.error != calm.execution.error:
        found.append(f"{calm.execution.error or 'success'} was due, it ended {stage.execution.error}")
    due = {case.visit.scenario.outcome} - {""}
    if case.fault.effect is not Effect.ANY and outcomes(stage) != due:
        found.append(f"{case.visit.scenario.outcome} was due, it ended {outcomes(stage)}: {stage.reason}")
    found += [f"the next deployment: {problem}" for problem in _of_next_deployment(stage)]
    found += [f"the cure: {problem}" for problem in _of_cure(stage)]
    return Result(found, stage.is_struck)


@cache
def calmly(scenario: Scenario) -> Stage:
    """The scenario with nothing more in it."""
    stage = scenario.stage()
    stage.runs_to_its_end()
    stage.aftermath()
    return stage


def _of_next_deployment(stage: Stage) -> list[str]:
    """Where something of this one is still about: it may not disturb the next."""
    routings = [stage.cloud.routing(target) for target in TARGETS]
    if not stage.ghosts or not all(routing and not routing.is_split for routing in routings):
        return []
    version = STABLE if Routing(OTHER) in routings else OTHER
    successor = stage.rival(NEXT | {"source": {"version": version}})
    while successor.execution.status == "RUNNING" and successor.execution.state not in {"Bake", "Promote"}:
        successor.step()
    for ghost in stage.ghosts:
        ghost.goes_on()
    stage.guard_hears_of_the_end()
    stage.guard_sweeps()
    held = [holder.deployment for holder in stage.cloud.ledger.held.values()]
    successor.runs_to_its_end()
    successor.aftermath()
    ended = successor.execution
    wrong = [] if ended.status == "SUCCEEDED" else [f"ended {ended.error}: {ended.cause}"]
    if held != [ended.name] * len(TARGETS):
        wrong.append("lost its claims")
    return wrong + violations(successor)


def _of_cure(stage: Stage) -> list[str]:
    """Leaving a live version that can't answer is refused in no case."""
    if not stage.dead or stage.foreign or not all(stage.cloud.routing(target) for target in TARGETS):
        return []
    cure = stage.rival(NEXT)
    cure.runs_to_its_end()
    ended = cure.execution
    wrong = [] if ended.status == "SUCCEEDED" else [f"ended {ended.error}: {ended.cause}"]
    routings = {target: stage.cloud.routing(target) for target in TARGETS}
    return wrong + [f"{target} is on {now}" for target, now in routings.items() if now != Routing(OTHER)]
