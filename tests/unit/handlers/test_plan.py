"""Plan reads the request and the world, and changes neither."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bench.evidence.environments.pool import Code
from hotplug.core.errors import TryAgainError
from hotplug.core.evidence.metrics.day import day_before
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.plan.plan import Plan
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.function import LATEST
from hotplug.core.spec.smoke_test import Smoke
from hotplug.core.spec.source import Existing, Package
from tests.fakes import NO_DATA, RED, InMemoryCloud, Traffic, a_target, a_zip, sha_of, split
from tests.support.days import a_day_of_traffic
from tests.support.machine.execution import Execution

ZIP = {"bucket": "artifacts", "key": "orders/app.zip"}


def plan_of(execution: Execution) -> Plan:
    return Plan.from_json(execution.variables["plan"])


def test_a_plan_is_made_and_nothing_moves(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders")
    code = cloud.somebody_saves("orders")
    before = cloud.alias("orders:live")
    execution = Execution(cloud, {"function": "orders", "reason": "ticket 7"})
    assert execution.plan()["outcome"] == "planned"
    (target,) = plan_of(execution).targets
    assert (target.stable, target.code_sha256) == ("41", code)
    assert execution.variables["revisions"] == [target.revision]
    assert cloud.alias("orders:live") == before
    assert cloud.versions_of("orders") == ["41"]
    assert cloud.ledger.held == {}


def test_people_are_told_what_is_going_to_happen(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders")
    Execution(cloud, {"function": "orders", "reason": "ticket 7"}).plan()
    (line,) = cloud.ledger.timeline("d-1")
    (event,) = cloud.notifications.events
    (message,) = cloud.notifications.messages
    assert (line["state"], event["state"]) == ("planned", "planned")
    assert "10 % for 300 s" in event["reason"]
    assert "ticket 7" in message.body
    assert "orders:live on 41" in message.subject


def test_planning_twice_writes_one_line(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders")
    execution = Execution(cloud, {"function": "orders"})
    first = execution.plan()
    cloud.passes(5)
    assert execution.plan()["plan"] == first["plan"] | {"createdAt": cloud.now().isoformat()}
    assert len(cloud.ledger.timeline("d-1")) == 1


def test_a_package_is_read_hashed_and_pinned(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders")
    cloud.has_object("artifacts", "orders/app.zip", a_zip("old"))
    version_id = cloud.has_object("artifacts", "orders/app.zip", a_zip("new"))
    execution = Execution(cloud, {"function": "orders", "source": ZIP})
    execution.plan()
    (target,) = plan_of(execution).targets
    assert target.source == Package("artifacts", "orders/app.zip", version_id)
    assert target.code_sha256 == sha_of(a_zip("new"))


def test_trials_travel_with_their_targets_and_are_not_made_yet(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders")
    cloud.has_function("billing")
    functions = [{"name": "orders", "smoke": [{"payload": 7}]}, "billing"]
    execution = Execution(cloud, {"functions": functions, "smoke": [{"expect": {"status": 200}}]})
    assert execution.plan()["outcome"] == "planned"
    trials = [target.smoke for target in plan_of(execution).targets]
    assert trials == [(Smoke(7),), (Smoke(None, status=200),)]
    assert cloud.trials.made == []


def test_several_functions_can_share_a_package(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders")
    cloud.has_function("billing")
    cloud.has_object("artifacts", "orders/app.zip", a_zip())
    execution = Execution(cloud, {"functions": ["orders", "billing"], "source": ZIP})
    execution.plan()
    assert {target.code_sha256 for target in plan_of(execution).targets} == {sha_of(a_zip())}


def test_going_back_names_a_version_that_exists(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders", versions=["40", "41"])
    execution = Execution(cloud, {"function": "orders", "source": {"version": "40"}})
    execution.plan()
    (target,) = plan_of(execution).targets
    assert (target.source, target.stable) == (Existing("40"), "41")
    assert target.code_sha256 == sha_of("orders 40")


def test_an_alias_that_does_not_exist_yet_has_no_stable_version(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders", alias=None)
    execution = Execution(cloud, {"function": "orders"})
    execution.plan()
    assert (plan_of(execution).targets[0].stable, execution.variables["revisions"]) == (None, [None])
    assert plan_of(execution).steps == ()


def test_alarms_are_remembered_as_they_were(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders")
    cloud.alarm("quiet")
    cloud.alarm("silent").goes(NO_DATA)
    cloud.alarm("loud").goes(RED)
    since = cloud.alarm("loud").state.since
    execution = Execution(cloud, {"function": "orders", "alarms": ["quiet", "silent", "loud"]})
    execution.plan()
    assert [alarm.red_since for alarm in plan_of(execution).alarms] == [None, None, since]


def test_the_alias_of_a_running_deployment_is_no_obstacle_yet(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders")
    cloud.somebody_saves("orders")
    Execution(cloud, {"function": "orders"}, "d-0").shifted()
    second = Execution(cloud, {"function": "orders"})
    assert second.plan()["outcome"] == "planned"
    assert second.claim()["outcome"] == "busy"


def test_what_a_dead_deployment_left_half_done_is_no_obstacle_while_its_claim_is_there(
    cloud: InMemoryCloud,
) -> None:
    cloud.has_function("orders")
    cloud.somebody_saves("orders")
    Execution(cloud, {"function": "orders"}, "d-0").shifted()
    cloud.executions.ends("d-0")
    second = Execution(cloud, {"function": "orders"})
    assert second.plan()["outcome"] == "planned"
    assert second.claim()["outcome"] == "claimed"
    assert cloud.routing("orders:live") == Routing("41")


def test_a_split_alias_that_nobody_holds_is_an_obstacle(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders", versions=["40", "41"])
    cloud.somebody_moves("orders:live", split("40", "41", 10))
    refused = Execution(cloud, {"function": "orders"}).plan()
    assert refused["outcome"] == "refused"
    assert '"force": true' in refused["reason"]
    forced = Execution(cloud, {"function": "orders", "force": True}, "d-2")
    assert forced.plan()["outcome"] == "planned"
    assert plan_of(forced).targets[0].stable == "40"


def test_a_split_by_another_hand_is_an_obstacle_however_long_one_waited(cloud: InMemoryCloud) -> None:
    """Its own claim does not make it one that a deployment is about to end."""
    cloud.has_function("orders", versions=["40", "41"])
    cloud.somebody_saves("orders")
    waiter = Execution(cloud, {"function": "orders", "onBusy": "wait"})
    waiter.plan()
    cloud.somebody_moves("orders:live", split("40", "41", 10))
    assert waiter.claim()["outcome"] == "again"
    assert waiter.plan()["outcome"] == "refused"


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("unreadable", {"stratgy": 1}, "stratgy"),
    ("a function that does not exist", {"function": "nobody"}, "nobody"),
    ("a function that is not ours to deploy", {"function": "mine"}, "functions that match *o*"),
    ("a version that does not exist", {"function": "orders", "source": {"version": "9"}}, "version 9"),
    ("a package that is not there", {"function": "orders", "source": ZIP}, "does not exist"),
    (
        "a trial that can't be read",
        {"function": "orders", "smoke": [{"expect": 200}]},
        "smoke[0].expect: got 200",
    ),
    ("an alarm that does not exist", {"function": "orders", "alarms": ["nope"]}, "nope"),
    ("an alias on $LATEST", {"function": "orders", "alias": "dev"}, "$LATEST"),
    (
        "an alias on $LATEST.PUBLISHED",
        {"function": "orders", "alias": "managed", "dryRun": True},
        "orders:managed on $LATEST.PUBLISHED; allowed: an alias on a published version with a number",
    ),
    ("a split alias", {"function": "orders", "alias": "half"}, "version 40 with 5 % to version 41"),
]


@pytest.mark.parametrize(
    ("request_", "words"), [entry[1:] for entry in REFUSED], ids=[entry[0] for entry in REFUSED]
)
def test_a_refusal_touches_nothing_and_says_why(
    cloud: InMemoryCloud, request_: dict[str, Any], words: str
) -> None:
    cloud.settings = replace(cloud.settings, targets="*o*")
    cloud.has_function("orders", versions=["40", "41"])
    cloud.somebody_moves("orders:dev", Routing(LATEST))
    cloud.somebody_moves("orders:managed", Routing("$LATEST.PUBLISHED"))
    cloud.somebody_moves("orders:half", split("40", "41", 5))
    before = dict(cloud.functions.functions["orders"].aliases)
    answer = Execution(cloud, request_).plan()
    assert answer["outcome"] == "refused"
    assert words in answer["reason"]
    assert cloud.functions.functions["orders"].aliases == before
    assert cloud.versions_of("orders") == ["40", "41"]
    assert cloud.ledger.held == {}
    (line,) = cloud.ledger.timeline("d-1")
    assert (line["state"], line["outcome"], line["reason"]) == ("refused", "refused", answer["reason"])
    assert cloud.notifications.messages[0].body.startswith("refused: ")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"", "0 bytes", id="empty"),
        pytest.param(b"hello", "not a zip", id="a text"),
        pytest.param(a_zip()[:-30], "not a zip", id="cut short"),
        pytest.param(b"PK\x05\x06" + bytes(18), "without a file", id="a zip of nothing"),
        pytest.param(None, "does not exist", id="deleted"),
    ],
)
def test_a_package_that_lambda_would_not_take_is_refused(
    cloud: InMemoryCloud, body: bytes | None, words: str
) -> None:
    cloud.has_function("orders")
    cloud.has_object("artifacts", "orders/app.zip", body)
    answer = Execution(cloud, {"function": "orders", "source": ZIP}).plan()
    assert answer["outcome"] == "refused"
    assert words in answer["reason"]


def test_a_bucket_that_may_not_be_read_is_named(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders")
    cloud.artifacts.forbids("artifacts")
    answer = Execution(cloud, {"function": "orders", "source": ZIP}).plan()
    assert "s3://artifacts/orders/app.zip" in answer["reason"]
    assert "may not read it" in answer["reason"]


@pytest.mark.slow
def test_the_most_broken_request_still_reaches_people(cloud: InMemoryCloud) -> None:
    answer = Execution(cloud, {f"key {at}": at for at in range(20_000)}).plan()
    assert answer["reason"].startswith("20001 problems")
    assert len(cloud.ledger.timeline("d-1")) == len(cloud.notifications.messages) == 1


@pytest.mark.parametrize("adapter", ["functions", "alarms", "artifacts"])
def test_a_moment_of_trouble_is_left_to_the_machine_to_retry(cloud: InMemoryCloud, adapter: str) -> None:
    cloud.has_function("orders")
    cloud.alarm("quiet")
    cloud.has_object("artifacts", "orders/app.zip", a_zip())
    verb = {"functions": "describe", "alarms": "states", "artifacts": "inspect"}[adapter]
    getattr(cloud, adapter).fails_next(verb, TryAgainError("Rate exceeded"))
    execution = Execution(cloud, {"function": "orders", "alarms": ["quiet"], "source": ZIP})
    with pytest.raises(TryAgainError):
        execution.plan()
    assert cloud.ledger.timeline("d-1") == []
    assert execution.plan()["outcome"] == "planned"


def test_the_alias_may_have_another_name(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders", alias="prod")
    execution = Execution(cloud, {"function": "orders", "alias": "prod"})
    execution.plan()
    assert plan_of(execution).targets[0].target == a_target("orders:prod")


def has_traffic(cloud: InMemoryCloud, target: str, version: str, *, calls: int, bad: int = 0) -> None:
    """The same in each minute of all days."""
    cloud.metrics.follows(target, version, lambda _: Traffic(calls, bad, slow={200.0: calls // 10}))


def test_a_plan_knows_what_is_usual_at_its_targets(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders", versions=("40", "41"), timeout_seconds=30)
    cloud.has_function("billing")
    cloud.passes(3600)
    has_traffic(cloud, "orders:live", "41", calls=100, bad=2)
    has_traffic(cloud, "orders:live", "40", calls=100, bad=2)
    has_traffic(cloud, "billing:live", "41", calls=10)
    execution = Execution(cloud, {"functions": ["orders", "billing"]})
    assert "orders:live: 10 % for 5 minutes sees about" in execution.plan()["reason"]
    orders, billing = plan_of(execution).targets
    assert orders.profile
    assert billing.profile
    assert orders.profile.calls_per_minute == pytest.approx(200, rel=0.02)
    assert billing.profile.calls_per_minute == pytest.approx(10, rel=0.02)
    assert orders.profile.slow_ms[0] == 50
    assert (orders.tolerate_errors, billing.tolerate_errors) == (0.02, 0.005)
    assert (orders.timeout_seconds, billing.timeout_seconds) == (30, 3)


def test_a_function_that_nobody_calls_is_told_so(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders")
    execution = Execution(cloud, {"function": "orders"})
    assert "orders:live: no calls in the last 3 days" in execution.plan()["reason"]
    assert plan_of(execution).targets[0].profile == TrafficProfile(0, 0, 0)


@pytest.mark.parametrize(
    "error", [TryAgainError("throttled"), RuntimeError("a surprise")], ids=lambda error: type(error).__name__
)
def test_a_plan_does_without_the_traffic_that_could_not_be_read(
    cloud: InMemoryCloud, error: Exception
) -> None:
    cloud.has_function("orders")
    cloud.metrics.fails_next("read", error)
    execution = Execution(cloud, {"function": "orders"})
    answer = execution.plan()
    assert answer["outcome"] == "planned"
    assert "orders:live: its traffic could not be read" in answer["reason"]
    assert plan_of(execution).targets[0].profile is None


def has_a_day(cloud: InMemoryCloud) -> None:
    """Of a function that warms up within 100 calls, and of which some first calls fail."""
    code = Code(0.5, warmup_calls=100, warmup_slowdown=2.0, cold_failures=0.3)
    begin, _ = day_before(cloud.now())
    minutes = enumerate(a_day_of_traffic(code, 30, "a day"))
    traffic = {begin + timedelta(minutes=at): it for at, it in minutes if it.calls}
    cloud.metrics.follows("orders:live", "41", traffic.get)


def test_a_plan_learns_from_the_last_day_what_the_request_leaves_open(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders")
    has_a_day(cloud)
    execution = Execution(cloud, {"function": "orders"})
    reason = execution.plan()["reason"]
    plan = plan_of(execution)
    (orders,) = plan.targets
    assert orders.learned
    assert orders.learned.trusts_environments
    settings = plan.settings_for(orders)
    assert 85 < settings.warmup_calls < 280
    assert 0.28 < settings.cold_failures < 0.75
    assert settings.warmup_slowdown == 3
    assert f"new environments are warm within {settings.warmup_calls:g} calls" in reason
    assert f"up to {100 * settings.cold_failures:.2g} % of first calls fail (learned" in reason
    assert "Steps are held for up to 15 minutes in all" in reason

    named = Execution(cloud, {"function": "orders", "evidence": {"warmupCalls": 50}}, "d-2")
    assert "evidence.warmupCalls: new environments of orders:live were warm" in named.plan()["reason"]
    (orders,) = plan_of(named).targets
    settings = plan_of(named).settings_for(orders)
    assert (settings.warmup_calls, settings.warmup_slowdown) == (50, 3)
    assert 0.28 < settings.cold_failures < 0.75


@pytest.mark.parametrize(
    "error", [TryAgainError("throttled"), RuntimeError("a surprise")], ids=lambda error: type(error).__name__
)
def test_a_plan_does_without_a_day_that_could_not_be_read(cloud: InMemoryCloud, error: Exception) -> None:
    cloud.has_function("orders")
    has_a_day(cloud)
    cloud.metrics.fails_next("read", error, calls_before=1)
    execution = Execution(cloud, {"function": "orders"})
    answer = execution.plan()
    assert answer["outcome"] == "planned"
    assert "new environments are warm within 100 calls, any first call may fail (assumed)" in answer["reason"]
    assert plan_of(execution).targets[0].learned is None


@pytest.mark.parametrize(
    ("request_", "alias"),
    [
        pytest.param({"evidence": "off"}, "live", id="evidence is off"),
        pytest.param({}, None, id="there is no alias yet"),
    ],
)
def test_traffic_is_not_read_where_nobody_needs_it(
    cloud: InMemoryCloud, request_: dict[str, Any], alias: str | None
) -> None:
    cloud.has_function("orders", alias=alias)
    cloud.metrics.fails_next("read", TryAgainError("throttled"))
    execution = Execution(cloud, {"function": "orders"} | request_)
    assert "traffic" not in execution.plan()["reason"]
    assert plan_of(execution).targets[0].profile is None
    assert cloud.unspent == ["read"]
    with pytest.raises(TryAgainError):
        cloud.metrics.read([], cloud.now(), cloud.now())
