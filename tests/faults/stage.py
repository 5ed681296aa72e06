"""One deployment on the AWS in memory, with whom it meets: the guard, EventBridge, and somebody else."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from hotplug.aws.cloud import Cloud
from hotplug.core.resources.alias import AliasState, Routing
from hotplug.handlers.guard import ALARM, guard
from tests.fakes import RED, InMemoryCloud, a_target
from tests.faults.moments import Halfway
from tests.support.machine.execution import DEFINITION, Execution
from tests.support.machine.tasks import Died, carried_out

type Json = Any
type Run = Callable[[Cloud], Json]
type Spoil = Callable[[Run], Json]
"""Does a task in its own way: it gets what would have run."""

SWEEP_SECONDS = 120
TRIES = 3
"""Lambda tries an event three times."""
ENDED_BADLY = {"ABORTED", "TIMED_OUT", "FAILED"}
TARGETS = ("orders:live", "billing:live")
WATCHED_ALARM = "errors"
STABLE, OTHER = "41", "40"
TWO_STEPS = {
    "type": "steps",
    "steps": [{"percent": 10, "bake": "40s"}, {"percent": 50, "bake": "40s"}],
}
STATUS_CHANGE = "Step Functions Execution Status Change"


class Stage:
    """`foreign` is how somebody else left an alias; it is not hotplug's to move any more.

    `settles_on` is what such an alias shows in the end. `dead` are the targets whose stable version can't
    answer calls. `is_freed` says that somebody freed the claims, as nobody can settle it. `is_struck` is
    taken back by a fault that turns out to make no sense here.
    """

    def __init__(
        self, cloud: InMemoryCloud, request: Json, name: str = "d-1", machine: Json = DEFINITION
    ) -> None:
        self.cloud = cloud
        self.execution = Execution(cloud, request, name, definition=machine, perform=self._perform)
        self.as_found = {target: cloud.alias(target) for target in TARGETS}
        self.acts: list[tuple[str, Callable[[Stage], None]]] = []
        self.spoils: list[Spoil] = []
        self.broken: dict[str, Spoil] = {}
        self.later: list[tuple[int, Callable[[], object]]] = []
        self.repairs: list[Callable[[], object]] = []
        self.foreign: dict[str, AliasState | None] = {}
        self.settles_on: dict[str, Routing | None] = {}
        self.nobody_else_is_there = False
        self.had_late_work = False
        self.is_struck = True
        self.is_freed = False
        self.is_red_before_promotion: bool | None = None
        self.touched_at: datetime | None = None
        self.dead_letters: list[Mapping[str, Any]] = []
        self.rivals: list[Stage] = []
        self.ghosts: list[Halfway] = []
        self.without_way_back: set[str] = set()
        self.dead_at_first = {target for target in TARGETS if self._is_dead(target)}
        self.dead = set(self.dead_at_first)
        self.complaints: list[str] = []
        self.events_arrive = True
        self.steps = 0

    # The machine

    def step(self) -> None:
        """What is due at this state's beginning, then the state."""
        if self.execution.variables.get("outcome") == "again":  # what somebody did is in the plan that comes
            self.as_found = {target: self.cloud.alias(target) for target in TARGETS}
            self.foreign, self.touched_at = {}, None
        if self.acts and self.acts[0][0] == self.execution.state:
            self.acts.pop(0)[1](self)
        self._late_work()
        if self.execution.state == "Promote" and self.is_red_before_promotion is None:
            self.is_red_before_promotion = self.cloud.alarm(WATCHED_ALARM).state.colour is RED
        self.execution.step()
        self.steps += 1

    def runs_to_its_end(self) -> None:
        while self.execution.status == "RUNNING":
            self.step()

    def ends(self, status: str) -> None:
        """The execution; what it says elsewhere is told by EventBridge."""
        if self.execution.status == "RUNNING":
            self.execution.ends(status)

    def _perform(self, state: str, resource: str, arguments: Json) -> Json:
        def works(cloud: Cloud) -> Json:
            return carried_out(resource, arguments, cloud)

        def run(cloud: Cloud) -> Json:
            return self.broken[state](works) if state in self.broken else works(cloud)

        return self.spoils.pop(0)(run) if self.spoils else run(self.cloud)

    def happens_after(self, steps: int, what: Callable[[], object]) -> None:
        """When so many more states have begun."""
        self.had_late_work = True
        self.later.append((self.steps + steps, what))

    def _late_work(self, *, all_of_it: bool = False) -> None:
        due = [what for at, what in self.later if all_of_it or at <= self.steps]
        self.later = [] if all_of_it else [late for late in self.later if late[0] > self.steps]
        for what in due:
            what()

    # The guard

    def guard_hears(self, event: Mapping[str, Any], cloud: Cloud | None = None) -> None:
        """As Lambda delivers an event: again if it fails."""
        for _ in range(TRIES):
            with suppress(Exception, Died):
                guard(event, cloud or self.cloud)
                return
        self.dead_letters.append(event)

    def guard_hears_of_the_end(self, cloud: Cloud | None = None) -> None:
        """If there is an event about it: none is sent of a success."""
        ended = self.execution
        if ended.status in ENDED_BADLY:
            detail = {"executionArn": ended.arn, "name": ended.name, "status": ended.status}
            detail |= {"error": ended.error, "cause": ended.cause}
            self.guard_hears({"detail-type": STATUS_CHANGE, "detail": detail}, cloud)

    def guard_sweeps(self) -> None:
        self.guard_hears({"detail-type": "Scheduled Event", "detail": {}})

    def guard_hears_of_the_alarm(self, cloud: Cloud | None = None) -> None:
        """It is red."""
        self.turns_red()
        self.guard_hears_a_red_alarm(cloud)

    def guard_hears_a_red_alarm(self, cloud: Cloud | None = None) -> None:
        """The event says that it is red, and comes late, if it is green."""
        state = {"alarmName": WATCHED_ALARM, "state": {"value": "ALARM"}}
        self.guard_hears({"detail-type": ALARM, "detail": state}, cloud)

    def turns_red(self) -> None:
        """The alarm, without anybody being told."""
        self.cloud.alarm(WATCHED_ALARM).goes(RED)

    def aftermath(self) -> None:
        """What is told, what comes late, and two sweeps."""
        if self.events_arrive:
            self.guard_hears_of_the_end()
        self._late_work(all_of_it=True)
        while self.repairs:
            self.repairs.pop()()
        letters, self.dead_letters = self.dead_letters, []
        for letter in letters:
            self.guard_hears(letter)
        for _ in range(2):
            self.cloud.passes(SWEEP_SECONDS)
            self.guard_sweeps()
        if self.without_way_back and self.is_told("not_restored"):
            self._somebody_helps()

    def is_told(self, state: str) -> bool:
        """Whether people know that this deployment has come to a state."""
        mine = (one for one in self.cloud.notifications.events if one["deployment"] == self.execution.name)
        return any(event["state"] == state for event in mine)

    def _somebody_helps(self) -> None:
        """Where the stable version is gone, only a person can say what is to serve."""
        for target in self.without_way_back:
            self.cloud.somebody_moves(target, Routing(OTHER))
            self.somebody_touched(target)
        self.guard_sweeps()

    @property
    def reason(self) -> str:
        """Why it ended as it did."""
        lines = self.cloud.ledger.lines.get(self.execution.name, {}).values()
        return "; ".join(str(line["reason"]) for line in lines if line["outcome"])

    # Somebody else

    def somebody_touched(self, target: str) -> None:
        """As it is now it stays."""
        self.foreign[target] = self.cloud.alias(target)
        self.settles_on[target] = self.cloud.functions.settles_on(a_target(target))
        self.touched_at = self.cloud.now()

    def _is_dead(self, target: str) -> bool:
        found, function = self.as_found[target], self.cloud.functions.functions.get(a_target(target).function)
        stable = function.versions.get(found.routing.version) if function and found else None
        return bool(stable and stable.state == "Failed")

    def stable_dies(self, target: str) -> None:
        """Its image is gone, so that Lambda can't start the version any more."""
        found = self.as_found[target]
        if found:
            self.cloud.functions.dies(a_target(target).function, found.routing.version)
            self.dead.add(target)

    def rival(self, request: Json) -> "Stage":
        """Another deployment."""
        self.rivals.append(Stage(self.cloud, request, f"r-{len(self.rivals) + 1}"))
        return self.rivals[-1]
