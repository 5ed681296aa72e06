"""Who a story is about, each made just for it: functions, alarms, deployments."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.world import PATIENCE_SECONDS, World, eventually, ledger_lines
from tests.fakes import a_zip

ALIAS = "live"


def package(edition: str) -> bytes:
    """A zip whose handler answers its edition, to an API too; the same bytes each time."""
    return a_zip(f"def handler(event, context):\n    return {{'statusCode': 200, 'body': {edition!r}}}\n")


@dataclass(frozen=True)
class Function:
    """A Lambda function with, or without, an alias `live`."""

    world: World
    name: str

    def routing(self) -> str:
        """What the alias says, such as "1", or "1, 5 % to 2"; "none" where there is none."""
        alias = self.alias()
        weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        shares = [f"{weight * 100:g} % to {version}" for version, weight in weights.items()]
        return ", ".join([alias.get("FunctionVersion", "none"), *shares])

    def alias(self) -> dict[str, Any]:
        """The whole answer of GetAlias; empty where there is no alias."""
        lambdas = self.world.functions
        try:
            answer = lambdas.get_alias(FunctionName=self.name, Name=ALIAS)
        except lambdas.exceptions.ResourceNotFoundException:
            return {}
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def alias_but_revision(self) -> dict[str, Any]:
        """All that the alias says, without the mark that changes with every write."""
        return {key: value for key, value in self.alias().items() if key != "RevisionId"}

    def everything(self) -> dict[str, Any]:
        """All that a deployment could change: alias, $LATEST and the published versions."""
        latest = self.world.functions.get_function_configuration(FunctionName=self.name)
        return {"alias": self.alias(), "latest": latest["RevisionId"], "versions": self.versions()}

    def everything_but_marks(self) -> dict[str, Any]:
        """The same without the alias' mark, which the rehearsal of going back changes."""
        return self.everything() | {"alias": self.alias_but_revision()}

    def versions(self) -> list[str]:
        """$LATEST is not among them."""
        found = self.world.functions.list_versions_by_function(FunctionName=self.name)["Versions"]
        return [version["Version"] for version in found if version["Version"] != "$LATEST"]

    def hold(self, edition: str) -> None:
        """$LATEST holds this edition's code, ready to be published."""
        self.hold_package(package(edition))

    def hold_package(self, code: bytes) -> None:
        """$LATEST holds a package of any kind."""
        self.world.functions.update_function_code(FunctionName=self.name, ZipFile=code)
        self.settle()

    def configure(self, **environment: str) -> None:
        """$LATEST gets this environment, and keeps its code."""
        self.world.functions.update_function_configuration(
            FunctionName=self.name, Environment={"Variables": environment}
        )
        self.settle()

    def described(self, version: str) -> dict[str, Any]:
        """The configuration of a version."""
        found = self.world.functions.get_function_configuration(FunctionName=self.name, Qualifier=version)
        return dict(found)

    def settle(self) -> None:
        eventually(self._is_settled, f"{self.name} is ready")

    def _is_settled(self) -> bool:
        found = self.world.functions.get_function_configuration(FunctionName=self.name)
        return bool(found["State"] == "Active" and found["LastUpdateStatus"] == "Successful")

    def publish(self) -> str:
        return str(self.world.functions.publish_version(FunctionName=self.name)["Version"])

    def has_an_alias(self, name: str, version: str) -> None:
        """One more, that no deployment moves."""
        self.world.functions.create_alias(FunctionName=self.name, Name=name, FunctionVersion=version)

    def point(self, version: str, weights: Mapping[str, float] | None = None) -> None:
        """UpdateAlias as anybody can call it; weights are shares by version."""
        self.world.functions.update_alias(
            FunctionName=self.name,
            Name=ALIAS,
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": weights or {}},
        )

    def is_described_as(self, text: str) -> None:
        """Touches the alias: it gets another RevisionId and routes as before."""
        self.world.functions.update_alias(FunctionName=self.name, Name=ALIAS, Description=text)

    def lets_call(self, principal: str) -> None:
        """A permission on the alias, which touches it too."""
        self.world.functions.add_permission(
            FunctionName=self.name,
            Qualifier=ALIAS,
            StatementId=principal.partition(".")[0],
            Action="lambda:InvokeFunction",
            Principal=principal,
        )

    def provision(self, qualifier: str, executions: int) -> None:
        """Provisioned concurrency of a version or an alias, until it is ready."""
        place = {"FunctionName": self.name, "Qualifier": qualifier}
        self.world.functions.put_provisioned_concurrency_config(
            **place, ProvisionedConcurrentExecutions=executions
        )
        get = self.world.functions.get_provisioned_concurrency_config
        eventually(lambda: get(**place)["Status"] == "READY", f"{self.name}:{qualifier} is provisioned")

    def provisioned(self) -> dict[str, int]:
        """The amounts by version or alias."""
        found = self.world.functions.list_provisioned_concurrency_configs(FunctionName=self.name)
        return {
            config["FunctionArn"].rpartition(":")[2]: config["RequestedProvisionedConcurrentExecutions"]
            for config in found["ProvisionedConcurrencyConfigs"]
        }

    def is_tagged(self, key: str, value: str | None) -> None:
        """The function has this tag from now on, or no more (None)."""
        lambdas = self.world.functions
        arn = lambdas.get_function_configuration(FunctionName=self.name)["FunctionArn"]
        if value is None:
            lambdas.untag_resource(Resource=arn, TagKeys=[key])
        else:
            lambdas.tag_resource(Resource=arn, Tags={key: value})

    def edition(self) -> str:
        """Which edition a caller of the alias gets."""
        return str(self.call()["body"])

    def call(self) -> dict[str, Any]:
        """What a caller of the alias gets."""
        answer = self.world.functions.invoke(FunctionName=self.name, Qualifier=ALIAS)
        return dict(json.load(answer["Payload"]))

    def called(self, times: int) -> Counter[str]:
        """Calls of the alias, counted by the version that answered."""
        calls = (self.world.functions.invoke(FunctionName=self.name, Qualifier=ALIAS) for _ in range(times))
        return Counter(call["ExecutedVersion"] for call in calls)

    def measured(self, versions: Sequence[str]) -> dict[str, int]:
        """Invocations by version, of the calls that came through the alias."""
        return {version: self._invocations(version) for version in versions}

    def _invocations(self, version: str) -> int:
        now = datetime.now(UTC)
        dimensions = {
            "FunctionName": self.name,
            "Resource": f"{self.name}:{ALIAS}",
            "ExecutedVersion": version,
        }
        found = self.world.alarms.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Invocations",
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )
        return int(sum(point["Sum"] for point in found["Datapoints"]))

    def loses_its_alias(self) -> None:
        self.world.functions.delete_alias(FunctionName=self.name, Name=ALIAS)

    def claimed_by(self) -> str | None:
        """The deployment that may move the alias now."""
        found = self.world.table.get_item(
            TableName=self.world.outputs["LedgerTableName"],
            Key={"pk": {"S": "claim"}, "sk": {"S": f"{self.name}:{ALIAS}"}},
            ConsistentRead=True,
        )
        return str(found["Item"]["deployment"]["S"]) if "Item" in found else None


