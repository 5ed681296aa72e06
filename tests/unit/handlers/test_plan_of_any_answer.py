"""Whatever AWS answers, each plan that Plan writes can be read by the tasks after it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as any_

from hotplug.aws.concurrency import AwsConcurrency
from hotplug.aws.functions import AwsFunctions
from hotplug.core.deployment.progress import Progress
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.plan.plan import Plan
from hotplug.core.planning.facts import TargetFacts
from hotplug.core.planning.planner import Identity, make_plan
from hotplug.core.request.request import Request, read_request
from hotplug.core.resources.function import FunctionState
from hotplug.core.resources.image import ResolvedImage
from hotplug.core.resources.package import Artifact
from hotplug.core.resources.target import Target
from hotplug.core.spec.hooks import HookPoint, HookState
from tests.fakes import InMemoryCloud
from tests.support.machine.execution import Execution

ME = Identity("d-1", "arn:execution:d-1", "2026-11-24T09:00:00+00:00")
LIVE = Target("orders", "live")


@dataclass
class Answers:
    """A client of Lambda with one answer to each question."""

    function: Mapping[str, Any]
    alias: Mapping[str, Any]
    provisioned: list[Mapping[str, Any]]

    def get_function(self, **_: Any) -> Mapping[str, Any]:
        return self.function

    def get_alias(self, **_: Any) -> Mapping[str, Any]:
        return self.alias

    def list_provisioned_concurrency_configs(self, **_: Any) -> Mapping[str, Any]:
        return {"ProvisionedConcurrencyConfigs": self.provisioned}


texts = any_.text(max_size=30)
amounts = any_.integers(0, 2**31 - 1)
numbers = any_.integers(1, 10**9).map(str)
qualifiers = numbers | any_.sampled_from(["$LATEST", "$LATEST.PUBLISHED", "live"])
configurations = any_.fixed_dictionaries(
    {
        "FunctionName": any_.just("orders"),
        "CodeSha256": texts,
        "RevisionId": texts,
        "Role": any_.just("role"),
        "Version": qualifiers,
    },
    optional={
        "State": any_.sampled_from(["Active", "Inactive", "Pending"]),
        "Timeout": amounts,
        "CodeSize": amounts,
        "MemorySize": amounts,
        "Description": texts,
        "Environment": any_.dictionaries(texts, texts).map(lambda them: {"Variables": them}),
        "DurableConfig": any_.dictionaries(texts, amounts),
        "LoggingConfig": any_.fixed_dictionaries({"LogGroup": texts}),
        "AddedLater": any_.recursive(
            any_.none() | any_.booleans() | amounts | texts,
            lambda inner: any_.lists(inner) | any_.dictionaries(texts, inner),
            max_leaves=4,
        ),
    },
)
codes = any_.fixed_dictionaries(
    {}, optional={"SourceKMSKeyArn": texts, "ResolvedS3Object": any_.dictionaries(texts, texts)}
)
aliases = any_.fixed_dictionaries({"FunctionVersion": qualifiers, "RevisionId": texts})
provisioned = any_.lists(
    any_.builds(
        lambda qualifier, executions: {
            "FunctionArn": f"arn:aws:lambda:us-east-1:111122223333:function:orders:{qualifier}",
            "RequestedProvisionedConcurrentExecutions": executions,
        },
        qualifiers,
        amounts,
    ),
    max_size=3,
)
counts = any_.floats(0, 10**12, allow_nan=False)
profiles = any_.none() | any_.builds(
    TrafficProfile, counts, counts, any_.floats(0, 1), any_.lists(counts, max_size=3).map(tuple)
)
artifacts = (
    any_.none()
    | any_.builds(Artifact, any_.none() | any_.text(min_size=1, max_size=1024), texts, amounts)
    | any_.builds(ResolvedImage, texts, texts)
)
answers = any_.builds(
    Answers,
    any_.builds(lambda found, code: {"Configuration": found, "Code": code}, configurations, codes),
    aliases,
    provisioned,
)
requests = any_.sampled_from(
    [
        {},
        {"strategy": "AllAtOnce"},
        {"strategy": "Adaptive"},
        {"source": {"version": "7"}},
        {"source": {"bucket": "artifacts", "key": "app.zip"}, "force": True, "reason": "why"},
        {"hooks": {"beforeTraffic": "check"}},
    ]
)


def asked(request: Mapping[str, Any]) -> Request:
    read = read_request({"function": "orders", **request})
    assert isinstance(read, Request)
    return read


def observed(answer: Answers) -> TargetFacts:
    """As Plan reads it, with the one answer for $LATEST and for each version."""
    client: Any = answer
    functions, concurrency = AwsFunctions(client), AwsConcurrency(client)
    alias = functions.alias(LIVE)
    state = functions.describe("orders")
    return TargetFacts(
        latest=state,
        alias=alias,
        stable=replace(cast(FunctionState, state), version=alias.routing.version) if alias else None,
        asked_for=state,
        concurrency=concurrency.found("orders"),
    )


@pytest.mark.slow
@settings(max_examples=400, deadline=timedelta(seconds=2))
@given(answers, requests, profiles, artifacts, texts)
def test_what_is_planned_from_any_answer_can_be_read(
    answer: Answers, request: Mapping[str, Any], profile: TrafficProfile | None, artifact: Any, group: str
) -> None:
    facts = replace(observed(answer), profile=profile, artifact=artifact)
    facts = replace(facts, asked_for=facts.asked_for if "version" in str(request) else None)
    hooks = {HookPoint.BEFORE_TRAFFIC: HookState(log_group=group)}
    made = make_plan(asked(request), {str(LIVE): facts}, {}, ME, hooks=hooks)
    if isinstance(made, Plan):
        revisions = [target.revision for target in made.targets]
        event = {"plan": made.to_json(), "candidates": [], "revisions": revisions, "step": 0}
        assert Progress.from_event(json.loads(json.dumps(event))).plan == made


@pytest.mark.parametrize("timeout_seconds", [900, 901, 1_800, 5_400])
def test_a_function_may_run_as_long_as_lambda_lets_it(cloud: InMemoryCloud, timeout_seconds: int) -> None:
    cloud.has_function("orders", timeout_seconds=timeout_seconds)
    cloud.somebody_saves("orders")
    assert Execution(cloud, {"function": "orders"}).run() == "Deployed"


def test_a_plan_that_could_not_be_read_is_refused_before_anything_begins(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders", timeout_seconds=-1)
    cloud.somebody_saves("orders")
    execution = Execution(cloud, {"function": "orders"})
    assert execution.run() == "Invalid request"
    assert "a plan in which targets.timeoutSeconds is -1" in execution.variables["reason"]
    assert cloud.ledger.held == {}
