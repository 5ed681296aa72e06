"""Requests: good ones, and the same with a known number of things that are surely wrong with them."""

from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

from tests.fuzz.mutation import mutate, nested, odd_value
from tests.fuzz.world import ALARMS, BUCKET

type Json = Any

STRATEGIES = (
    "AllAtOnce",
    "Canary10Percent5Minutes",
    "CodeDeployDefault.LambdaLinear10PercentEvery1Minute",
    "Linear25PercentEvery3Minutes",
    {"type": "canary", "percent": 5, "bake": "10m"},
    {"type": "linear", "percent": 12.5, "every": 90, "finalBake": "1h"},
    {"type": "exponential", "start": 1, "factor": 2, "every": "2m"},
    {"type": "steps", "steps": [{"percent": 1, "bake": "5m"}, {"percent": 25, "bake": 600}]},
    {
        "type": "steps",
        "steps": [{"percent": 1, "bake": 1, "approve": {"timeout": "168h", "onTimeout": "hold"}}],
    },
    {"type": "linear", "percent": 20, "every": "1m", "approve": {}},
    {"type": "allAtOnce"},
    {"type": "canary", "percent": 5, "bake": "10m", "advanceOn": "evidence"},
    "Adaptive",
    {"type": "adaptive"},
    {"type": "adaptive", "maxBadRequests": 5, "minWeight": 0.5, "maxWeight": 20, "probe": "on", "resplit": 5},
    {"type": "adaptive", "minTime": 60, "maxTime": "24h", "onTimeLimit": "hold", "bake": 0},
)
EVIDENCE: tuple[Json, ...] = (
    "on",
    {"mode": "on"},
    {"falseRollbackRisk": 0.2, "falsePromoteRisk": 0.0001, "confirmMinutes": 5, "errorBurstSize": 100},
    {"tolerate": {"errors": 0.01, "slower": 0, "neverSlower": 1000}, "syntheticCalls": 0},
    {"tolerate": {"errors": 50}, "confirmMinutes": 1.0},
    {"warmupCalls": "auto", "coldFailures": "auto", "errorBurstSize": "auto", "warmupHold": 0},
    {"warmupCalls": 10_000, "warmupSlowdown": 100, "coldFailures": 1, "warmupHold": "24h"},
)
WITHOUT_A_JUDGE: tuple[Json, ...] = ("observe", "off", {"mode": "observe"}, {"mode": "off"})
"""Only where the strategy goes by time."""
WINDOWS: tuple[dict[str, Json], ...] = (
    {"from": "09:00", "to": "17:00"},
    {"days": ["fri"], "from": "22:00", "to": "02:00", "timeZone": "Europe/Berlin"},
    {"days": ["sat", "sun"], "from": "00:00", "to": "24:00", "timeZone": "-03:30"},
)
WRONG: dict[str, tuple[Json, ...]] = {
    "function": (None, 5, "", "orders:live", "x" * 65, [], {}, "é", True, "orders\n", "\ud800", "../orders"),
    "functions": (None, "orders", [], {}, ["orders"] * 51, [5], ["orders", ""], [{}], [None], 7),
    "alias": (None, 7, "", "12", "a b", "x" * 129, [], {"name": "live"}, False, "live\n", "\x00"),
    "source": (
        None,
        5,
        "s3://b/k",
        [],
        {},
        {"bucket": BUCKET},
        {"version": 41},
        {"version": "$LATEST"},
        {"imageUri": "orders:v42"},
    ),
    "strategy": (
        None,
        5,
        "Cannary",
        [],
        {},
        {"type": "spiral"},
        {"type": "steps", "steps": []},
        {"type": "canary"},
        "Canary0Percent5Minutes",
        f"Linear10PercentEvery{'9' * 5_000}Minutes",
        f"Canary{'9' * 5_000}Percent1Minutes",
        {"type": "canary", "percent": 5, "bake": f"{'9' * 5_000}m"},
        {"type": "linear", "percent": 0.001, "every": 1},
        "adaptive",
        {"type": "canary", "percent": 5, "bake": 60, "advanceOn": "luck"},
        {"type": "adaptive", "maxBadRequests": 10**400},
        {"type": "adaptive", "minWeight": float("nan")},
        {"type": "adaptive", "maxWeight": 100},
        {"type": "adaptive", "minWeight": 20, "maxWeight": 10},
        {"type": "adaptive", "minTime": 61},
        {"type": "adaptive", "minTime": "40m"},
        {"type": "adaptive", "bake": f"{'9' * 5_000}m"},
        {"type": "adaptive", "onTimeLimit": ["hold"]},
        {"type": "adaptive", "finalBake": "5m"},
        {"type": "adaptive", "approve": {}},
        {"type": "allAtOnce", "approve": {}},
        {"type": "canary", "percent": 5, "bake": 1, "approve": True},
        {"type": "canary", "percent": 5, "bake": 1, "approve": {"timeout": 0}},
        {"type": "canary", "percent": 5, "bake": 1, "approve": {"onTimeout": "explode"}},
    ),
    "evidence": (
        None,
        5,
        "ON",
        [],
        True,
        {"mode": None},
        {"mode": ["on"]},
        {"falseRollbackRisk": float("nan")},
        {"falseRollbackRisk": 10**400},
        {"falsePromoteRisk": 0},
        {"tolerate": 5},
        {"tolerate": {"errors": 1e-300}},
        {"tolerate": {"errors": float("inf")}},
        {"tolerate": {"slower": 30}},
        {"tolerate": {"faster": 1}},
        {"confirmMinutes": 0},
        {"errorBurstSize": 1.5},
        {"warmupCalls": "AUTO"},
        {"warmupCalls": 10**400},
        {"warmupSlowdown": 0},
        {"coldFailures": float("nan")},
        {"warmupHold": f"{'9' * 5_000}m"},
        {"syntheticCalls": 61},
        {"syntheticCalls": -1},
    ),
    "smoke": (
        None,
        5,
        "orders",
        {},
        {"payload": {}},
        [5],
        [None],
        [{}] * 21,
        [{"pay": 1}],
        [{"expect": None}],
        [{"expect": {"status": 99}}],
        [{"expect": {"status": "200"}}],
        [{"expect": {"error": ""}}],
        [{"expect": {"error": "\ud800"}}],
        [{"expect": {"within": "1m"}}],
        [{"expect": {"within": 0}}],
        [{"expect": {"answers": {}}}],
        [{"expect": {"answer": ["\ud800"]}}],
        [{"tenantId": ""}],
        [{"tenantId": "größer"}],
        [{"clientContext": []}],
        [{"clientContext": {"custom": "x" * 2_600}}],
        [{"clientContext": {"a": float("nan")}}],
        [{"payload": "x" * 10_000}],
        [{"payload": {"": 1}}],
        [{"payload": {"a\ud800": 1}}],
        [{"payload": 10**38}],
        [{"payload": 1e300}],
        [{"payload": float("nan")}],
        [{"payload": nested(Random(1), 21)}],
        [{"payload": nested(Random(1), 30_000)}],
    ),
    "warm": (
        None,
        5,
        "30",
        [],
        {},
        {"payload": {}},
        {"environments": 101, "payload": {}},
        {"environments": -1},
        {"environments": True, "payload": {}},
        {"environments": float("nan"), "payload": {}},
        {"environments": 10**400, "payload": {}},
        {"environments": "auto", "payload": {}},
        {"environments": 1, "before": "last", "payload": {}},
        {"environments": 1, "before": ["first"], "payload": {}},
        {"environments": 1, "payload": {"": 1}},
        {"environments": 1, "payload": "x" * 10_000},
        {"environments": 1, "payload": float("inf")},
        {"environments": 1, "payload": nested(Random(1), 30_000)},
        {"environments": 1, "payload": {}, "within": "5s"},
    ),
    "hooks": (
        None,
        5,
        "mail",
        [],
        {"before": "mail"},
        {"beforeTraffic": None},
        {"afterTraffic": ""},
        {"beforeStep": "mail:"},
        {"afterStep": "x" * 65},
        {"beforeTraffic": "mail\n"},
        {"beforeTraffic": "\ud800"},
        {"beforeTraffic": "s3://mail"},
        {"beforeTraffic": f"arn:aws:lambda:us-east-1:{'1' * 13}:function:mail"},
        {"beforeTraffic": {}},
        {"afterTraffic": {"function": ["mail"]}},
        {"afterTraffic": {"function": "mail", "timeout": 0}},
        {"afterTraffic": {"function": "mail", "timeout": "25h"}},
        {"afterTraffic": {"function": "mail", "patience": "5m"}},
    ),
    "alarms": (
        None,
        5,
        "errors",
        {},
        [""],
        [5],
        ["errors", None],
        ["x" * 256],
        ["e"] * 101,
        ["a\x00"],
        ["\ud800"],
    ),
    "pollSeconds": (None, 0, -1, 3601, "30", True, 1.5, float("nan"), float("inf"), 10**400, [], {}),
    "onBusy": (None, 1, "REJECT", "", [], {}, True, "later"),
    "windows": (
        None,
        5,
        {},
        [],
        [None],
        [{}],
        [{"from": "09:00"}],
        [{"from": "9:00", "to": "17:00"}],
        [{"from": "09:00", "to": "17:00", "days": ["someday"]}],
        [{"from": "09:00", "to": "17:00", "days": [{}]}],
        [{"from": "09:00", "to": "17:00", "timeZone": "../../etc/passwd"}],
        [{"from": "09:00", "to": "17:00", "timeZone": "\x00"}],
        [{"from": "09:00", "to": "17:00", "timeZone": "Europe"}],
        [{"from": "\u0660\u0669:\u0660\u0660", "to": "17:00"}],
    ),
    "dryRun": (None, 1, 0, "true", "", [], {}),
    "keepVersions": (None, 0, -1, 1001, "10", True, 1.5, float("nan"), 10**400, [], {}),
    "force": (None, 1, 0, "true", "", [], {}),
    "reason": (None, 5, "", "x" * 501, [], {}, True, "\ud800"),
    "requestedBy": (None, 5, "", "x" * 201, [], {}, False, "\udfff"),
}
UNKNOWN = (
    "fonction",
    "Function",
    "",
    " ",
    "alias ",
    "strategie",
    "\ud800",
    "\x00",
    "k" * 5_000,
    "__proto__",
    "é",
)


