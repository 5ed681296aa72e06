"""A dry run tells of the deployment after it: which states it enters, and when it gives which weight."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from math import ceil
from typing import Any

import pytest

from hotplug.core.dry_run.cost import MEMORY_GB
from hotplug.core.dry_run.state_path import DRY_RUN, TASKS, Expected, states_of
from hotplug.core.errors import TryAgainError
from hotplug.core.evidence.metrics.queries import MetricQuery
from hotplug.core.plan.plan import Plan
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.function import LATEST
from hotplug.core.rollout.commands import AcceptedCommand, Command
from tests.contract.analysis.state_graph import arrows
from tests.contract.analysis.template import ROOT, load_template
from tests.fakes import NO_DATA, RED, InMemoryCloud, a_zip, refusal
from tests.support.machine.execution import DEFINITION, Execution
from tests.support.machine.tasks import is_function
from tests.support.plans import a_plan, an_adaptive_plan
from tests.support.traffic import Callers

type Json = dict[str, Any]

ZIP = {"bucket": "artifacts", "key": "orders/app.zip"}
QUEUE = "arn:aws:sqs:us-east-1:111122223333:work"
PAGE = (ROOT / "docs/dry-run.md").read_text()


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """New code in orders and in billing, which both are on version 41; a package, and an alarm."""
    for function in ("orders", "billing"):
        cloud.has_function(function, versions=("40", "41"))
        cloud.somebody_saves(function)
    cloud.has_function("check", alias=None)
    cloud.hooks.answers("check", {"status": "SUCCEEDED"})
    cloud.has_object("artifacts", "orders/app.zip", a_zip("better"))
    cloud.functions.updates_take(0)
    cloud.alarm("errors")
    return cloud


def asked(request: Json) -> Json:
    """Of orders, unless it names others."""
    named: dict[str, Any] = {"function": "orders"} | request
    return {name: value for name, value in named.items() if value is not None}


def rehearsed(cloud: InMemoryCloud, **request: Any) -> Json:
    """The report of a dry run."""
    execution = Execution(cloud, asked({"dryRun": True} | request), "d-dry")
    execution.run()
    assert execution.entered == list(DRY_RUN), execution.cause
    assert execution.status == "SUCCEEDED"
    report: Json = json.loads(json.dumps(execution.output))
    return report


def deployed(cloud: InMemoryCloud, **request: Any) -> tuple[Execution, list[str]]:
    """The deployment that follows, and the states that it enters."""
    execution = Execution(cloud, {"function": "orders"} | request, "d-real")
    execution.run()
    assert execution.status == "SUCCEEDED", execution.cause
    return execution, execution.entered


def nothing(_: InMemoryCloud) -> None:
    """The shop is as it is."""


def is_new(cloud: InMemoryCloud) -> None:
    cloud.somebody_deletes("orders:live")


def billing_is_new(cloud: InMemoryCloud) -> None:
    cloud.somebody_deletes("billing:live")


def is_live(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders", versions=("40", "41"))


def is_described_anew(cloud: InMemoryCloud) -> None:
    """The code that is live, with a description that is not: Lambda publishes a version for that."""
    is_live(cloud)
    cloud.somebody_changes("orders", description="the shop's orders")


def was_tried_before(cloud: InMemoryCloud) -> None:
    """$LATEST is what is live, but a version 42 of other code was published in between."""
    is_live(cloud)
    config = cloud.functions.functions["orders"].config
    cloud.somebody_saves("orders", "bad")
    cloud.functions.had_published("orders", "42", cloud.functions.functions["orders"].config)
    cloud.functions.is_edited("orders", config)


def has_the_package(cloud: InMemoryCloud) -> None:
    """The package was put into $LATEST before."""
    cloud.somebody_saves("orders", a_zip("better"))  # type: ignore[arg-type]


def was_deployed(cloud: InMemoryCloud) -> None:
    deployed_before = Execution(cloud, {"function": "orders", "strategy": "AllAtOnce"}, "d-before")
    deployed_before.run()


def is_being_updated(cloud: InMemoryCloud) -> None:
    """As long as two plans and one look at it take."""
    cloud.somebody_saves("orders", "newer", looks=3)


def alarms_of_all_colours(cloud: InMemoryCloud) -> None:
    cloud.alarm("silent").goes(NO_DATA)
    cloud.alarm("loud").goes(RED)


def is_new_and_approved(cloud: InMemoryCloud) -> None:
    is_new(cloud)
    given = AcceptedCommand(Command.APPROVE, "ann", "ticket 7", cloud.now(), 0)
    cloud.ledger.accept("d-real", given)


@dataclass(frozen=True)
class Kind:
    """A kind of request, and the states that its deployment enters."""

    name: str
    states: int
    request: Json = field(default_factory=dict)
    arrange: Callable[[InMemoryCloud], None] = nothing


POINTS = ("beforeTraffic", "afterTraffic", "beforeStep", "afterStep")
STEPS = {"type": "steps", "steps": [{"percent": 5, "bake": "40s"}, {"percent": 50, "bake": "2m"}]}
APPROVED_TWICE = {
    "type": "steps",
    "steps": [{"percent": at, "bake": "1m", "approve": {}} for at in (10, 50)],
}
SMOKE = [{"payload": {"order": 1}, "expect": {"status": 200}}]
WARM = {"environments": 30, "payload": {}}
INCREASES = WARM | {"before": "increases"}
PREVIEW = {"type": "steps", "steps": [{"percent": 0, "bake": "40s"}, {"percent": 50, "bake": "2m"}]}
KINDS = (
    Kind("all at once", 10, {"strategy": "AllAtOnce"}),
    Kind("canary", 41, {"strategy": "Canary10Percent5Minutes"}),
    Kind("linear in four steps", 50, {"strategy": {"type": "linear", "percent": 20, "every": "90s"}}),
    Kind("steps with a final bake", 34, {"strategy": STEPS | {"finalBake": "10s"}}),
    Kind("exponential", 40, {"strategy": {"type": "exponential", "start": 2, "factor": 4, "every": "75s"}}),
    Kind(
        "with alarms",
        30,
        {"alarms": ["errors", "silent", "loud"], "strategy": STEPS},
        alarms_of_all_colours,
    ),
    Kind("with smoke", 12, {"smoke": SMOKE, "strategy": "AllAtOnce"}),
    Kind("warmed before", 32, {"warm": WARM, "strategy": STEPS}),
    Kind("warmed before increases, all at once", 12, {"warm": INCREASES, "strategy": "AllAtOnce"}),
    Kind("warmed, unchanged", 9, {"warm": WARM, "strategy": STEPS}, is_live),
    Kind("warmed after a preview", 32, {"warm": WARM, "smoke": SMOKE, "strategy": PREVIEW}),
    Kind("two functions", 30, {"functions": ["orders", "billing"], "function": None, "strategy": STEPS}),
    Kind("first deployment", 10, {"strategy": STEPS}, is_new),
    Kind("first deployment with approvals", 12, {"strategy": APPROVED_TWICE}, is_new_and_approved),
    Kind("a zip", 33, {"source": ZIP, "strategy": STEPS}),
    Kind("unchanged", 9, {"strategy": STEPS}, is_live),
    Kind("old versions deleted", 11, {"strategy": "AllAtOnce", "keepVersions": 2}),
    Kind("unchanged, with old versions", 9, {"strategy": STEPS, "keepVersions": 2}, is_live),
    Kind("hooks everywhere", 54, {"strategy": STEPS, "hooks": dict.fromkeys(POINTS, "check")}),
    Kind("a hook before traffic", 32, {"strategy": STEPS, "hooks": {"beforeTraffic": "check"}}),
    Kind("hooks all at once", 24, {"strategy": "AllAtOnce", "hooks": dict.fromkeys(POINTS, "check")}),
    # and what is near them
    Kind("a zip that $LATEST has already", 30, {"source": ZIP, "strategy": STEPS}, has_the_package),
    Kind("the version that is live, by its number", 9, {"source": {"version": "41"}}, is_live),
    Kind("another description of what is live", 30, {"strategy": STEPS}, is_described_anew),
    Kind(
        "the same zip, by reference",
        33,
        {"source": ZIP | {"storageMode": "REFERENCE"}, "strategy": STEPS},
        has_the_package,
    ),
    Kind("unchanged, but forced", 30, {"strategy": STEPS, "force": True}, is_live),
    Kind("the code that is live, after another version", 30, {"strategy": STEPS}, was_tried_before),
    Kind("back to the previous version", 30, {"source": "previous", "strategy": STEPS}, was_deployed),
    Kind("a step without a bake", 14, {"strategy": {"type": "canary", "percent": 5, "bake": 0}}),
    Kind("polled often", 131, {"pollSeconds": 3, "strategy": {"type": "canary", "percent": 5, "bake": "2m"}}),
    Kind("in the middle of an update", 13, {"strategy": "AllAtOnce"}, is_being_updated),
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_as_many_transitions_are_predicted_as_there_are(shop: InMemoryCloud, kind: Kind) -> None:
    kind.arrange(shop)
    request = {name: value for name, value in kind.request.items() if value is not None}
    function = {} if "functions" in request else {"function": "orders"}
    dry = Execution(shop, {"dryRun": True} | function | request, "d-dry")
    dry.run()
    real = Execution(shop, function | request, "d-real")
    real.run()
    states = real.entered
    assert real.status == "SUCCEEDED", real.cause
    assert dry.output["transitions"]["expected"] == len(states) == kind.states
    assert dry.output["unchanged"] == (real.output["outcome"] == "unchanged")


def test_more_looks_at_a_package_cost_what_was_said(shop: InMemoryCloud) -> None:
    shop.functions.updates_take(3)
    report = rehearsed(shop, source=ZIP, strategy="AllAtOnce")
    _, states = deployed(shop, source=ZIP, strategy="AllAtOnce")
    assert len(states) == report["transitions"]["expected"] + 3 * 3
    assert "each further look at a package enters 3 states more" in report["transitions"]["basis"]


PLANS = [
    pytest.param(a_plan(), id="steps"),
    pytest.param(a_plan(steps=()), id="all at once"),
    pytest.param(an_adaptive_plan(), id="adaptive"),
]


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("expected", [Expected(), Expected(waits=2), Expected(is_unchanged=True)], ids=str)
@pytest.mark.parametrize("at_most", [False, True])
def test_every_way_is_one_of_the_machines(plan: Plan, expected: Expected, at_most: bool) -> None:
    ways = [list(states_of(plan, expected, at_most=at_most)), list(DRY_RUN)]
    states = DEFINITION["States"]
    for way in ways:
        assert way[0] == DEFINITION["StartAt"]
        assert states[way[-1]]["Type"] == "Succeed"
        lost = [
            pair for pair in pairs(way) if pair[1] not in {arrow.target for arrow in arrows(states[pair[0]])}
        ]
        assert lost == []


def pairs(way: list[str]) -> Iterator[tuple[str, str]]:
    return pairwise(way)


def test_a_function_runs_where_the_machine_says_so() -> None:
    run = {name for name, state in DEFINITION["States"].items() if is_function(state.get("Resource", ""))}
    assert run - TASKS == {"Roll back"}
    assert run >= TASKS


def test_the_memory_that_is_paid_for_is_that_of_the_template() -> None:
    assert load_template()["Parameters"]["MemorySize"]["Default"] == MEMORY_GB * 1024


def test_by_evidence_there_are_a_least_and_a_most_and_the_clock_says_so(shop: InMemoryCloud) -> None:
    report = rehearsed(shop, strategy="Adaptive")
    counted = report["transitions"]
    assert 30 < counted["least"] < counted["most"]
    climb, bake, promotion = report["timeline"]
    assert (climb["endsAt"], climb["endsAtLatest"]) == (
        "2026-11-24T09:03:00+00:00",
        "2026-11-24T09:30:00+00:00",
    )
    assert (bake["endsAt"], promotion["startsAtLatest"]) == (
        "2026-11-24T09:23:00+00:00",
        "2026-11-24T09:50:00+00:00",
    )
    assert climb["what"] == "1 to 50 % of calls, by evidence"


def test_what_may_be_held_is_held_for_a_week_at_most(shop: InMemoryCloud) -> None:
    report = rehearsed(shop, strategy={"type": "adaptive", "onTimeLimit": "hold"})
    assert report["timeline"][0]["endsAtLatest"] == "2026-12-01T09:00:00+00:00"


def test_a_proof_that_is_waited_for_may_take_its_time(shop: InMemoryCloud) -> None:
    strategy = {"type": "canary", "percent": 5, "bake": "5m", "advanceOn": "evidence"}
    (step, _) = rehearsed(shop, strategy=strategy)["timeline"]
    assert (step["endsAt"][11:16], step["endsAtLatest"][11:16]) == ("09:05", "09:35")


def test_a_warm_up_says_its_calls_and_their_cost(shop: InMemoryCloud) -> None:
    shop.has_function("orders", versions=("40", "41"), memory_mb=1024)
    shop.somebody_saves("orders")
    functions = ["orders", {"name": "billing", "warm": {"environments": 0}}]
    report = rehearsed(shop, function=None, functions=functions, warm=INCREASES, strategy=STEPS)
    assert report["warmUps"] == [
        {
            "function": "orders",
            "alias": "live",
            "calls": 47,
            "atOnce": 30,
            "gbSeconds": 47.0,
            "usd": 0.00079,
        }
    ]
    said = "warm-up of orders:live: 47 calls, at most 30 at once, about $0.00079 at 1 s each"
    assert said in report["lines"]
    assert "up to 30 environments of orders:live are made" in report["reason"]
    assert shop.parallel_trials.together == []


@pytest.mark.parametrize(
    ("arrange", "request_"),
    [
        pytest.param(nothing, {}, id="none was asked for"),
        pytest.param(is_live, {"warm": WARM}, id="nothing is new"),
    ],
)
def test_without_a_warm_up_nothing_is_said_of_it(
    shop: InMemoryCloud, arrange: Callable[[InMemoryCloud], None], request_: Json
) -> None:
    arrange(shop)
    report = rehearsed(shop, strategy=STEPS, **request_)
    assert "warmUps" not in report
    assert not any(line.startswith("warm-up of") for line in report["lines"])


# The clock


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="at any hour"),
        pytest.param({"windows": [{"from": "09:30", "to": "10:00"}]}, id="in half an hour"),
        pytest.param({"windows": [{"from": "09:00", "to": "09:02"}]}, id="and again tomorrow"),
        pytest.param({"windows": [{"days": ["mon"], "from": "08:00", "to": "08:01"}]}, id="by the week"),
    ],
)
def test_weights_are_given_when_it_was_said(shop: InMemoryCloud, asked: Json) -> None:
    asked = {"strategy": STEPS | {"finalBake": "10s"}} | asked
    report = rehearsed(shop, **asked)
    execution, _ = deployed(shop, **asked)
    weights = [stage for stage in report["timeline"] if not stage["what"].startswith("waits")]
    said = [(stage["percent"], datetime.fromisoformat(stage["startsAt"])) for stage in weights]
    shifts = [line for line in lines_of(shop) if line["state"] in {"shifted", "promoted"}]
    done = [(line["targets"][0]["percent"], datetime.fromisoformat(line["at"])) for line in shifts]
    assert said == done
    took = (shop.now() - datetime.fromisoformat(report["timeline"][0]["startsAt"])).total_seconds()
    assert took <= report["longestSeconds"]["promote"] <= took + 40
    assert execution.output["outcome"] == "deployed"


def test_what_waits_for_its_window_says_so_and_at_which_weight(shop: InMemoryCloud) -> None:
    windows = [{"from": "09:00", "to": "09:02", "timeZone": "+00:00"}]
    report = rehearsed(shop, strategy=STEPS, windows=windows)
    assert report["lines"][:4] == [
        "2026-11-24T09:00:00+00:00: 5 % of calls, until 2026-11-24T09:00:40+00:00",
        "2026-11-24T09:00:40+00:00: 50 % of calls, until 2026-11-24T09:02:40+00:00",
        "2026-11-24T09:02:40+00:00: waits for a window, until 2026-11-25T09:00:00+00:00",
        "2026-11-25T09:00:00+00:00: promotion, all calls",
    ]
    assert report["timeline"][2]["percent"] == 50


@pytest.mark.parametrize(
    ("on_timeout", "latest"),
    [
        ("roll_back", "2026-11-24T09:10:40"),
        ("advance", "2026-11-24T09:10:40"),
        ("hold", "2026-12-01T09:00:40"),
    ],
)
def test_people_may_approve_at_once_or_late(shop: InMemoryCloud, on_timeout: str, latest: str) -> None:
    step = {"percent": 5, "bake": "40s", "approve": {"timeout": "10m", "onTimeout": on_timeout}}
    report = rehearsed(shop, strategy={"type": "steps", "steps": [step]})
    _, waits, promotion = report["timeline"]
    assert (waits["what"], waits["percent"]) == ("waits for approval", 5)
    assert waits["startsAt"] == waits["endsAt"] == promotion["startsAt"] == "2026-11-24T09:00:40+00:00"
    assert waits["endsAtLatest"] == promotion["startsAtLatest"] == f"{latest}+00:00"


def test_who_approves_late_may_find_the_window_closed(shop: InMemoryCloud) -> None:
    step = {"percent": 5, "bake": "40s", "approve": {"timeout": "10m"}}
    windows = [{"from": "08:00", "to": "09:05"}]
    report = rehearsed(shop, strategy={"type": "steps", "steps": [step]}, windows=windows)
    *_, window, promotion = report["timeline"]
    assert window["what"] == "waits for a window"
    assert promotion["startsAt"] == "2026-11-24T09:00:40+00:00"
    assert promotion["startsAtLatest"] == "2026-11-25T08:00:00+00:00"


def lines_of(cloud: InMemoryCloud) -> list[Json]:
    return sorted(cloud.ledger.lines["d-real"].values(), key=lambda line: str(line["at"]))


def test_a_bad_version_is_back_as_soon_as_was_said(shop: InMemoryCloud) -> None:
    report = rehearsed(shop, alarms=["errors"])
    execution = Execution(shop, {"function": "orders", "alarms": ["errors"]}, "d-real")
    execution.run_to("Bake")
    shop.alarm("errors").goes(RED)
    red_at = shop.now()
    execution.run()
    assert execution.error == "RolledBack"
    assert (shop.now() - red_at).total_seconds() <= report["longestSeconds"]["rollBack"] == 33


def test_what_is_never_watched_never_goes_back_by_itself(shop: InMemoryCloud) -> None:
    report = rehearsed(shop, strategy="AllAtOnce")
    assert report["longestSeconds"]["rollBack"] is None
    assert "nothing is watched once it has moved" in report["lines"]


# The bill


@pytest.mark.slow
@pytest.mark.parametrize("counted", [True, False], ids=["calls by their time", "percentiles"])
def test_no_more_metrics_are_read_than_was_said(
    shop: InMemoryCloud, counted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By count of what goes to CloudWatch, which bills up to five statistics of a metric as one."""
    Callers(shop, "d-real", calls_per_minute=1_000)
    shop.metrics.counts_by_duration = counted
    strategy = {"type": "linear", "percent": 20, "every": "5m"}
    said = rehearsed(shop, strategy=strategy)["cost"]["metricsRead"]
    read, asked = shop.metrics.read, list[int]()

    def counting(series: Sequence[MetricQuery], begin: datetime, end: datetime) -> Any:
        of_one_metric = Counter((one.metric, one.version) for one in series)
        asked.append(sum(ceil(many / 5) for many in of_one_metric.values()))
        return read(series, begin, end)

    monkeypatch.setattr(shop.metrics, "read", counting)
    _, states = deployed(shop, strategy=strategy)
    looks = states.count("Watch")
    assert said == 7 + 14 * looks
    assert said * 0.6 < sum(asked) <= said
    assert asked[:2] == [3, 4]
    assert set(asked[2:]) == ({10} if counted else {10, 4})


