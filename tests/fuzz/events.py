"""What EventBridge delivers: S3's, CloudWatch's and Step Functions' events, and what resembles them."""

from random import Random
from typing import Any

from hotplug.handlers.guard import ALARM
from tests.fakes import execution_arn
from tests.fuzz.mutation import ODD_TEXTS, mutate, odd_value
from tests.fuzz.world import ALARMS, BUCKET

type Json = Any

STATUS_CHANGE = "Step Functions Execution Status Change"
STATES = ("ABORTED", "TIMED_OUT", "FAILED", "SUCCEEDED", "RUNNING", "PENDING_REDRIVE", "EXPLODED", "")
NAMES = ("d-1", "d-2", "d-3", "never-started", "", "../d-1", "d-1\n", "x" * 90)
PARTS = (
    "orders",
    "billing",
    "hotplug",
    "..",
    ".",
    "",
    " ",
    "a b",
    "é",
    "😀",
    "%2F",
    "orders\\",
    "x" * 300,
    "\x7f",
    "+",
    "policy.json",
)


def an_upload(key: str, version_id: str | None) -> dict[str, Json]:
    """S3's "Object Created", as it is when nothing is wrong with it."""
    found: Json = {"key": key, "size": 9, "etag": "e", "sequencer": "0061"}
    if version_id is not None:
        found["version-id"] = version_id
    return {
        "version": "0",
        "source": "aws.s3",
        "detail-type": "Object Created",
        "account": "111122223333",
        "region": "us-east-1",
        "detail": {"version": "0", "bucket": {"name": BUCKET}, "object": found, "reason": "PutObject"},
    }


def a_key(random: Random) -> str:
    """A key that S3 takes: 1 to 1,024 bytes of UTF-8. Whoever uploads chooses it."""
    if random.random() < 0.05:
        return random.choice(("a" * 1_024, "é" * 512, "x" * 1_018 + "/a.zip", "/", "//", "/.zip", ".zip"))
    parts = [random.choice(PARTS) for _ in range(random.randint(0, 3))]
    if random.random() < 0.5:
        parts = [random.choice(("orders", "billing", "mail", "hotplug")), *parts[: random.randrange(2)]]
    whole = "/".join([*parts, random.choice(("app.zip", ".zip", "", "a.zip.zip"))]) or "a"
    return whole.encode()[:1_024].decode(errors="ignore")


def a_mutated(random: Random, event: dict[str, Json]) -> dict[str, Json]:
    for _ in range(random.randint(1, 4)):
        mutate(random, event)
    return event


def an_alarm_event(random: Random) -> dict[str, Json]:
    state = random.choice(("ALARM", "OK", "INSUFFICIENT_DATA", "MAROON", ""))
    return {
        "source": "aws.cloudwatch",
        "detail-type": ALARM,
        "detail": {
            "alarmName": random.choice((*ALARMS, "no such alarm", *ODD_TEXTS)),
            "state": {"value": state, "reason": "because", "timestamp": "2026-11-24T09:00:00.000+0000"},
            "previousState": {"value": "OK"},
            "configuration": {"metrics": []},
        },
    }


def a_status_event(random: Random) -> dict[str, Json]:
    """Names and ARNs that do not belong together are forged: Step Functions sends none."""
    name, other = random.choice(NAMES), random.choice(NAMES)
    arns = (execution_arn(name), execution_arn(other), "arn:aws:states:::execution:x", other)
    detail = {
        "name": name,
        "executionArn": random.choice(arns),
        "stateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:hotplug-deploy",
        "status": random.choice(STATES),
        "input": "{}",
        "error": None,
        "cause": None,
    }
    return {"source": "aws.states", "detail-type": STATUS_CHANGE, "detail": detail}


def a_guard_event(random: Random) -> dict[str, Json]:
    """An event for the guard: of either kind, the timer's, or what is left of one."""
    make = random.choice((an_alarm_event, a_status_event))
    event = make(random)
    if random.random() < 0.6:
        a_mutated(random, event)
    if random.random() < 0.1:
        event["detail"] = odd_value(random)
    return {"detail-type": "Scheduled Event", "detail": {}} if random.random() < 0.02 else event