@dataclass(frozen=True)
class Alarm:
    """An alarm on nothing: it is set by hand, and stays so."""

    world: World
    name: str

    def turns(self, state: str) -> None:
        """OK, ALARM or INSUFFICIENT_DATA."""
        self.world.alarms.set_alarm_state(
            AlarmName=self.name, StateValue=state, StateReason=f"the story turned it to {state}"
        )

    def vanishes(self) -> None:
        self.world.alarms.delete_alarms(AlarmNames=[self.name])

    def state(self) -> str:
        found = self.world.alarms.describe_alarms(
            AlarmNames=[self.name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        return str([*found["MetricAlarms"], *found["CompositeAlarms"]][0]["StateValue"])


@dataclass(frozen=True)
class Deployment:
    """One execution of the machine."""

    world: World
    execution: str

    @property
    def name(self) -> str:
        return self.execution.rpartition(":")[2]

    def described(self) -> dict[str, Any]:
        found: dict[str, Any] = self.world.machines.describe_execution(executionArn=self.execution)
        return found

    def is_running(self) -> bool:
        """Also while it is too new to be found."""
        try:
            return bool(self.described()["status"] == "RUNNING")
        except self.world.machines.exceptions.ExecutionDoesNotExist:
            return True

    def goes_on_until(
        self, probe: Callable[[], bool], what: str, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Wait for something, and fail at once where it is over before."""

        def there() -> bool:
            assert self.is_running(), f"ended early: {self.described()}"
            return probe()

        eventually(there, what, patience_seconds=patience_seconds)

    def entered(self) -> list[str]:
        """Every state that it has entered so far, in order."""
        pages = self.world.machines.get_paginator("get_execution_history").paginate(
            executionArn=self.execution
        )
        details = (event.get("stateEnteredEventDetails") for page in pages for event in page["events"])
        return [str(detail["name"]) for detail in details if detail]

    def failed_tries(self) -> list[str]:
        """The errors of its tasks so far, also of those that were tried again."""
        pages = self.world.machines.get_paginator("get_execution_history").paginate(
            executionArn=self.execution
        )
        events = (event for page in pages for event in page["events"])
        details = (event.get("lambdaFunctionFailedEventDetails") for event in events)
        return [str(detail["error"]) for detail in details if detail]

    def outcome(self) -> str | None:
        """How it ended, as the ledger has it; None while it goes on."""
        said = [line["outcome"] for line in self.timeline() if line["outcome"]]
        return str(said[-1]) if said else None

    def timeline(self) -> list[dict[str, Any]]:
        """Its lines in the ledger, oldest first."""
        return ledger_lines(self.world, self.name)