def test_without_evidence_no_metric_is_read(shop: InMemoryCloud) -> None:
    assert rehearsed(shop, evidence="off")["cost"]["metricsRead"] == 0


# Nothing is touched


def test_nothing_is_left_behind_but_the_answer(shop: InMemoryCloud) -> None:
    before = deepcopy(shop.functions.functions)
    rehearsed(shop, source=ZIP, smoke=SMOKE, alarms=["errors"])
    assert shop.functions.functions == before
    assert (shop.ledger.held, shop.ledger.line, shop.ledger.lines, shop.ledger.standings) == ({}, {}, {}, {})
    assert (shop.ledger.decided, shop.ledger.history, shop.ledger.blamed) == ({}, {}, {})
    assert (shop.notifications.events, shop.notifications.messages, shop.trials.made) == ([], [], [])


def test_a_dry_run_ends_with_all_the_problems_that_the_deployment_would_have(shop: InMemoryCloud) -> None:
    asked = {"function": "orders", "source": {"version": "99"}, "alarms": ["nope"]}
    dry, real = Execution(shop, asked | {"dryRun": True}, "d-dry"), Execution(shop, asked, "d-real")
    for execution in (dry, real):
        execution.run()
        assert execution.error == "InvalidRequest"
    assert dry.cause == real.cause
    assert "2 problems" in dry.cause


