"""One execution of the machine in process: its tasks in their order, and what it carries between them.

It interprets nothing: what the real machine does is proven by running it. Here the order is written down
once, so that a test of one task can begin where the machine would begin it.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from hotplug.aws.cloud import Cloud
from hotplug.core.errors import HotplugError, TryAgainError
from hotplug.handlers.before_traffic import before_traffic
from hotplug.handlers.claim import claim
from hotplug.handlers.close import close
from hotplug.handlers.hook import hook
from hotplug.handlers.plan import plan
from hotplug.handlers.promote import promote
from hotplug.handlers.prune import prune
from hotplug.handlers.publish import publish
from hotplug.handlers.roll_back import roll_back
from hotplug.handlers.shift import shift
from hotplug.handlers.watch import watch
from tests.fakes import InMemoryCloud, execution_arn

type Json = dict[str, Any]
type Task = Callable[[Mapping[str, Any], Cloud], Json]

ATTEMPTS = 7
POSITION = ("plan", "candidates", "revisions", "step")


class Execution:
    """`variables` are the machine's; every task reads and assigns the ones that the machine says."""

    def __init__(self, cloud: InMemoryCloud, request: Mapping[str, Any], name: str = "d-1") -> None:
        self.cloud, self.request, self.name = cloud, request, name
        self.variables: Json = {}
        cloud.executions.runs(name)

    # The tasks

    def plan(self) -> Json:
        identity = {"id": execution_arn(self.name), "name": self.name}
        answer = _called(plan, {"request": self.request, "execution": identity}, self.cloud)
        self.variables |= {"candidates": [], "step": 0, "look": 0, "turn": 0, "fault": {}}
        self.variables |= {"blame": False, "direct": False, "moment": "start", "hook": {}, "since": None}
        return self._assign(answer, "plan", "outcome", "reason", "revisions")

    def claim(self) -> Json:
        return self._assign(self._call(claim, "turn"), "outcome", "reason", "revisions", "wait", "turn")

    def publish(self) -> Json:
        answer = self._call(publish, "look")
        return self._assign(answer, "candidates", "outcome", "reason", "wait", "look")

    def before_traffic(self) -> Json:
        return self._assign(self._call(before_traffic), "outcome", "reason")

    def hook(self) -> Json:
        answer = self._call(hook, "moment", "hook")
        return self._assign(answer, "verdict", "reason", "hook", "wait", "blame")

    def shift(self) -> Json:
        return self._assign(self._call(shift), "revisions", "since", "wait")

    def watch(self) -> Json:
        answer = self._assign(self._call(watch, "since"), "verdict", "step", "wait", "reason", "blame")
        if answer["verdict"] in {"advance", "promote"}:
            self.variables["moment"] = answer["verdict"]
        return answer

    def promote(self) -> Json:
        return self._assign(self._call(promote), "outcome", "reason")

    def roll_back(self) -> Json:
        answer = self._call(roll_back, "reason", "fault")
        self.variables["fault"] = {}
        return self._assign(answer, "outcome", "reason")

    def close(self) -> Json:
        answer = self._call(close, "outcome", "reason", "fault", "blame", "direct")
        self.variables["summary"] = answer
        return self._assign(answer, "reason")

    def prune(self) -> Json:
        answer = self._call(prune)
        self.variables["summary"] |= answer
        return answer

    # The way through them

    def published(self) -> "Execution":
        """Planned, claimed, and with candidates that are ready."""
        self.plan()
        self.claim()
        self._publish_until_ready()
        return self

    def shifted(self) -> "Execution":
        """On its first step."""
        self.published().shift()
        return self

    def baked(self) -> "Execution":
        """Past all its steps, the promotion next."""
        self.published()
        while self.variables["step"] < len(self.variables["plan"]["steps"]):
            self.shift()
            self._bake_until_verdict(lambda: None)
        return self

    def run(self, at_bake: Callable[[], object] = lambda: None) -> str:
        """From start to end; the state it ends in. `at_bake` happens at each wait."""
        self._retried(self.plan)
        if self.variables["outcome"] == "refused":
            return "Invalid request"
        try:
            self._retried(self.claim)
            if self.variables["outcome"] == "busy":
                return "Target busy"
            self._go_forward(at_bake)
        except Exception as error:  # noqa: BLE001 - as the machine catches States.ALL
            self.variables["fault"] = {"Error": type(error).__name__, "Cause": str(error)}
        if self.variables["outcome"] not in {"deployed", "unchanged"}:
            self._retried(self.roll_back, Exception)
        self._retried(self.close, Exception)
        if self.variables["outcome"] == "deployed" and "keepVersions" in self.variables["plan"]:
            self._retried(self.prune)
        return "Rolled back" if self.variables["outcome"] == "rolled_back" else "Deployed"

    def _go_forward(self, at_bake: Callable[[], object]) -> None:
        self._publish_until_ready()
        if self.variables["outcome"] == "unchanged":
            return
        if any(target.get("smoke") for target in self.variables["plan"]["targets"]):
            self._retried(self.before_traffic)
        verdict = "advance" if self.variables["plan"]["steps"] else "promote"
        if self.variables["outcome"] == "held":
            verdict = str(self._retried(self.watch)["verdict"])
            verdict = self._bake_until_verdict(at_bake) if verdict == "hold" else verdict
        verdict = self._hooked(verdict)
        while verdict == "advance":
            self._retried(self.shift)
            verdict = self._hooked(self._bake_until_verdict(at_bake))
        if verdict == "promote":
            self._retried(self.promote)

    def _hooked(self, verdict: str) -> str:
        """The verdict, or that of the hooks if there are any."""
        if verdict not in {"advance", "promote"} or not self.variables["plan"].get("hooks"):
            return verdict
        while (said := str(self._retried(self.hook)["verdict"])) == "hold":
            self.cloud.passes(self.variables["wait"])
        return said

    def _publish_until_ready(self) -> None:
        while self._retried(self.publish)["outcome"] == "waiting":
            self.cloud.passes(self.variables["wait"])

    def _bake_until_verdict(self, at_bake: Callable[[], object]) -> str:
        verdict = "hold"
        while verdict == "hold":
            at_bake()
            self.cloud.passes(self.variables["wait"])
            verdict = str(self._retried(self.watch)["verdict"])
        return verdict

    def _retried(self, task: Callable[[], Json], on: type[Exception] = TryAgainError) -> Json:
        for _ in range(ATTEMPTS - 1):
            try:
                return task()
            except on:
                self.cloud.passes(1)
        return task()

    def _call(self, task: Task, *names: str) -> Json:
        event = {name: self.variables[name] for name in (*POSITION, *names)}
        return _called(task, event, self.cloud)

    def _assign(self, answer: Json, *names: str) -> Json:
        self.variables |= {name: answer[name] for name in names}
        return answer


def _called(task: Task, event: Json, cloud: InMemoryCloud) -> Json:
    """What goes in and comes out is JSON, as between the machine and a Lambda."""
    answer: Json = json.loads(json.dumps(task(json.loads(json.dumps(event)), cloud)))
    return answer


def attempt(task: Callable[[], Json]) -> HotplugError | Json:
    """The answer, or hotplug's own error."""
    try:
        return task()
    except HotplugError as error:
        return error