def a_good_request(random: Random) -> dict[str, Json]:
    """One that could be carried out, or at least read."""
    request: dict[str, Json] = {}
    if random.random() < 0.6:
        request["function"] = random.choice(("orders", "billing", "mail"))
    else:
        names: list[Json] = random.sample(("orders", "billing", "mail"), random.randint(1, 3))
        request["functions"] = [
            {"name": name}
            | ({"source": a_source(random)} if random.random() < 0.5 else {})
            | ({"smoke": some_smoke(random)} if random.random() < 0.3 else {})
            | ({"warm": OPTIONAL["warm"](random)} if random.random() < 0.3 else {})
            | ({"alarms": OPTIONAL["alarms"](random)} if random.random() < 0.3 else {})
            if random.random() < 0.5
            else name
            for name in names
        ]
    for key, make in OPTIONAL.items():
        if random.random() < 0.4:
            request[key] = make(random)
    if random.random() < 0.4:
        request["evidence"] = some_evidence(random, request)
    return deepcopy(request)  # what it is put together from stays as it is, whatever a trial does to it


def some_evidence(random: Random, request: dict[str, Json]) -> Json:
    """What goes with the rest of the request."""
    by_evidence = any(word in str(request.get("strategy")) for word in ("daptive", "evidence"))
    chosen = random.choice(EVIDENCE if by_evidence else EVIDENCE + WITHOUT_A_JUDGE)
    if isinstance(chosen, str):
        return chosen
    trials = [one for one in request.get("smoke", ()) if "error" not in one.get("expect", {})]
    is_tried = trials and "functions" not in request
    calls = {"syntheticCalls": random.choice((1, 60))} if is_tried and random.random() < 0.5 else {}
    tolerated = {"tolerate": dict(chosen["tolerate"])} if "tolerate" in chosen else {}
    return chosen | tolerated | calls


