"""What must hold for whatever people, buckets and event buses hand over."""

import io
import json
from dataclasses import replace
from functools import cache
from random import Random
from types import SimpleNamespace
from typing import Any

from botocore.response import StreamingBody

from hotplug.aws.artifacts import AwsArtifacts
from hotplug.aws.executions import AwsExecutions
from hotplug.core.errors import HotplugError
from hotplug.core.parsing.problem import MAX_REASON, Problem
from hotplug.core.request.request import Request, read_request
from hotplug.core.request.self_release import TRIALS, self_policy
from hotplug.handlers.guard import guard
from hotplug.handlers.intake import intake
from hotplug.handlers.plan import plan
from tests.fakes import InMemoryCloud, a_zip, execution_arn, refusal
from tests.fakes.executions import NAME
from tests.fuzz.events import a_guard_event, a_key, a_mutated, an_upload
from tests.fuzz.packages import a_bundle, a_package
from tests.fuzz.policies import a_policy
from tests.fuzz.requests import a_request
from tests.fuzz.trial import AliasMovedByNobodyError, Verdict
from tests.fuzz.world import ALARMS, BUCKET, a_company, aliases, check_answer, check_told
from tests.support.machine.execution import Execution

STACK = "hotplug"
MAX_INPUT_BYTES = 262_144
"""What StartExecution takes."""


def a_request_is_planned_or_answered_with_every_problem(random: Random) -> Verdict:
    cloud = a_company()
    request, at_least = a_request(random)
    read = read_request(request)
    if not isinstance(read, Request):
        _check_problems(read, at_least)
    verdict, reason = _planned(cloud, request)
    if not isinstance(read, Request):
        assert verdict is Verdict.REFUSED
        assert all(problem.field in reason for problem in read) or len(reason) >= MAX_REASON
    assert not (at_least and verdict is Verdict.ACCEPTED), f"{at_least} mistakes went through"
    return verdict


def _check_problems(problems: tuple[Problem, ...], at_least: int) -> None:
    assert len(problems) >= max(1, at_least), f"{len(problems)} problems for {at_least} mistakes"
    for problem in problems:
        assert all((problem.field, problem.given, problem.allowed)), f"half a problem: {problem}"
        assert len(str(problem)) < 2_000, f"a problem of {len(str(problem))} characters"


def _planned(cloud: InMemoryCloud, request: object) -> tuple[Verdict, str]:
    """Planning moves nothing, whatever comes of it."""
    before = aliases(cloud)
    answer = plan({"request": request, "execution": {"id": execution_arn("d-1"), "name": "d-1"}}, cloud)
    _check_unmoved(cloud, before)
    check_answer(answer)
    check_told(cloud)
    refused = answer["outcome"] == "refused"
    assert refused or answer["outcome"] in {"planned", "dry_run"}
    if answer["outcome"] == "dry_run":
        assert (cloud.ledger.lines, cloud.ledger.standings) == ({}, {})
        assert len(json.dumps(answer)) < MAX_INPUT_BYTES
    return Verdict.REFUSED if refused else Verdict.ACCEPTED, answer["reason"]


def _check_unmoved(cloud: InMemoryCloud, before: object) -> None:
    if aliases(cloud) != before:
        raise AliasMovedByNobodyError(f"{before} became {aliases(cloud)}")


class StepFunctions:
    """A client that takes what StartExecution takes, and knows no machine of anybody's."""

    def __init__(self) -> None:
        self.inputs: list[Any] = []

    def start_execution(self, **request: Any) -> None:
        size = len(request["input"].encode())
        assert size <= MAX_INPUT_BYTES, f"an input of {size:,} bytes"
        assert NAME.fullmatch(request["name"]), request["name"]
        self.inputs.append(json.loads(request["input"], parse_constant=_no_constant))

    def describe_state_machine(self, **_: Any) -> None:
        raise refusal("StateMachineDoesNotExist", "DescribeStateMachine", "State Machine Does Not Exist")


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def a_policy_starts_what_it_says_or_is_refused_with_a_note(random: Random) -> Verdict:
    cloud = a_company()
    cloud.has_object(BUCKET, "orders/policy.json", a_policy(random))
    version_id = cloud.has_object(BUCKET, "orders/next.zip", a_zip("next"))
    return _taken_in(cloud, an_upload("orders/next.zip", version_id))