def test_a_held_target_does_not_keep_a_dry_run_waiting(shop: InMemoryCloud) -> None:
    other = Execution(shop, {"function": "orders"}, "d-other")
    other.run_to("Bake")
    assert rehearsed(shop, onBusy="wait")["outcome"] == "dry_run"


# What is told


def test_the_report_is_data_and_lines_to_read(shop: InMemoryCloud) -> None:
    report = rehearsed(shop, strategy=STEPS, alarms=["errors"], reason="ticket 7")
    assert report["outcome"] == "dry_run"
    assert report["reason"].startswith("5 % for 40 s, 50 % for 120 s, then all; watched by errors, evidence")
    assert report["lines"] == [
        "2026-11-24T09:00:00+00:00: 5 % of calls, until 2026-11-24T09:00:40+00:00",
        "2026-11-24T09:00:40+00:00: 50 % of calls, until 2026-11-24T09:02:40+00:00",
        "2026-11-24T09:02:40+00:00: promotion, all calls",
        f"30 state transitions, {report['transitions']['basis']}",
        "about $0.0013: 13 runs of functions, 51 metrics read",
        "over within 173 s, and 900 s more if slow calls may still be warm-up",
        "back within 33 s of what speaks against it",
    ]
    assert report["cost"] == {
        "usd": 0.0013,
        "functionRuns": 13,
        "metricsRead": 51,
        "region": "us-east-1",
    }
    assert report["targets"] == [
        {
            "function": "orders",
            "alias": "live",
            "from": "41",
            "source": {},
            "codeSha256": shop.functions.functions["orders"].config.code_sha256,
        }
    ]


