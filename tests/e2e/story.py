"""Tells a deployment as given, when, then. All in a story is its own, so that stories run side by side."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from tests.e2e.callers import Callers
from tests.e2e.cast import ALIAS, Alarm, Deployment, Function, package
from tests.e2e.mailbox import Mailbox
from tests.e2e.world import World, eventually, ledger_lines
from tests.fakes import a_zip

type Json = dict[str, Any]

LONG_BAKE = "10m"
"""Longer than anybody waits: a story that ends during it has ended early."""

GUARD_IS_FIRST = 5
"""Seconds between two looks of the machine, so that the guard puts things back before the next."""

PROVISIONING, WITHHELD = "emulator:provisioning", "withheld"
"""A tag that holds the provisioned concurrency of a function back, as if Lambda took its time."""

READ_LAG = "emulator:read-lag"
"""A tag that says how many reads of a function's alias or new version are older than the last write."""

FAILED = "emulator:failed"
"""A tag that says which version of a function is Failed, as if its image were gone."""


def steps(*percents: float, bake: str = "3s", final_bake: str | None = None) -> Json:
    """A strategy in which each step bakes equally long."""
    final = {"finalBake": final_bake} if final_bake else {}
    return {"type": "steps", "steps": [{"percent": at, "bake": bake} for at in percents]} | final