def a_source(random: Random) -> Json:
    chosen = random.choice(
        (
            "previous",
            {"bucket": BUCKET, "key": "orders/app.zip"},
            {"bucket": BUCKET, "key": "orders/app.zip", "versionId": "version-1-of-orders/app.zip"},
            {"bucket": BUCKET, "key": "orders/text.zip"},
            {"version": "41"},
            {"version": "7"},
            {"imageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/orders:v42"},
        )
    )
    return dict(chosen) if isinstance(chosen, dict) else chosen


def a_strategy(random: Random) -> Json:
    """A fresh copy: mutations work in place."""
    chosen = random.choice(STRATEGIES)
    if isinstance(chosen, str):
        return chosen
    return {
        key: [dict(step) for step in value] if isinstance(value, list) else value
        for key, value in chosen.items()
    }


def some_alarms(random: Random) -> list[str]:
    arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:"
    return [random.choice((name, f"{arn}{name}")) for name in random.sample(ALARMS, random.randint(0, 3))]


def some_smoke(random: Random) -> list[Json]:
    """Trials with any of their parts."""
    return [a_trial(random) for _ in range(random.choice((0, 1, 1, 2, 20)))]


def a_trial(random: Random) -> dict[str, Json]:
    payloads: tuple[Json, ...] = (
        {},
        None,
        {"order": 7, "lines": [1, 2.5, "é😀", True, {"of": []}]},
        "ping",
        [],
        10**38 - 1,
        0.1,
    )
    expectations: dict[str, Json] = {
        "answer": random.choice(({"id": 7}, {}, [1, 2], "pong", False, None, 0, {"a": {"b": [None]}})),
        "status": random.choice((100, 200, 599, 204.0)),
        "error": random.choice(("KeyError", "Sandbox.Timedout", "größer\n", "E" * 200)),
        "within": random.choice((1, 10, "5s", 3.0)),
    }
    wanted = {key: value for key, value in expectations.items() if random.random() < 0.4}
    trial = {"payload": random.choice(payloads), "expect": wanted}
    trial |= {"tenantId": random.choice(("t-1", "a b:/=+-@._")), "clientContext": {"custom": {"a": "é"}}}
    return {key: value for key, value in trial.items() if random.random() < 0.8}