def triggers(cloud: InMemoryCloud) -> None:
    cloud.functions.is_read_for("orders", QUEUE)
    cloud.functions.is_read_for("orders", f"{QUEUE}-of-alias", qualifier="live")
    cloud.functions.is_read_for("orders", f"{QUEUE}-asleep", state="Disabled")
    cloud.functions.admits("orders", "s3.amazonaws.com", "arn:aws:s3:::uploads")
    cloud.functions.admits(
        "orders", "events.amazonaws.com", "arn:aws:events:::rule/of-alias", qualifier="live"
    )


def turns_red(cloud: InMemoryCloud) -> None:
    cloud.alarm("errors").goes(RED)


WARNED: list[tuple[str, Callable[[InMemoryCloud], object], Json, list[str]]] = [
    (
        "alarms that are red or without data",
        alarms_of_all_colours,
        {"alarms": ["errors", "silent", "loud"]},
        ["alarms: silent has no data", "alarms: loud is red since 2026-11-24T09:00:00"],
    ),
    (
        "who calls without the alias",
        triggers,
        {},
        [f"function: orders may be called without alias by {QUEUE}, s3.amazonaws.com (arn:aws:s3:::uploads)"],
    ),
    ("who calls, but nothing of it is deployed", triggers, {"source": {"version": "40"}}, []),
    (
        "what is live already",
        is_live,
        {},
        ["source: nothing seems to be new: $LATEST of orders is what is live"],
    ),
    (
        "the live version",
        nothing,
        {"source": {"version": "41"}},
        ["source: version 41 of orders is live already"],
    ),
    (
        "an update under way",
        is_being_updated,
        {},
        ["function: orders is being updated: its end is waited for"],
    ),
    (
        "a store that is nearly full",
        lambda cloud: cloud.functions.keeps(91_000, 100_000),
        {},
        ["source: the account's code storage is nearly full: 91,000 of 100,000 bytes used"],
    ),
    (
        "callers that may not be seen",
        lambda cloud: cloud.functions.fails_next("policy", denied("GetPolicy"), times=2),
        {},
        ["function: whether orders may be called without alias is not known: "],
    ),
    (
        "callers that can't be seen at this moment",
        lambda cloud: cloud.functions.fails_next("event_sources", TryAgainError("Rate exceeded"), times=2),
        {},
        ["function: whether orders may be called without alias is not known: Rate exceeded"],
    ),
    (
        "a red alarm on the way back",
        turns_red,
        {"source": {"version": "40"}, "alarms": ["errors"]},
        ["alarms: errors: red or not, nothing stops for them, as it goes back"],
    ),
    (
        "guards of a first deployment",
        is_new,
        {
            "strategy": APPROVED_TWICE,
            "alarms": ["errors"],
            "evidence": "on",
            "hooks": dict.fromkeys(POINTS, "check"),
        },
        [
            "alias: orders:live does not exist, and will be created",
            "strategy: its steps are left out, all calls move at once: no alias exists yet",
            "strategy: its 2 approvals become one, before the promotion",
            "hooks.beforeStep: not asked: there are no steps",
            "hooks.afterStep: not asked: there are no steps",
            "hooks.afterTraffic: asked before the first calls",
            "alarms: errors: looked at until all calls move, and not afterwards",
            "evidence: nothing is compared",
        ],
    ),
    (
        "guards of all at once",
        nothing,
        {"strategy": "AllAtOnce", "alarms": ["errors"], "evidence": "observe"},
        [
            "alarms: errors: looked at until all calls move, and not afterwards",
            "evidence: nothing is compared: in no step do both versions have calls",
        ],
    ),
    (
        "guards of what is live",
        is_live,
        {"smoke": SMOKE, "hooks": {"beforeTraffic": "check"}, "alarms": ["errors"]},
        [
            "source: nothing seems to be new",
            *(f"{name}: left out if" for name in ("smoke", "hooks", "alarms")),
        ],
    ),
    (
        "evidence about one that is new",
        billing_is_new,
        {"function": None, "functions": ["orders", "billing"], "evidence": "on"},
        [
            "alias: billing:live does not exist, and will be created",
            "evidence: billing:live is not compared: it does not exist yet",
        ],
    ),
    (
        "an alias that may be mistyped",
        nothing,
        {"alias": "lvie", "strategy": "AllAtOnce"},
        ["alias: orders:lvie does not exist, and will be created; did you mean live, which exists?"],
    ),
    (
        "an alias of another name",
        nothing,
        {"alias": "beta", "strategy": "AllAtOnce"},
        ["alias: orders:beta does not exist, and will be created"],
    ),
    (
        "a store that may not be seen",
        lambda cloud: cloud.functions.fails_next("storage", denied("GetAccountSettings"), times=2),
        {},
        [],
    ),
]


