"""What the code that reads a request can't say of its fields: what they are for, and an example of each.

The key is the field's path, as a problem names it, with [] for any item of a list. Where an object's keys
depend on its type, `strategy(canary).bake` is for that type alone and `strategy.finalBake` for every other.
"""

from collections.abc import Mapping

from docs.field_documentation import Json, Told
from docs.strategy_fields import STRATEGY_FIELDS

SMOKE: Json = [{"payload": {"id": 7}, "expect": {"answer": {"paid": True}, "within": "2s"}}]
WARM: Json = {"environments": 30}
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders:v42"
PACKAGE: Json = {"bucket": "artifacts", "key": "orders.zip"}

FIELDS: Mapping[str, Told] = {
    "function": Told("The function that is swapped, by its name.", "orders", instead_of="functions"),
    "functions": Told(
        "Several functions that move together, by one verdict, all or none; objects where one differs.",
        ["orders", {"name": "billing", "source": {"version": "41"}}],
        instead_of="function",
    ),
    "functions[].name": Told("The name of the function.", "billing"),
    "functions[].source": Told(
        "Where this function's candidate comes from.",
        PACKAGE,
        absent="the request's own `source`",
        like="source",
    ),
    "functions[].smoke": Told(
        "The calls that try this function's candidate.",
        SMOKE,
        absent="the request's own `smoke`",
        like="smoke",
    ),
    "functions[].warm": Told(
        "The environments that this function's candidate gets before its calls.",
        WARM,
        absent="the request's own `warm`",
        request={"smoke": SMOKE},
        like="warm",
    ),
    "functions[].alarms": Told(
        "Alarms of this function, watched with all the others.",
        ["billing-errors"],
        absent="only the request's own `alarms`",
        like="alarms",
    ),
    "alias": Told("The alias that is moved; the first deployment creates it.", "blue", default="live"),
    "create": Told("Whether a missing alias may be created.", False, default=True),
    "source": Told(
        "Where the candidate comes from: a zip in S3, an image in ECR, or a version that exists, to go back "
        "or forward; `previous` is the last good one that is older than the live one.",
        PACKAGE,
        others=({"imageUri": IMAGE}, {"version": "41"}, "previous"),
        absent="what `$LATEST` holds is published",
    ),
    "source.bucket": Told("The bucket of the zip.", "artifacts"),
    "source.key": Told("The key of the zip.", "orders/orders.zip"),
    "source.versionId": Told(
        "The version of that object.", "3sL4kqtJlcpXroDTDmJ", absent="the object's current version"
    ),
    "source.storageMode": Told(
        "Whether Lambda makes a copy of the zip, or runs the function from the object itself, which "
        "then has to stay as long as a version of it, in a bucket with versioning that lets Lambda read.",
        "REFERENCE",
        absent="as the function has it",
    ),
    "source.imageUri": Told("An image in ECR by its tag, which the plan resolves, or by its digest.", IMAGE),
    "source.version": Told("The number of a published version.", "41"),
    **STRATEGY_FIELDS,
    "evidence": Told(
        "Whether calls of both versions are compared: to decide (`on`), to report (`observe`) or not.",
        "observe",
        default="on",
        others=({"tolerate": {"errors": 1}},),
    ),
    "evidence.mode": Told("The same as the word alone.", "off", default="on"),
    "evidence.falseRollbackRisk": Told(
        "At most this share of the candidates that are no worse is rolled back by evidence.",
        0.001,
        default=0.01,
    ),
    "evidence.falsePromoteRisk": Told(
        "About this share of the candidates that are worse than tolerated may be promoted by it.",
        0.01,
        default=0.05,
    ),
    "evidence.tolerate": Told(
        "By how much the candidate may be worse than the stable version, in percent.",
        {"errors": 1, "slower": 5},
        default={},
    ),
    "evidence.tolerate.errors": Told(
        "The excess failure rate that must be ruled out before a promotion.",
        0.1,
        absent="0.5, or the usual failure rate of the target if that is more",
    ),
    "evidence.tolerate.slower": Told("Up to this it is not rolled back for being slower.", 5, default=10),
    "evidence.tolerate.neverSlower": Told(
        "The slowness that must be ruled out before a promotion.", 50, default=25
    ),
    "evidence.confirmMinutes": Told(
        "In at least so many minutes something must speak against it.", 3, default=2
    ),
    "evidence.errorBurstSize": Told(
        "How many failures may come from one cause, like one sick environment. "
        "`auto` learns it from the last day, 10 at most.",
        3,
        default="auto",
    ),
    "evidence.warmupCalls": Told(
        "Within how many calls a new environment gets warm. Calls that are slower until then do not count "
        "against the candidate, and 0 excuses none. `auto` learns it from the last day; "
        "without new environments in it, it is 100.",
        400,
        default="auto",
    ),
    "evidence.warmupSlowdown": Told(
        "How many times slower than a warm one the first calls of a new environment may be.",
        5,
        absent="3 where `warmupCalls` is learned or named, else 2",
    ),
    "evidence.warmupHold": Told(
        "For how long, in all, a timetable holds its steps while slow calls may still be warm-up.",
        "30m",
        default="15m",
    ),
    "evidence.coldFailures": Told(
        "The chance, 0 to 1, that the first call of a new environment fails. "
        "Failures within it do not count against the candidate. `auto` learns it from the last day; "
        "without new environments in it, it is 1.",
        0.2,
        default="auto",
    ),
    "evidence.syntheticCalls": Told(
        "Calls a minute that are added with the payloads of `smoke`, for targets that have few.",
        6,
        default=0,
        request={"smoke": SMOKE},
    ),
    "smoke": Told(
        "Calls of the candidate, by its version, before it has traffic; all must go well. "
        "A call that Lambda does not run now (throttled, not ready) is made again.",
        SMOKE,
        default=[],
    ),
    "smoke[].payload": Told("What it is called with.", {"id": 7}, default=None),
    "smoke[].expect": Told("What must come of it.", {"status": 200}, default={}),
    "smoke[].expect.answer": Told(
        "What its answer must have in it: objects may have more keys, all else must be equal.",
        {"paid": True},
        absent="any answer will do",
    ),
    "smoke[].expect.status": Told("The `statusCode` of an answer for an API.", 200, absent="any will do"),
    "smoke[].expect.error": Told(
        "The type of the error that it must fail with.", "OrderNotFound", absent="it must not fail"
    ),
    "smoke[].expect.within": Told("How long it may take.", "2s", default="10s"),
    "smoke[].tenantId": Told(
        "The tenant that it is made for, of a function that keeps tenants apart.",
        "tenant-7",
        absent="it is made for none",
    ),
    "smoke[].clientContext": Told(
        "What a client sends beside the payload.", {"custom": {"locale": "de"}}, absent="it sends nothing"
    ),
    "warm": Told(
        "Environments of the candidate that are [made before its calls](warm-up.md), by calls of its version "
        "at the same time.",
        WARM,
        absent="Lambda makes them as calls come",
        request={"smoke": SMOKE},
    ),
    "warm.environments": Told(
        "How many: as all calls of the alias need at the same time; 0 for none.",
        30,
        request={"smoke": SMOKE},
    ),
    "warm.before": Told(
        "When: all of them before its `first` call; or before all large `increases` of its share of the "
        "calls, that to the first one included, as many as the share needs.",
        "increases",
        default="first",
        beside={"environments": 30},
        request={"smoke": SMOKE},
    ),
    "warm.payload": Told(
        "What it is called with.",
        {"ping": True},
        absent="the payloads of those `smoke` that expect no error",
        beside={"environments": 30},
        request={"smoke": SMOKE},
    ),
    "hooks": Told(
        "Your own functions or state machines, whose answers [decide](hooks.md) on the way.",
        {"beforeTraffic": "hotplug-hook-migrate", "afterTraffic": "hotplug-hook-check:live"},
        default={},
    ),
    "hooks.beforeTraffic": Told(
        "Asked once, while the candidate has no calls.",
        "hotplug-hook-migrate",
        absent="nobody is asked",
        others=({"function": "hotplug-hook-migrate", "timeout": "15m"},),
    ),
    "hooks.beforeTraffic.function": Told("Who is asked, by name or ARN.", "hotplug-hook-migrate:live"),
    "hooks.beforeTraffic.timeout": Told("How long it may take in all.", "15m", default="1h"),
    "hooks.beforeStep": Told(
        "Asked before each step.", "hotplug-hook-check", absent="nobody is asked", like="hooks.beforeTraffic"
    ),
    "hooks.afterStep": Told(
        "Asked after each step.", "hotplug-hook-check", absent="nobody is asked", like="hooks.beforeTraffic"
    ),
    "hooks.afterTraffic": Told(
        "Asked once, while the candidate has all calls and going back is one call still.",
        "arn:aws:states:eu-west-1:111122223333:stateMachine:hotplug-hook-load-test",
        absent="nobody is asked",
        like="hooks.beforeTraffic",
    ),
    "alarms": Told(
        "Metric, composite and log alarms that are watched, each once; a red one puts the alias back.",
        [
            "orders-errors",
            "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-latency",
        ],
        default=[],
    ),
    "pollSeconds": Told("How often a bake is looked at.", 10, default=30),
    "onBusy": Told(
        "While another one holds a target: end with `TargetBusy`, stand in line, or replace older ones.",
        "wait",
        default="reject",
    ),
    "windows": Told(
        "The hours in which it may move on; outside of them every increment is held, and never a way back.",
        [{"days": ["mon", "tue", "wed", "thu"], "from": "09:00", "to": "16:00", "timeZone": "Europe/Berlin"}],
        absent="always",
    ),
    "windows[].days": Told("On which days it opens.", ["sat", "sun"], absent="every day"),
    "windows[].from": Told("When it opens.", "09:00"),
    "windows[].to": Told("When it closes; if that is not after `from`, on the next day.", "24:00"),
    "windows[].timeZone": Told(
        "Where these times are: a distance from UTC, or a name of the IANA time zone database.",
        "+01:00",
        default="UTC",
    ),
    "keepVersions": Told(
        "After a deployment older versions than so many are deleted; never one that anything uses.",
        10,
        absent="all are kept",
    ),
    "hold": Told(
        "Whether its targets are [held](commands.md#holds) once it is deployed, so that later uploads wait "
        "or are refused; `false` releases them.",
        True,
        absent="held after going back to an older version, not after others",
        others=(False,),
    ),
    "provisionedConcurrency": Told(
        "Whether a candidate gets the live version's provisioned concurrency before its traffic. Without, "
        "a function can be deployed whose reserved concurrency has no room for both.",
        False,
        default=True,
    ),
    "dryRun": Told(
        "Only say what would happen, when, and for how many state transitions; nothing is touched.",
        True,
        default=False,
    ),
    "force": Told(
        "Take over an alias that is split; with a `reason`, deploy code that was rolled back before.",
        True,
        default=False,
    ),
    "reason": Told("Why, for people.", "ticket 4711", absent="none"),
    "requestedBy": Told("Who, for people.", "ann", absent="none"),
}