def a_warm_up(random: Random) -> dict[str, Json]:
    """With a payload of its own, so that it needs no smoke."""
    warm: dict[str, Json] = {"environments": random.choice((0, 1, 30.0, 100))}
    warm |= {"payload": random.choice(({}, None, "ping", {"order": 7}))}
    return warm | ({"before": random.choice(("first", "increases"))} if random.random() < 0.5 else {})


def some_hooks(random: Random) -> dict[str, Json]:
    """Any of them; the first is not there."""
    arn = "arn:aws:lambda:us-east-1:111122223333:function:"
    machine = "arn:aws:states:us-east-1:111122223333:stateMachine:nobody"
    calls: tuple[Json, ...] = (
        "nobody",
        "mail",
        "orders:live",
        f"{arn}orders:41",
        f"{arn}mail:$LATEST",
        machine,
    )
    spelt: tuple[Json, ...] = (
        {"function": "mail"},
        {"function": "mail", "timeout": random.choice((1, "24h"))},
    )
    points = ("beforeTraffic", "afterTraffic", "beforeStep", "afterStep")
    asked = random.sample(points, random.randint(0, 4))
    return {point: random.choice((*calls, *(dict(one) for one in spelt))) for point in asked}


OPTIONAL: dict[str, Callable[[Random], Json]] = {
    "alias": lambda random: random.choice(("live", "test")),
    "source": a_source,
    "strategy": a_strategy,
    "smoke": some_smoke,
    "warm": a_warm_up,
    "hooks": some_hooks,
    "alarms": some_alarms,
    "pollSeconds": lambda random: random.choice((1, 30, 3600)),
    "onBusy": lambda random: random.choice(("reject", "wait", "replace")),
    "dryRun": lambda random: random.random() < 0.5,
    "windows": lambda random: [dict(window) for window in random.sample(WINDOWS, random.randint(1, 3))],
    "keepVersions": lambda random: random.choice((1, 10, 1000)),
    "force": lambda random: random.random() < 0.5,
    "reason": lambda random: random.choice(("ticket 7", "r" * 500, "größer\n")),
    "requestedBy": lambda _: "ann",
}


def a_wrong_request(random: Random) -> tuple[dict[str, Json], int]:
    """A request, and how many things are wrong with it that do not hide each other."""
    request = a_good_request(random)
    named = "function" if "function" in request else "functions"
    fields = [key for key in WRONG if key not in {"function", "functions"} or key == named]
    chosen = random.sample(fields, random.randint(0, 5))
    for key in chosen:
        request[key] = random.choice(WRONG[key])
    strangers = random.sample(UNKNOWN, random.randint(0 if chosen else 1, 4))
    request |= {key: odd_value(random) for key in strangers}
    wrong = len(chosen) + len(strangers)
    if named not in chosen and random.random() < 0.1:
        del request[named]
        wrong += 1
    return request, wrong


def a_request(random: Random) -> tuple[Json, int]:
    """Anything that somebody may start an execution with, and the least number of problems in it."""
    draw = random.random()
    if draw < 0.05:
        return odd_value(random), 0
    if draw < 0.5:
        return a_wrong_request(random)
    request = a_good_request(random)
    for _ in range(random.randint(0, 6)):
        mutate(random, request)
    return request, 0