def denied(operation: str) -> Exception:
    text = f"User: hotplug_plan is not authorized to perform: lambda:{operation} on resource: orders"
    return refusal("AccessDeniedException", operation, text)


@pytest.mark.parametrize(
    ("arrange", "request_", "warned"), [row[1:] for row in WARNED], ids=[row[0] for row in WARNED]
)
def test_what_refuses_nothing_is_a_warning_in_plan_and_dry_run(
    shop: InMemoryCloud,
    arrange: Callable[[InMemoryCloud], object],
    request_: Json,
    warned: list[str],
) -> None:
    arrange(shop)
    report = rehearsed(shop, **request_)
    said = [f"{one['field']}: {one['warning']}" for one in report["warnings"]]
    assert [told[: len(words)] for told, words in zip(said, warned, strict=True)] == warned
    assert [line for line in report["lines"] if line.startswith("warning: ")] == [
        f"warning: {it}" for it in said
    ]
    real = Execution(shop, asked(request_), "d-real")
    real.step()
    assert real.variables["outcome"] == "planned"
    assert all(f"warning: {told}" in real.variables["reason"] for told in said)


def fails_its_update(cloud: InMemoryCloud) -> None:
    function = cloud.functions.functions["orders"]
    function.update, function.why = "Failed", "no memory"