def an_upload_starts_something_or_is_refused_with_a_note(random: Random) -> Verdict:
    """An event that S3 does not send fails loudly, and leaves no trace."""
    cloud = a_company()
    key = a_key(random)
    version_id = random.choice((cloud.has_object(BUCKET, key, a_zip("next")), None, "null", "old"))
    event = an_upload(key, version_id)
    if random.random() < 0.5:
        return _taken_in(cloud, event)
    try:
        return _taken_in(cloud, a_mutated(random, event))
    except HotplugError:
        assert (cloud.ledger.lines, cloud.notifications.events) == ({}, [])
        return Verdict.REFUSED


def _taken_in(cloud: InMemoryCloud, event: dict[str, Any]) -> Verdict:
    """What is started is then planned."""
    machine: Any = StepFunctions()
    cloud.executions = AwsExecutions(machine)  # type: ignore[assignment]
    before = aliases(cloud)
    answer = intake(event, cloud)
    _check_unmoved(cloud, before)
    check_answer(answer)
    check_told(cloud)
    if answer["outcome"] == "refused":
        assert cloud.ledger.lines
        assert not machine.inputs
        return Verdict.REFUSED
    (request,) = machine.inputs
    return _planned(cloud, request)[0]


class Bucket:
    """A client of S3 with one object, in a bucket that does not say where it is."""

    meta = SimpleNamespace(region_name="us-east-1")

    def __init__(self, body: bytes) -> None:
        self._body = body

    def head_bucket(self, **_: Any) -> dict[str, Any]:
        return {}

    def get_object(self, **_: Any) -> dict[str, Any]:
        stream = StreamingBody(io.BytesIO(self._body), len(self._body))
        return {"Body": stream, "ContentLength": len(self._body), "VersionId": "v1"}


def a_package_is_planned_or_refused_for_a_reason(random: Random) -> Verdict:
    cloud = a_company()
    bucket: Any = Bucket(a_package(random))
    cloud.artifacts = AwsArtifacts(bucket)  # type: ignore[assignment]
    source = {"bucket": BUCKET, "key": "orders/app.zip"}
    return _planned(cloud, {"function": "orders", "source": source})[0]


def a_release_is_planned_or_refused_for_a_reason(random: Random) -> Verdict:
    """Of hotplug itself, alone or beside a function of the company."""
    cloud = a_company()
    cloud.settings = replace(cloud.settings, stack=STACK)
    names = [f"{STACK}_{handler}" for handler in TRIALS]
    for name in names:
        cloud.has_function(name)
    bucket: Any = Bucket(a_bundle(random))
    cloud.artifacts = AwsArtifacts(bucket)  # type: ignore[assignment]
    policy = self_policy(STACK, "AllAtOnce", ALARMS, has_router=True)
    if random.random() < 0.2:
        policy["functions"].append("orders")
    return _planned(cloud, policy | {"source": {"bucket": BUCKET, "key": "hotplug/next.zip"}})[0]


@cache
def company_at_work() -> InMemoryCloud:
    """Three deployments on their first step, all well: no event entitles the guard to touch them."""
    cloud = a_company()
    cloud.has_function("stock")
    cloud.somebody_saves("stock")
    for name, function, alarm in (
        ("d-1", "orders", "errors"),
        ("d-2", "billing", "loud"),
        ("d-3", "stock", "silent"),
    ):
        Execution(cloud, {"function": function, "alarms": [alarm]}, name).shifted()
    return cloud


def no_event_moves_an_alias_while_all_is_well(random: Random) -> Verdict:
    cloud = company_at_work()
    before, held, standings = aliases(cloud), dict(cloud.ledger.held), dict(cloud.ledger.standings)
    try:
        answer = guard(a_guard_event(random), cloud)
    except HotplugError:
        verdict = Verdict.REFUSED
    else:
        check_answer(answer)
        verdict = Verdict.ACCEPTED
    _check_unmoved(cloud, before)
    assert (cloud.ledger.held, cloud.ledger.standings) == (held, standings), "a deployment was decided"
    check_told(cloud)
    return verdict
