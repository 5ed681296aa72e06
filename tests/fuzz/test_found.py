"""What fuzzing found, each on its own."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hotplug.aws.artifacts import AwsArtifacts
from hotplug.core.errors import ArtifactRefusedError, NotRestoredError, UnreadableError
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.package import FILE
from hotplug.core.spec.source import Package
from hotplug.handlers.entrypoint import deployment_of
from hotplug.handlers.guard import ALARM, ENDED, guard
from hotplug.handlers.hook import hook
from hotplug.handlers.intake import intake
from hotplug.handlers.plan import plan
from hotplug.handlers.roll_back import roll_back
from hotplug.handlers.shift import shift
from tests.fakes import InMemoryCloud, a_zip, execution_arn, split
from tests.fakes.table import Table
from tests.fuzz.events import an_upload
from tests.fuzz.ledger_trials import Ledgers
from tests.fuzz.packages import METHODS, RELEASE, whole
from tests.fuzz.trials import Bucket
from tests.fuzz.world import BUCKET, a_company, check_answer, check_told
from tests.support.machine.execution import Execution
from tests.support.plans import a_plan, at_step, event_at


def planned(request: object, cloud: InMemoryCloud | None = None) -> dict[str, Any]:
    cloud = cloud or a_company()
    answer = plan({"request": request, "execution": {"id": execution_arn("d-1"), "name": "d-1"}}, cloud)
    check_answer(answer)
    check_told(cloud)
    return answer


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        pytest.param({"function": "\ud800"}, 'function: got "\\ud800"', id="half a character"),
        pytest.param({"\ud800": 1}, '"\\ud800": got an unknown key', id="half a character as a key"),
        pytest.param({"": 1}, '"": got an unknown key', id="a key without a name"),
        pytest.param(
            {"function": "orders", "reason": "\udfff"}, "reason: got", id="half a character to keep"
        ),
        pytest.param({"function": "orders", "alarms": ["a\x00"]}, "alarms[0]", id="what no alarm is named"),
        pytest.param(
            {"function": "orders", "smoke": [{"payload": "\ud800"}]},
            'smoke[0].payload: got "\\ud800"',
            id="half a character to send",
        ),
        pytest.param(
            {"function": "orders", "smoke": [{"expect": {"answer": 10**40}}]},
            "smoke[0].expect.answer: got 1000",
            id="a number that can't be kept",
        ),
        pytest.param(
            {"function": "orders", "strategy": f"Linear10PercentEvery{'9' * 5_000}Minutes"},
            "strategy: got",
            id="more minutes than Python reads",
        ),
        pytest.param(
            {"function": 10**5_000}, "function: got a int that is too large", id="a number of 5,000 digits"
        ),
    ],
)
def test_a_problem_can_always_be_said(request_: dict[str, Any], problem: str) -> None:
    assert problem in planned(request_)["reason"]


def test_a_huge_key_does_not_hide_the_other_problems() -> None:
    reason = planned({"k" * 40_000: 1, "pollSeconds": 0})["reason"]
    assert "pollSeconds: got 0" in reason
    assert "function: got nothing" in reason


def test_a_plan_that_takes_many_words_fits_into_a_cause() -> None:
    cloud = a_company()
    names = [f"{at:03d}{'a' * 252}" for at in range(100)]
    for name in names:
        cloud.alarm(name)
    steps = [{"percent": at / 2, "bake": 1_000_000 // 200} for at in range(1, 200)]
    request = {"function": "orders", "alarms": names, "strategy": {"type": "steps", "steps": steps}}
    assert planned(request, cloud)["outcome"] == "planned"


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        pytest.param(b'{"pollSeconds": 1e999}', "is not JSON: Out of range float", id="infinity in digits"),
        pytest.param(
            json.dumps({"reason": "😀" * 24_000}, ensure_ascii=False).encode(),
            "too large: at most 262,144 characters",
            id="what grows when it is written again",
        ),
        pytest.param(b"[" * 60_000, "is not JSON: maximum recursion depth", id="deeper than can be read"),
    ],
)
def test_a_policy_that_cannot_be_an_input_is_refused_with_a_note(policy: bytes, words: str) -> None:
    cloud = a_company()
    cloud.has_object(BUCKET, "orders/policy.json", policy)
    answer = intake(an_upload("orders/next.zip", None), cloud)
    assert answer["outcome"] == "refused"
    assert words in answer["reason"]
    assert words in cloud.notifications.messages[0].body
    assert cloud.executions.started == {}


@pytest.mark.parametrize(
    "detail",
    [
        pytest.param(None, id="nothing"),
        pytest.param({"bucket": {"name": BUCKET}}, id="no object"),
        pytest.param({"bucket": {"name": BUCKET}, "object": {"key": ""}}, id="no key"),
        pytest.param({"bucket": [BUCKET], "object": {"key": "orders/a.zip"}}, id="another shape"),
        pytest.param({"bucket": {"name": BUCKET}, "object": {"key": "\ud800/a.zip"}}, id="half a character"),
        pytest.param(
            {"bucket": {"name": BUCKET}, "object": {"key": "orders/a.zip", "version-id": 7}},
            id="no version id",
        ),
    ],
)
def test_an_event_that_s3_does_not_send_fails_loudly_and_leaves_no_trace(detail: object) -> None:
    cloud = a_company()
    with pytest.raises(UnreadableError, match="this is no event of S3"):
        intake({"source": "aws.s3", "detail": detail}, cloud)
    assert (cloud.ledger.lines, cloud.notifications.events, cloud.executions.started) == ({}, [], {})


def test_a_prefix_that_leaves_no_room_for_a_policy_has_none() -> None:
    class Strict:
        def get_object(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "KeyTooLongError", "Message": ""}}, "GetObject")

    strict: Any = Strict()
    assert AwsArtifacts(strict).read(BUCKET, "x" * 1_030, 9) is None


@pytest.mark.parametrize("code", ["InvalidBucketName", "InvalidObjectState", "KMS.DisabledException"])
def test_a_package_that_s3_will_not_give_is_a_problem_and_no_crash(code: str) -> None:
    class Strict:
        def get_object(self, **_: Any) -> None:
            answer: Any = {
                "Error": {"Code": code, "Message": "No."},
                "ResponseMetadata": {"HTTPStatusCode": 403},
            }
            raise ClientError(answer, "GetObject")

    strict: Any = Strict()
    with pytest.raises(ArtifactRefusedError, match=rf"it cannot be read \(.*{code}.*No\."):
        AwsArtifacts(strict).inspect(Package(BUCKET, "orders/app.zip"))


def test_an_encrypted_package_is_refused_before_lambda_would() -> None:
    body = bytearray(a_zip())
    body[body.index(b"PK\x01\x02") + 8] |= 1
    bucket: Any = Bucket(bytes(body))
    with pytest.raises(ArtifactRefusedError, match="it is encrypted"):
        AwsArtifacts(bucket).inspect(Package(BUCKET, "orders/app.zip"))


@pytest.mark.parametrize("method", METHODS)
def test_a_release_that_is_damaged_however_it_was_packed_is_no_crash(method: int) -> None:
    body = bytearray(whole(RELEASE + " " * 400, method))
    start = body.rindex(b"PK\x03\x04") + 30 + len(FILE)
    body[start + 10 : start + 20] = b"\xff" * 10
    bucket: Any = Bucket(bytes(body))
    assert AwsArtifacts(bucket).inspect(Package(BUCKET, "hotplug/next.zip")).release == ""


def at_work() -> InMemoryCloud:
    cloud = a_company()
    Execution(cloud, {"function": "orders", "alarms": ["errors"]}).shifted()
    return cloud


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({"detail-type": ALARM}, id="an alarm without detail"),
        pytest.param(
            {"detail-type": ALARM, "detail": {"alarmName": ["errors"]}}, id="an alarm that is a list"
        ),
        pytest.param({"detail-type": ENDED, "detail": []}, id="an end without detail"),
        pytest.param(
            {"detail-type": ENDED, "detail": {"name": "d-1", "executionArn": execution_arn("d-0")}},
            id="the end of another under this name",
        ),
        pytest.param(
            {"detail-type": ENDED, "detail": {"name": "d-1", "executionArn": "arn:aws:states:x:y:d-1"}},
            id="the end of a namesake",
        ),
    ],
)
def test_a_forged_or_broken_event_does_not_end_a_deployment(event: dict[str, Any]) -> None:
    cloud = at_work()
    guard(event, cloud)
    assert cloud.routing("orders:live") == split("41", "42", 10)
    assert "orders:live" in cloud.ledger.held


def test_a_namesake_of_a_deployment_that_holds_no_claim_yet_does_not_end_it_either() -> None:
    cloud = a_company()
    execution = Execution(cloud, {"function": "orders"})
    execution.plan()
    detail = {"name": "d-1", "executionArn": "arn:aws:states:us-east-1:444455556666:execution:other:d-1"}
    with pytest.raises(NotRestoredError, match="d-1 was started as"):
        guard({"detail-type": ENDED, "detail": detail}, cloud)
    assert execution.claim()["outcome"] == "claimed"


def test_a_claim_without_a_standing_is_said_and_the_others_are_settled() -> None:
    cloud = at_work()
    Execution(cloud, {"function": "billing"}, "d-2").shifted()
    cloud.executions.ends("d-1")
    cloud.executions.ends("d-2")
    del cloud.ledger.standings["d-1"]
    with pytest.raises(
        NotRestoredError, match=r'd-1: .*free its claims: \{"command": "free", "deployment": "d-1"\}'
    ):
        guard({}, cloud)
    assert cloud.routing("billing:live") == Routing("7")
    assert list(cloud.ledger.held) == ["orders:live"]


def test_a_tripped_deployment_is_rolled_back_with_its_reason_though_its_standing_is_broken() -> None:
    cloud = Ledgers(Table(), a_company())
    execution = Execution(cloud, {"function": "orders"}).shifted()
    assert cloud.ledger.trip("d-1", "alarm errors went into ALARM")
    del cloud.table.items["deployment#d-1", "standing"]["plan"]
    execution.assign(reason="another")
    assert execution.roll_back()["reason"].startswith("alarm errors went into ALARM")


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        pytest.param({"step": "0"}, 'step is "0", not a whole number', id="a step that is a text"),
        pytest.param({"step": -1}, "step is -1", id="a step before the first"),
        pytest.param({"step": 2}, "there is no step 3", id="a step after the last"),
        pytest.param({"revisions": []}, "not one candidate and one revision", id="too few revisions"),
        pytest.param({"candidates": ["$LATEST"]}, "candidates is", id="a candidate that is no version"),
        pytest.param({"plan": {"schema": 1}}, "deployment is missing", id="an empty plan"),
        pytest.param({"plan": None}, "plan is null, not a JSON object", id="no plan"),
    ],
)
def test_a_shift_that_cannot_be_understood_moves_nothing(broken: dict[str, Any], words: str) -> None:
    cloud = a_company()
    cloud.has_function("orders", versions=("41", "42"))
    cloud.somebody_moves("orders:live", Routing("41"))
    event = event_at(at_step(a_plan(), 0, "42")) | broken
    with pytest.raises(UnreadableError, match=words):
        shift(event, cloud)
    assert cloud.routing("orders:live") == Routing("41")
    assert cloud.ledger.standings == {}


def test_a_rollback_does_not_need_a_reason_that_can_be_read() -> None:
    cloud = at_work()
    saved = cloud.ledger.load("d-1")
    assert saved
    alias = cloud.alias("orders:live")
    assert alias
    event = event_at(at_step(saved.progress.plan, 0, "42", revisions=[alias.revision]), fault=[7])
    check_answer(roll_back(event, cloud))
    assert cloud.routing("orders:live") == Routing("41")


@pytest.mark.parametrize(
    "event", [{"plan": {}}, {"plan": []}, {"execution": None}, {"plan": {"deployment": 5}}]
)
def test_an_event_without_a_deployment_is_logged_without_one(event: dict[str, Any]) -> None:
    assert deployment_of(event) is None


@pytest.mark.parametrize("details", [float("inf"), "\ud800"], ids=["no number", "half a character"])
def test_what_a_hook_left_and_can_not_travel_is_not_read(details: object) -> None:
    cloud = a_company()
    cloud.hooks.answers("mail", {"status": "IN_PROGRESS"})
    execution = Execution(cloud, {"function": "orders", "hooks": {"beforeTraffic": "mail"}})
    execution.published().hook()
    left = execution.variables["hook"] | {"details": details}

    with pytest.raises(UnreadableError, match=r"details is .*, not JSON of at most"):
        hook(execution.arguments("Hook") | {"hook": left}, cloud)