BLOCKED: list[tuple[str, Callable[[InMemoryCloud], object], Json, str]] = [
    (
        "another role",
        lambda cloud: cloud.somebody_changes("orders", role="arn:aws:iam::111122223333:role/other"),
        {},
        "steps, but the execution role of orders goes from",
    ),
    (
        "a package that does not fit",
        lambda cloud: cloud.functions.keeps(99_990, 100_000),
        {"source": ZIP},
        "with 99,990 of 100,000 bytes used; allowed: what fits into the account's code storage",
    ),
    (
        "an alias on unpublished code",
        lambda cloud: cloud.somebody_moves("orders:live", Routing(LATEST)),
        {},
        "orders:live on $LATEST; allowed: an alias on a published version",
    ),
    (
        "an alias on code that is published without a number",
        lambda cloud: cloud.somebody_moves("orders:live", Routing("$LATEST.PUBLISHED")),
        {},
        "orders:live on $LATEST.PUBLISHED; allowed: an alias on a published version with a number",
    ),
    (
        "a failed update",
        fails_its_update,
        {},
        "source: got $LATEST of orders, whose last update failed (no memory)",
    ),
    (
        "a function that failed",
        lambda cloud: setattr(cloud.functions.functions["orders"], "state", "Failed"),
        {},
        "source: got $LATEST of orders, which is Failed (); allowed: a $LATEST that can be called",
    ),
    (
        "a function that may not be looked at",
        lambda cloud: cloud.functions.fails_next("alias", denied("GetAlias")),
        {},
        "is not authorized to perform: lambda:GetAlias on resource: orders",
    ),
    (
        "alarms that may not be looked at",
        lambda cloud: cloud.alarms.fails_next("states", denied("DescribeAlarms")),
        {"alarms": ["errors"]},
        "1 problem, nothing was touched:\n- alarms: got An error occurred (AccessDeniedException)",
    ),
]


