"""A deployment under way: the real definition with the real handlers on the AWS in memory.

`step`, `run` and `run_to` go the way of the machine, with its retries and catches. The methods that are
named after a task carry out that task alone, wherever the machine is.
"""

import json
from collections.abc import Callable
from typing import Any, Self

from hotplug.core.errors import HotplugError
from tests.contract.analysis.state_graph import State
from tests.contract.analysis.template import ROOT
from tests.fakes import InMemoryCloud
from tests.support.machine.interpreter import Interpreter, Perform
from tests.support.machine.tasks import carried_out
from tests.support.machine.values import StateFailedError

type Json = dict[str, Any]

DEFINITION: State = json.loads((ROOT / "statemachine" / "deploy.asl.json").read_text())
READY = {"Before traffic", "Hook", "Shift", "Promote", "Watch", "Close"}
"""Where the machine goes when the candidates are there."""


class Execution(Interpreter):
    """`perform` does the work of a task in another way. `entered` has the states so far, without retries."""

    def __init__(
        self,
        cloud: InMemoryCloud,
        request: Any,
        name: str = "d-1",
        *,
        definition: State = DEFINITION,
        perform: Perform | None = None,
    ) -> None:
        super().__init__(definition, name, request, perform or self._carry_out, cloud.passes)
        self.cloud = cloud
        self.entered: list[str] = []
        cloud.executions.runs(name)

    def ends(self, status: str, output: Any = None, error: str = "", cause: str = "") -> None:
        super().ends(status, output, error, cause)
        self.cloud.executions.ends(self.name, status)

    def is_redriven(self) -> None:
        super().is_redriven()
        self.cloud.executions.runs(self.name)

    def _carry_out(self, _: str, resource: str, arguments: Any) -> Any:
        return carried_out(resource, arguments, self.cloud)

    # The way of the machine

    def step(self) -> None:
        if self.attempt == 0:
            self.entered.append(self.state)
        super().step()

    def run(self, at_bake: Callable[[], object] = lambda: None) -> str:
        """To its end; the state that it ends in. `at_bake` happens before each wait of a bake."""
        while self.status == "RUNNING":
            if self.state == "Bake":
                at_bake()
            self.step()
        return self.state

    def run_to(self, *states: str) -> Self:
        """Until one of the states comes next."""
        while self.state not in states:
            self.step()
            assert self.status == "RUNNING", f"{self.name} never came to {states}: {self.error} {self.cause}"
        return self

    def published(self) -> Self:
        """Its candidates are ready."""
        self.run_to("Publish")
        return self.run_to(*READY)

    def shifted(self) -> Self:
        """On its first step."""
        return self.run_to("Bake")

    def baked(self) -> Self:
        """Past all its steps, the promotion next, or the hooks before it."""
        while self.state != "Promote" and not (
            self.state == "Hook" and self.variables["moment"] == "promote"
        ):
            self.step()
            assert self.status == "RUNNING", f"{self.name} was not baked: {self.error} {self.cause}"
        return self

    # One task

    def plan(self) -> Json:
        return self._alone("Plan")

    def claim(self) -> Json:
        return self._alone("Claim")

    def publish(self) -> Json:
        return self._alone("Publish")

    def before_traffic(self) -> Json:
        return self._alone("Before traffic")

    def hook(self) -> Json:
        return self._alone("Hook")

    def shift(self) -> Json:
        return self._alone("Shift")

    def watch(self) -> Json:
        return self._alone("Watch")

    def promote(self) -> Json:
        return self._alone("Promote")

    def roll_back(self) -> Json:
        return self._alone("Roll back")

    def close(self) -> Json:
        return self._alone("Close")

    def prune(self) -> Json:
        return self._alone("Prune")

    def _alone(self, task: str) -> Json:
        """An error comes as it was raised."""
        try:
            answer: Json = self.do(task)
        except StateFailedError as failure:
            raise failure.__cause__ or failure from None
        return answer


def attempt(task: Callable[[], Json]) -> HotplugError | Json:
    """The answer, or hotplug's own error."""
    try:
        return task()
    except HotplugError as error:
        return error