class Given:
    """Makes what a story needs, and takes it away afterwards."""

    def __init__(self, world: World, afterwards: ExitStack) -> None:
        self._world, self._afterwards = world, afterwards

    def name(self, kind: str = "story") -> str:
        return f"{kind}-{secrets.token_hex(4)}"

    def a_function(
        self,
        *,
        name: str | None = None,
        live: int | None = 1,
        published: int = 1,
        latest: str | None = "fresh",
        code: bytes | None = None,
    ) -> Function:
        """Editions "1", "2" ... are published as versions 1, 2 ...; $LATEST holds edition `latest`.

        Each edition beyond the first takes two seconds to come in, so ask for no more than the story needs.
        `code` is a package in place of the first edition's.
        """
        editions = [str(number) for number in range(1, published + 1)]
        first, *more = [*editions, *([latest] if latest else [])]
        function = self._function(name or self.name(), first, code=code)
        if editions:
            function.publish()
        for edition in more:
            function.hold(edition)
            if edition in editions:
                function.publish()
        if live:
            self._world.functions.create_alias(
                FunctionName=function.name, Name=ALIAS, FunctionVersion=str(live)
            )
        return function

    def _function(
        self, name: str, edition: str = "1", handler: str = "app.handler", code: bytes | None = None
    ) -> Function:
        self._world.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler=handler,
            Role="arn:aws:iam::000000000000:role/story",
            Code={"ZipFile": code or package(edition)},
        )
        self._afterwards.callback(self._world.functions.delete_function, FunctionName=name)
        function = Function(self._world, name)
        function.settle()
        return function

    def an_alarm(self, state: str = "OK", *, name: str | None = None) -> Alarm:
        alarm = Alarm(self._world, name or self.name("alarm"))
        self._world.alarms.put_metric_alarm(
            AlarmName=alarm.name,
            Namespace="Stories",
            MetricName=alarm.name,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )
        self._afterwards.callback(self._world.alarms.delete_alarms, AlarmNames=[alarm.name])
        alarm.turns(state)
        return alarm

    def an_alarm_on_failures(self, function: Function, above_percent: float) -> Alarm:
        """On the failures of all calls of the alias, whichever version they came to, in two minutes running.

        The first minute may have few calls, of which one that fails is many percent.
        """
        alarm = Alarm(self._world, self.name("failures"))
        dimensions = {"FunctionName": function.name, "Resource": f"{function.name}:{ALIAS}"}
        named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        sums = [
            {
                "Id": metric.lower(),
                "MetricStat": {
                    "Metric": {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": named},
                    "Period": 60,
                    "Stat": "Sum",
                },
                "ReturnData": False,
            }
            for metric in ("Errors", "Invocations")
        ]
        rate = {"Id": "rate", "Expression": "100 * errors / invocations", "ReturnData": True}
        self._world.alarms.put_metric_alarm(
            AlarmName=alarm.name,
            Metrics=[*sums, rate],
            EvaluationPeriods=2,
            Threshold=above_percent,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )
        self._afterwards.callback(self._world.alarms.delete_alarms, AlarmNames=[alarm.name])
        return alarm

    def callers(self, function: Function) -> Callers:
        """People who call the alias all the time, from now on."""
        return self._afterwards.enter_context(Callers(self._world.aws, function.name))

    def a_composite_alarm_over(self, child: Alarm) -> Alarm:
        alarm = Alarm(self._world, self.name("composite"))
        self._world.alarms.put_composite_alarm(AlarmName=alarm.name, AlarmRule=f'ALARM("{child.name}")')
        self._afterwards.callback(self._world.alarms.delete_alarms, AlarmNames=[alarm.name])
        eventually(lambda: alarm.state() == "OK", f"{alarm.name} was evaluated")
        return alarm

    def a_mailbox(self, **pattern: Any) -> Mailbox:
        """Takes notifications, and events of hotplug or what the pattern says."""
        mailbox = Mailbox(self._world, self.name("mailbox"), pattern or {"source": ["hotplug"]})
        self._afterwards.callback(mailbox.close)
        return mailbox

    def a_machine_whose_roll_back_fails(self) -> str:
        """The deployed machine, but for the function behind Roll back, which cannot even be imported.

        It gives up after one retry, as a story has no patience.
        """
        broken = self._function(self.name("broken"), handler="app.missing")

        def breaks(state: Json) -> None:
            state["Resource"] = f"{state['Resource'].partition(':function:')[0]}:function:{broken.name}"
            state["Retry"][0]["MaxAttempts"] = 1

        return self._a_machine_but_for("Roll back", breaks)

    def a_machine_that_looks_often_whether_an_alias_has_settled(self) -> str:
        """The deployed machine, but for the half minute between two tries of Promote."""

        def hurries(state: Json) -> None:
            assert state["Retry"][0]["ErrorEquals"] == ["NotSettledError"]
            state["Retry"][0]["IntervalSeconds"] = 1

        return self._a_machine_but_for("Promote", hurries)

    def _a_machine_but_for(self, state: str, change: Callable[[Json], None]) -> str:
        deployed = self._world.machines.describe_state_machine(
            stateMachineArn=self._world.machine.rpartition(":")[0]  # the alias is asked for nothing
        )
        definition = json.loads(deployed["definition"])
        change(definition["States"][state])
        machine = self._world.machines.create_state_machine(
            name=self.name("machine"), definition=json.dumps(definition), roleArn=deployed["roleArn"]
        )["stateMachineArn"]
        self._afterwards.callback(self._world.machines.delete_state_machine, stateMachineArn=machine)
        return str(machine)

    def a_guard_that_hears_of_no_end(self) -> None:
        """Step Functions' events are best effort: those of this story are lost."""
        rule = self._world.part("GuardFunctionExecutionOver")
        self._world.events.disable_rule(Name=rule)
        self._afterwards.callback(self._world.events.enable_rule, Name=rule)

    def an_unreadable_record_of(self, deployment: Deployment) -> None:
        """A record that was modified externally."""
        self._world.table.update_item(
            TableName=self._world.outputs["LedgerTableName"],
            Key={"pk": {"S": f"deployment#{deployment.name}"}, "sk": {"S": "standing"}},
            UpdateExpression="SET step = :step",
            ExpressionAttributeValues={":step": {"S": "one"}},
        )

    def a_package(self, edition: str) -> Json:
        """In the artifact bucket, below no function's name: nothing is started by it; a source."""
        bucket, key = self._world.outputs["ArtifactBucketName"], f"{self.name('package')}/app.jar"
        self._world.put(key, package(edition))
        return {"bucket": bucket, "key": key}

    def a_hook(self, code: str) -> Function:
        """A function that hotplug may ask; its $LATEST is what is asked."""
        return self._function(self.name("hotplug-hook"), code=a_zip(code))

    def a_machine_as_hook(self, output: Json) -> str:
        """A state machine that takes a moment before it comes to this output, as JSONata has it; its ARN."""
        states = {
            "Wait": {"Type": "Wait", "Seconds": 2, "Next": "Say"},
            "Say": {"Type": "Pass", "Output": output, "End": True},
        }
        machine = self._world.machines.create_state_machine(
            name=self.name("hotplug-hook"),
            definition=json.dumps({"QueryLanguage": "JSONata", "StartAt": "Wait", "States": states}),
            roleArn="arn:aws:iam::000000000000:role/story",
        )["stateMachineArn"]
        self._afterwards.callback(self._world.machines.delete_state_machine, stateMachineArn=machine)
        return str(machine)

    def a_policy(self, prefix: str, policy: Json) -> None:
        """Lies in the artifact bucket beside what is going to be uploaded."""
        self._world.put(f"{prefix}/policy.json", json.dumps(policy).encode())


class When:
    """Does what the story is about."""

    def __init__(self, world: World) -> None:
        self._world = world

    def deploying(
        self, *functions: Function, machine: str | None = None, name: str | None = None, **request: Any
    ) -> Deployment:
        """Started by hand; bakes are looked at every second."""
        who: Json = {"functions": [function.name for function in functions]}
        if len(functions) == 1:
            who = {"function": functions[0].name}
        return self.starting({"pollSeconds": 1} | who | request, machine, name)

    def starting(self, request: object, machine: str | None = None, name: str | None = None) -> Deployment:
        named = {"name": name} if name else {}
        started = self._world.machines.start_execution(
            stateMachineArn=machine or self._world.machine, input=json.dumps(request), **named
        )
        return Deployment(self._world, started["executionArn"])

    def uploading(self, content: bytes, key: str) -> None:
        """PutObject and nothing else."""
        self._world.put(key, content)

    def the_upload_is_told_again(self, event: Json) -> Json:
        """The same event once more, straight to the function that takes uploads in; its answer."""
        answer = self._world.functions.invoke(
            FunctionName=self._world.part("IntakeFunction"), Payload=json.dumps(event)
        )
        told: Json = json.load(answer["Payload"])
        return told

    def the_upload_starts(self, prefix: str, *, after: Deployment | None = None) -> Deployment:
        """The newest deployment that an upload below a prefix has started, other than `after`."""
        return eventually(
            lambda: self._started_by(prefix, after), f"an upload below {prefix}/ started something"
        )

    def _started_by(self, prefix: str, after: Deployment | None) -> Deployment | None:
        started = [found for found in self.all_started_by(prefix) if found != after]
        return started[0] if started else None

    def all_started_by(self, prefix: str) -> list[Deployment]:
        """Newest first."""
        pages = self._world.machines.get_paginator("list_executions").paginate(
            stateMachineArn=self._world.machine
        )
        found = (execution for page in pages for execution in page["executions"])
        return [
            Deployment(self._world, execution["executionArn"])
            for execution in found
            if execution["name"].startswith(f"{prefix}-")
        ]

    def it_is_stopped(self, deployment: Deployment) -> None:
        """By an operator, so that it does not wait on and on."""
        self._world.machines.stop_execution(executionArn=deployment.execution)
        eventually(lambda: not deployment.is_running(), f"{deployment.name} stopped")

    def it_is_stopped_in(self, state: str, deployment: Deployment, *, time: int = 1) -> None:
        """As soon as it has entered a state for the `time`th time: the console's "Stop execution"."""
        eventually(
            lambda: deployment.entered().count(state) >= time, f"{state} was entered {time} times", often=True
        )
        self.it_is_stopped(deployment)

    def told(self, command: str, **more: Any) -> Json:
        """A command as an operator gives it, who is Ann; the answer."""
        answer = self._world.functions.invoke(
            FunctionName=self._world.outputs["CommandFunctionArn"],
            Payload=json.dumps({"command": command, "by": "ann", "why": f"to {command} it"} | more),
        )
        told: Json = json.load(answer["Payload"])
        return told

    def it_is_aborted(self, deployment: Deployment) -> None:
        """By a command, which the machine obeys at its next look."""
        assert self.told("abort", deployment=deployment.name, step="any")["outcome"] == "accepted"

    def it_says(self, deployment: Deployment, state: str) -> str:
        """A state in its timeline, and the reason there."""

        def said() -> str | None:
            lines = [line for line in deployment.timeline() if line["state"] == state]
            return str(lines[-1]["reason"]) if lines else None

        return eventually(said, f"{deployment.name} says that it is {state}")

    def the_guard_looks_around(self) -> None:
        """What its schedule does every two minutes. It may fail at what other stories have broken."""
        event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
        self._world.functions.invoke(
            FunctionName=self._world.part("GuardFunction"), Payload=json.dumps(event)
        )

    def it_has_got_to(self, deployment: Deployment, function: Function, routing: str) -> None:
        """The alias says so, and the deployment goes on."""
        deployment.goes_on_until(lambda: function.routing() == routing, f"{function.name} is on {routing}")

    def it_stands_in_line(self, deployment: Deployment) -> None:
        eventually(
            lambda: "waiting" in {line["state"] for line in deployment.timeline()}, f"{deployment.name} waits"
        )

    def it_is_followed(self, deployment: Deployment, function: Function) -> list[str]:
        """Every routing that the alias had until the deployment ended, each once, in order."""
        path: list[str] = []

        def ended() -> bool:
            over, now = not deployment.is_running(), function.routing()
            if now not in path[-1:]:
                path.append(now)
            return over

        eventually(ended, f"{deployment.name} ended")
        return path


class Then:
    """Says how it must be, and hands on what there is more to say about."""

    def __init__(self, world: World) -> None:
        self._world = world

    def it_ends(self, deployment: Deployment) -> Json:
        """DescribeExecution once it is over."""
        eventually(lambda: not deployment.is_running(), f"{deployment.name} ended")
        return deployment.described()

    def it_succeeds(self, deployment: Deployment, outcome: str = "deployed") -> Json:
        """The output."""
        ended = self.it_ends(deployment)
        assert ended["status"] == "SUCCEEDED", (ended.get("error"), ended.get("cause"))
        output: Json = json.loads(ended["output"])
        assert output["outcome"] == outcome, output
        return output

    def it_fails(self, deployment: Deployment, error: str, *because: str) -> str:
        """The cause, which names each of `because`."""
        ended = self.it_ends(deployment)
        assert (ended["status"], ended.get("error")) == ("FAILED", error), ended
        cause = str(ended["cause"])
        assert [part for part in because if part not in cause] == [], cause
        return cause

    def it_stays(self, deployment: Deployment, function: Function, routing: str, *, looks: int) -> None:
        """The alias says so while the machine takes so many more looks."""
        seen = deployment.entered().count("Watch") + looks
        deployment.goes_on_until(lambda: deployment.entered().count("Watch") >= seen, f"{looks} more looks")
        assert function.routing() == routing

    def the_guard_settles_it_in_the_end(self, deployment: Deployment, *functions: Function) -> str:
        """After as many looks as it takes; the outcome."""

        def looked() -> str | None:
            When(self._world).the_guard_looks_around()
            return deployment.outcome()

        eventually(looked, f"{deployment.name} is settled")
        return self.the_guard_settles_it(deployment, *functions)

    def the_guard_settles_it(self, deployment: Deployment, *functions: Function) -> str:
        """Aliases, claims and ledger without the machine; the outcome."""
        outcome = eventually(deployment.outcome, f"{deployment.name} is closed")
        eventually(
            lambda: not any(function.claimed_by() for function in functions),
            f"the claims of {deployment.name} are free",
        )
        return outcome

    def it_is_back(self, *functions: Function) -> None:
        """All on their first version, whole."""
        eventually(
            lambda: all(function.routing() == "1" for function in functions), "all are back", often=True
        )

    def people_hear(self, mailbox: Mailbox, deployment: Deployment, what: str) -> str:
        """A message with this state or outcome in its subject; its text."""

        def arrived() -> Json | None:
            letters = mailbox.messages(deployment.name)
            return next((each for each in letters if each["Subject"].startswith(f"hotplug: {what}")), None)

        return str(eventually(arrived, f"people hear of {what}")["Message"])

    def the_claim_is_free(self, *functions: Function) -> None:
        assert [function.claimed_by() for function in functions] == [None] * len(functions)

    def the_ledger_says(self, deployment: Deployment, *states: str) -> list[Json]:
        """The lines of the timeline; `states` are all that it went through, in order."""
        lines = deployment.timeline()
        assert [line["state"] for line in lines] == list(states)
        return lines

    def all_are_told(self, arrived: Callable[[], list[Json]], count: int) -> list[Json]:
        """As many as there must be, and no more."""
        eventually(lambda: len(arrived()) >= count, f"{count} arrived")
        assert len(arrived()) == count
        return arrived()

    def the_calls_are_measured(self, function: Function, calls: Mapping[str, int]) -> None:
        """Under the metrics of each version, as far as they came through the alias."""
        eventually(lambda: function.measured(list(calls)) == calls, f"the metrics show {calls}")

    def a_note_says_why(self, mailbox: Mailbox, about: str, why: str) -> None:
        """Among the messages and in the ledger; `about` is a part of the deployment's name or of the note."""
        [message] = self.all_are_told(lambda: mailbox.messages(about), 1)
        assert why in message["Message"]
        assert message["Subject"].startswith("hotplug: refused")
        (deployment,) = re.findall(r"^deployment (.+)$", message["Message"], re.MULTILINE)
        [line] = ledger_lines(self._world, deployment)
        assert (line["state"], line["outcome"]) == ("refused", "refused")
        assert why in line["reason"]
