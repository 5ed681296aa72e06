"""The places where a fault can strike, found by running each scenario once and looking at where it comes."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.contract.analysis.state_graph import all_states
from tests.faults.moments import Tapped
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.stage import Run, Stage
from tests.support.machine.execution import DEFINITION


@dataclass(frozen=True)
class Visit:
    """One state at one moment of a scenario, `step` states after its start.

    `calls` are those that a task makes to AWS there. The rest says how far the deployment has come.
    """

    scenario: Scenario
    step: int
    state: str
    kind: str
    resource: str = ""
    calls: tuple[str, ...] = ()
    is_planned: bool = False
    is_claimed: bool = False
    is_promoted: bool = False
    candidates: tuple[str, ...] = ()

    def stage(self) -> Stage:
        """Played up to here; the state is the next one."""
        stage = self.scenario.stage()
        while stage.steps < self.step:
            stage.step()
        return stage


def visits() -> list[Visit]:
    """Every state's first and last visit in each scenario that is swept there."""
    found = [visit for scenario in SCENARIOS for visit in _swept(scenario)]
    missing = all_states(DEFINITION).keys() - {visit.state for visit in found}
    if missing:
        raise AssertionError(f"no scenario comes to {sorted(missing)}: write one that does")
    return found


def _swept(scenario: Scenario) -> Iterator[Visit]:
    path = list(_path(scenario))
    states = [visit.state for visit in path]
    if scenario.since not in states:
        raise AssertionError(f"{scenario.name}: it comes to {states[-1]}, but not to {scenario.since}")
    last = {state: at for at, state in enumerate(states)}
    seen: Counter[str] = Counter()
    first, end = states.index(scenario.since), last.get(scenario.until, len(path))
    for at, visit in enumerate(path):
        if not first <= at <= end:
            continue
        seen[visit.state] += 1
        if seen[visit.state] == 1 or last[visit.state] == at:
            yield visit


def _path(scenario: Scenario) -> Iterator[Visit]:
    """Without the retries: a state is visited once, however often it is tried."""
    stage, kinds = scenario.stage(), all_states(DEFINITION)
    while stage.execution.status == "RUNNING":
        state, known = kinds[stage.execution.state], stage.execution.variables
        visit = Visit(
            scenario,
            stage.steps,
            stage.execution.state,
            state["Type"],
            state.get("Resource", ""),
            is_planned="plan" in known,
            is_claimed=known.get("outcome") not in {None, "planned", "refused", "busy", "dry_run"},
            is_promoted=known.get("outcome") == "deployed",
            candidates=tuple(known.get("candidates", ())),
        )
        first = stage.execution.attempt == 0
        calls = _stepped(stage)
        if first:
            yield replace(visit, calls=calls)


def _stepped(stage: Stage) -> tuple[str, ...]:
    """One step, and the calls to AWS in it."""
    taps: list[Tapped] = []

    def listened(run: Run) -> object:
        taps.append(Tapped(stage.cloud))
        return run(taps[0])

    spoiltless = not stage.spoils and stage.execution.state not in stage.broken
    if spoiltless and not (stage.acts and stage.acts[0][0] == stage.execution.state):
        stage.spoils.append(listened)
    stage.step()
    stage.spoils = [spoil for spoil in stage.spoils if spoil is not listened]
    return tuple(taps[0].calls) if taps else ()