@pytest.mark.parametrize(
    ("arrange", "request_", "words"), [row[1:] for row in BLOCKED], ids=[row[0] for row in BLOCKED]
)
def test_what_blocks_is_found_before_anything_is_touched(
    shop: InMemoryCloud, arrange: Callable[[InMemoryCloud], object], request_: Json, words: str
) -> None:
    arrange(shop)
    execution = Execution(shop, {"function": "orders", "dryRun": True} | request_, "d-dry")
    execution.run()
    assert execution.error == "InvalidRequest"
    assert words in execution.cause


def test_all_that_blocks_is_found_in_one_go(shop: InMemoryCloud) -> None:
    shop.functions.fails_next("alias", denied("GetAlias"), of="billing")
    shop.somebody_changes("orders", dead_letters=QUEUE)
    shop.functions.keeps(100_000, 100_000)
    asked = {"functions": ["orders", "billing"], "alarms": ["nope"], "dryRun": True}
    execution = Execution(shop, asked, "d-dry")
    execution.run()
    assert execution.cause.startswith("4 problems, nothing was touched")


def test_a_long_list_of_steps_fits_into_the_answer(shop: InMemoryCloud) -> None:
    report = rehearsed(shop, strategy={"type": "linear", "percent": 0.5, "every": "1m"})
    assert len(json.dumps(report)) < 100_000
    assert report["transitions"]["expected"] == 10 + 199 * 7


def test_the_sample_in_the_docs_is_what_it_says(shop: InMemoryCloud) -> None:
    shop.alarm("silent").goes(NO_DATA)
    shop.functions.is_read_for("orders", QUEUE)
    request, answer = map(json.loads, re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
    assert rehearsed(shop, **request) == answer
