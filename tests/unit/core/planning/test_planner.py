"""From a request and the facts: a plan, or everything that speaks against it."""

from dataclasses import replace
from typing import Any

import pytest

from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import NO_EVIDENCE, EvidenceMode, Learned
from hotplug.core.parsing.problem import Problem
from hotplug.core.plan.plan import Plan, WatchedAlarm
from hotplug.core.planning.facts import TargetFacts
from hotplug.core.planning.planner import Identity, make_plan, outside
from hotplug.core.request.request import Request, read_request
from hotplug.core.resources.alarm import AlarmColour, AlarmState
from hotplug.core.resources.alias import AliasState, Routing
from hotplug.core.resources.configuration import CodeStorage, Configuration, StorageMode
from hotplug.core.resources.function import LATEST, FunctionState
from hotplug.core.resources.package import FILE, Artifact
from hotplug.core.spec.on_busy import OnBusy
from hotplug.core.spec.smoke_test import Smoke
from hotplug.core.spec.source import Existing, Package
from hotplug.core.spec.steps import AdvanceOn, Progression
from tests.fakes import GREEN, NO_DATA, RED, split
from tests.support.plans import a_planned, an_adaptive_plan, judged, steps_of

ME = Identity("d-1", "arn:execution:d-1", "2026-11-24T09:00:00+00:00")
VERSION_41 = FunctionState(
    version="41",
    state="Active",
    update="Successful",
    why="",
    code_sha256="sha-41",
    revision="r-41",
    role="role",
    dead_letters="",
    package_type="Zip",
)
NEW_CODE = replace(VERSION_41, version=LATEST, code_sha256="sha-new", revision="r-latest")
ON_41 = AliasState(Routing("41"), "r-alias")
FACTS = TargetFacts(latest=NEW_CODE, alias=ON_41, stable=VERSION_41)
DEAD = replace(FACTS, stable=replace(VERSION_41, state="Failed", why="its key is gone"))
PACKAGE = Artifact("v1", "sha-zip", 900)


def asked(**more: Any) -> Request:
    read = read_request({"function": "orders"} | more)
    assert isinstance(read, Request)
    return read


def an_alarm(name: str, colour: AlarmColour = GREEN, since: str = "08:00") -> AlarmState:
    return AlarmState(name, f"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}", colour, since, "why")


def planned(request: Request, facts: TargetFacts = FACTS, *alarms: AlarmState) -> Plan:
    made = make_plan(request, {"orders:live": facts}, {alarm.name: alarm for alarm in alarms}, ME)
    assert isinstance(made, Plan)
    return made


def refused(request: Request, facts: TargetFacts = FACTS, *alarms: AlarmState) -> list[Problem]:
    made = make_plan(request, {"orders:live": facts}, {alarm.name: alarm for alarm in alarms}, ME)
    assert not isinstance(made, Plan)
    return list(made)


def test_a_plan_holds_what_going_back_needs() -> None:
    request = asked(reason="ticket 7", requestedBy="ann", pollSeconds=5)
    assert planned(request) == Plan(
        deployment="d-1",
        execution="arn:execution:d-1",
        created_at="2026-11-24T09:00:00+00:00",
        targets=(a_planned("orders:live", stable="41", revision="r-alias", code_sha256="sha-new"),),
        steps=steps_of((10, 300)),
        alarms=(),
        poll_seconds=5,
        on_busy=OnBusy.REJECT,
        force=False,
        reason="ticket 7",
        requested_by="ann",
        evidence=judged(),
    )


def test_a_package_is_pinned_to_the_version_that_was_read() -> None:
    request = asked(source={"bucket": "artifacts", "key": "k"})
    (target,) = planned(request, replace(FACTS, artifact=PACKAGE)).targets
    assert target.source == Package("artifacts", "k", "v1")
    assert target.code_sha256 == "sha-zip"


def test_a_plan_holds_what_its_candidates_are_tried_with() -> None:
    (target,) = planned(asked(smoke=[{"payload": 7, "expect": {"error": "KeyError"}}])).targets
    assert target.smoke == (Smoke(7, error="KeyError"),)


def test_an_existing_version_brings_its_own_hash() -> None:
    older = replace(VERSION_41, version="40", code_sha256="sha-40")
    (target,) = planned(asked(source={"version": "40"}), replace(FACTS, asked_for=older)).targets
    assert target.source == Existing("40")
    assert target.code_sha256 == "sha-40"


def test_a_first_deployment_has_nobody_to_shift() -> None:
    plan = planned(asked(), TargetFacts(latest=NEW_CODE))
    assert plan.steps == ()
    assert [(target.stable, target.revision) for target in plan.targets] == [(None, None)]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        pytest.param(DEAD, "version 41 is Failed (its key is gone)", id="failed"),
        pytest.param(replace(FACTS, stable=None), "version 41 does not exist any more", id="gone"),
    ],
)
def test_a_version_that_cannot_answer_is_left_at_once(facts: TargetFacts, why: str) -> None:
    plan = planned(asked(strategy="Adaptive"), facts)
    assert (plan.steps, plan.progression) == ((), Progression.STEPPED)
    assert [target.dead for target in plan.targets] == [why]
    assert plan.no_way_back == (f"orders:live has no way back: {why}",)
    assert plan.ignores_alarms


def test_one_existing_alias_is_enough_to_go_in_steps() -> None:
    read = read_request({"functions": ["orders", "mail"]})
    assert isinstance(read, Request)
    made = make_plan(read, {"orders:live": FACTS, "mail:live": TargetFacts(latest=NEW_CODE)}, {}, ME)
    assert isinstance(made, Plan)
    assert made.steps == steps_of((10, 300))


DEFAULT_SETTINGS = TrafficProfile(1200, 900.5, 0.02, (12.25, 80, 240))


@pytest.mark.parametrize(
    ("evidence", "profile", "tolerated"),
    [
        pytest.param("on", replace(DEFAULT_SETTINGS, failure_rate=0.02), 0.02, id="as much as usual"),
        pytest.param(
            "on", replace(DEFAULT_SETTINGS, failure_rate=0.001), 0.005, id="half a percent at least"
        ),
        pytest.param("on", replace(DEFAULT_SETTINGS, failure_rate=0.9), 0.5, id="a half at most"),
        pytest.param("on", None, 0.005, id="half a percent where nothing is known"),
        pytest.param(
            {"tolerate": {"errors": 1}}, replace(DEFAULT_SETTINGS, failure_rate=0.02), 0.01, id="as named"
        ),
        pytest.param(
            {"tolerate": {"slower": 1}}, replace(DEFAULT_SETTINGS, failure_rate=0.02), 0.02, id="not named"
        ),
    ],
)
def test_unless_it_is_named_each_target_may_fail_as_often_as_it_does(
    evidence: Any, profile: TrafficProfile | None, tolerated: float
) -> None:
    plan = planned(asked(evidence=evidence), replace(FACTS, profile=profile))
    (target,) = plan.targets
    assert (target.profile, target.tolerate_errors) == (profile, tolerated)
    assert plan.settings_for(target).tolerate_errors == tolerated


LEARNED = Learned(110, 3, 0.3, 9.5, trusts_environments=True)


@pytest.mark.parametrize(
    ("evidence", "learned", "kept"),
    [
        pytest.param("on", LEARNED, LEARNED, id="all of it"),
        pytest.param("observe", LEARNED, LEARNED, id="to report"),
        pytest.param("on", None, None, id="nothing was learned"),
        pytest.param("on", Learned(), None, id="nothing but that"),
        pytest.param({"mode": "off"}, LEARNED, None, id="nothing is compared"),
        pytest.param({"errorBurstSize": 1}, LEARNED, replace(LEARNED, error_burst_size=None), id="a burst"),
        pytest.param(
            {"warmupCalls": 0},
            LEARNED,
            replace(LEARNED, warmup_calls=None, warmup_slowdown=None),
            id="a length and its slowdown",
        ),
        pytest.param(
            {"warmupSlowdown": 2}, LEARNED, replace(LEARNED, warmup_slowdown=None), id="a slowdown alone"
        ),
        pytest.param({"coldFailures": 1}, Learned(cold_failures=0.3), None, id="all that was learned"),
    ],
)
def test_what_the_request_names_is_not_learned(
    evidence: Any, learned: Learned | None, kept: Learned | None
) -> None:
    plan = planned(asked(evidence=evidence), replace(FACTS, learned=learned))
    (target,) = plan.targets
    assert target.learned == kept
    assert ("learned" in plan.to_json()["targets"][0]) == (kept is not None)


@pytest.mark.parametrize(
    ("more", "facts", "seconds"),
    [
        pytest.param({}, FACTS, 3, id="both by default"),
        pytest.param(
            {}, replace(FACTS, latest=replace(NEW_CODE, timeout_seconds=30)), 30, id="the candidate"
        ),
        pytest.param({}, replace(FACTS, stable=replace(VERSION_41, timeout_seconds=900)), 900, id="stable"),
        pytest.param(
            {"source": {"version": "40"}},
            replace(
                FACTS,
                latest=replace(NEW_CODE, timeout_seconds=900),
                asked_for=replace(VERSION_41, version="40", timeout_seconds=20),
            ),
            20,
            id="not $LATEST where another version was asked for",
        ),
    ],
)
def test_a_call_of_either_version_is_over_after_the_longer_timeout(
    more: dict[str, Any], facts: TargetFacts, seconds: int
) -> None:
    (target,) = planned(asked(**more), facts).targets
    assert target.timeout_seconds == seconds


def test_an_adaptive_plan_is_a_ladder_with_its_pace() -> None:
    plan = planned(asked(strategy={"type": "adaptive", "maxBadRequests": 5}, evidence={"mode": "on"}))
    assert plan.progression is Progression.ADAPTIVE
    assert plan.evidence == judged(error_budget=5)
    assert plan.steps == an_adaptive_plan().steps


@pytest.mark.parametrize("mode", ["on", "observe"])
def test_a_plan_says_how_it_is_judged(mode: str) -> None:
    said = {"mode": mode, "errorBurstSize": 3, "syntheticCalls": 6}
    plan = planned(asked(smoke=[{}], evidence=said))
    assert plan.evidence == replace(judged(EvidenceMode(mode), error_burst_size=3), synthetic_calls=6)


def test_a_plan_without_evidence_has_nothing_of_it() -> None:
    plan = planned(asked(evidence={"mode": "off", "falsePromoteRisk": 0.2}))
    assert plan.evidence == NO_EVIDENCE
    assert not {"evidence", "pace", "advanceOn"} & plan.to_json().keys()


@pytest.mark.parametrize(
    "strategy",
    ["Adaptive", {"type": "canary", "percent": 5, "bake": 60, "advanceOn": "evidence"}],
    ids=["adaptive", "by proof"],
)
def test_where_nobody_is_shifted_there_is_no_pace(strategy: Any) -> None:
    plan = planned(asked(strategy=strategy), TargetFacts(latest=NEW_CODE))
    assert (plan.steps, plan.progression, plan.advance_on) == ((), Progression.STEPPED, AdvanceOn.TIME)


OTHER_ROLE = replace(NEW_CODE, role="another role")
OTHER_QUEUE = replace(NEW_CODE, dead_letters="queue")
SPLIT = replace(FACTS, alias=AliasState(split("40", "41", 10), "r-alias"))
ZIP = {"source": {"bucket": "artifacts", "key": "k"}}
IMAGE = replace(NEW_CODE, package_type="Image")
REFERENCED = replace(NEW_CODE, configuration=Configuration("a", storage=CodeStorage(StorageMode.REFERENCE)))
BLAMED = "deployment d-0 rolled it back at 2026-11-23T09:00:00+00:00: alarm errors went into ALARM"


@pytest.mark.parametrize(
    ("more", "facts", "field", "words"),
    [
        pytest.param({}, TargetFacts(None), "function", "orders; allowed: a function that exists", id="gone"),
        pytest.param(
            {},
            replace(FACTS, alias=AliasState(Routing(LATEST), "r")),
            "alias",
            "orders:live on $LATEST; allowed: an alias on a published version",
            id="an alias on $LATEST",
        ),
        *(
            pytest.param(
                ZIP,
                replace(FACTS, latest=REFERENCED, artifact=Artifact(version_id, "sha-zip", 900)),
                "source",
                "s3://artifacts/k, from which orders would run (REFERENCE), in a bucket without versioning",
                id=f"a reference to an object of version {version_id}",
            )
            for version_id in (None, "null")
        ),
        pytest.param(
            {"strategy": "AllAtOnce", "force": True, "reason": "because"},
            replace(FACTS, alias=AliasState(Routing("$LATEST.PUBLISHED"), "r")),
            "alias",
            "orders:live on $LATEST.PUBLISHED; allowed: an alias on a published version with a number",
            id="an alias on $LATEST.PUBLISHED, by force",
        ),
        pytest.param(
            {"source": {"version": "41"}},
            replace(FACTS, alias=AliasState(Routing("next"), "r"), asked_for=VERSION_41),
            "alias",
            "orders:live on next; allowed: an alias on a published version with a number",
            id="an alias on a qualifier that Lambda may add",
        ),
        pytest.param(
            {},
            SPLIT,
            "alias",
            'on version 40 with 10 % to version 41; allowed: an alias on one version, or "force": true',
            id="a split alias that nobody holds",
        ),
        pytest.param(
            {"create": False},
            replace(FACTS, alias=None, stable=None, similar="live"),
            "create",
            "got false, but orders:live does not exist; allowed: true, or an alias that exists: did you mean",
            id="an alias that may not be created",
        ),
        pytest.param(
            {}, replace(FACTS, latest=OTHER_ROLE), "strategy", "execution role", id="another role, with steps"
        ),
        pytest.param(
            {},
            replace(FACTS, latest=OTHER_QUEUE),
            "strategy",
            "dead-letter queue of orders goes from none to queue",
            id="another dead-letter queue, with steps",
        ),
        pytest.param(
            {"source": {"version": "9"}},
            FACTS,
            "source.version",
            "version 9 of orders; allowed: a version that exists",
            id="a version that does not exist",
        ),
        pytest.param(
            {"source": {"version": "9"}},
            replace(FACTS, asked_for=replace(VERSION_41, version="9", role="old role")),
            "strategy",
            "goes from role to old role",
            id="an old version with another role",
        ),
        pytest.param(
            ZIP,
            replace(FACTS, refusal="it is empty"),
            "source",
            "s3://artifacts/k: it is empty",
            id="a bad package",
        ),
        pytest.param(
            ZIP,
            replace(FACTS, artifact=PACKAGE, latest=IMAGE, stable=None, alias=None),
            "source",
            "a zip, but orders runs a container image",
            id="a zip for an image",
        ),
        pytest.param(
            {},
            replace(FACTS, quarantine=BLAMED),
            "source",
            f'{BLAMED}; allowed: code that was not rolled back before, or "force": true with a "reason"',
            id="code in quarantine",
        ),
        pytest.param(
            {"force": True}, replace(FACTS, quarantine=BLAMED), "source", BLAMED, id="force without a reason"
        ),
        pytest.param(
            {"reason": "fixed"}, replace(FACTS, quarantine=BLAMED), "source", BLAMED, id="a reason alone"
        ),
    ],
)
def test_what_stands_in_the_way_is_said(
    more: dict[str, Any], facts: TargetFacts, field: str, words: str
) -> None:
    (problem,) = refused(asked(**more), facts)
    assert problem.field == field
    assert words in str(problem)


def test_everything_that_stands_in_the_way_is_said_at_once() -> None:
    facts = replace(SPLIT, latest=replace(OTHER_ROLE, dead_letters="queue"), refusal="it is empty")
    found = refused(asked(alarms=["missing"], **ZIP), facts)
    assert [problem.field for problem in found] == ["alias", "strategy", "strategy", "source", "alarms"]


@pytest.mark.parametrize(
    ("more", "facts"),
    [
        pytest.param({"force": True}, SPLIT, id="a split alias by force"),
        pytest.param(
            {}, replace(SPLIT, is_locked=True), id="a split alias that is held: the claim will settle it"
        ),
        pytest.param({"strategy": "AllAtOnce"}, replace(FACTS, latest=OTHER_ROLE), id="a new role, at once"),
        pytest.param(
            {"strategy": "AllAtOnce"}, replace(FACTS, latest=OTHER_QUEUE), id="a new queue, at once"
        ),
        pytest.param({}, replace(FACTS, latest=OTHER_ROLE, alias=None, stable=None), id="a first deployment"),
        pytest.param({}, replace(FACTS, latest=IMAGE), id="an image, published as it is"),
        pytest.param({"create": False}, FACTS, id="an alias that exists"),
        pytest.param({}, DEAD, id="a live version that can't answer calls"),
        pytest.param({}, replace(DEAD, latest=OTHER_ROLE), id="one of another role that can't answer calls"),
        pytest.param({}, replace(FACTS, stable=None), id="a live version that does not exist any more"),
        pytest.param(
            {"force": True, "reason": "the database was down"},
            replace(FACTS, quarantine=BLAMED),
            id="code in quarantine, by force and with a reason",
        ),
        pytest.param(
            {},
            replace(FACTS, latest=replace(NEW_CODE, code_sha256="sha-41"), quarantine=BLAMED),
            id="code in quarantine that serves: what went back was its configuration",
        ),
    ],
)
def test_what_is_no_obstacle(more: dict[str, Any], facts: TargetFacts) -> None:
    assert planned(asked(**more), facts).deployment == "d-1"


def test_by_force_the_first_of_two_versions_is_the_stable_one() -> None:
    (target,) = planned(asked(force=True), SPLIT).targets
    assert (target.stable, target.revision) == ("40", "r-alias")


def bundled(release: str, function: str = "hotplug_plan") -> Plan | tuple[Problem, ...]:
    """What becomes of a package that says this of itself; hotplug's own functions begin with hotplug_."""
    facts = replace(FACTS, artifact=replace(PACKAGE, release=release))
    request = asked(function=function, **ZIP)
    return make_plan(request, {f"{function}:live": facts}, {}, replace(ME, stack="hotplug", definition=3))


@pytest.mark.parametrize(
    ("release", "words"),
    [
        pytest.param(
            '{"release": "2", "definition": 4, "writes": 1, "reads": [1]}',
            "needs definition 4 of the machine, and 3 is installed",
            id="a newer definition",
        ),
        pytest.param(
            '{"release": "2", "definition": 3, "writes": 2, "reads": [1, 2]}',
            "writes plans of schema 2",
            id="a future schema",
        ),
        pytest.param(
            '{"release": "2", "definition": 3, "writes": 1, "reads": [2]}',
            "does not read the plans of the one in place",
            id="not ours",
        ),
        pytest.param("", f"its {FILE} can't be read: release is missing", id="nothing"),
    ],
)
def test_a_release_of_hotplug_that_does_not_fit_is_refused(release: str, words: str) -> None:
    made = bundled(release)
    assert not isinstance(made, Plan)
    (problem,) = made
    assert problem.field == "source"
    assert words in problem.given
    assert problem.allowed == "a bundle of hotplug that can run beside the release in place"


@pytest.mark.parametrize(
    ("release", "function"),
    [
        pytest.param(
            '{"release": "2", "definition": 3, "writes": 1, "reads": [1]}', "hotplug_plan", id="it fits"
        ),
        pytest.param("", "orders", id="a function of somebody's"),
        pytest.param("", "hotplug-orders", id="a function with nearly such a name"),
    ],
)
def test_what_is_asked_of_releases_keeps_nothing_else(release: str, function: str) -> None:
    assert isinstance(bundled(release, function), Plan)


def test_a_bundle_for_several_functions_is_judged_once() -> None:
    read = read_request({"functions": ["hotplug_plan", "hotplug_claim"], **ZIP})
    assert isinstance(read, Request)
    facts = {str(wanted.target): replace(FACTS, artifact=PACKAGE) for wanted in read.targets}
    made = make_plan(read, facts, {}, replace(ME, stack="hotplug"))
    assert not isinstance(made, Plan)
    assert len(made) == 1


@pytest.mark.parametrize(
    ("alarm", "watched"),
    [
        pytest.param(an_alarm("a"), WatchedAlarm("a"), id="green"),
        pytest.param(an_alarm("a", NO_DATA), WatchedAlarm("a"), id="no data"),
        pytest.param(an_alarm("a", RED, "08:15"), WatchedAlarm("a", "08:15"), id="red already"),
    ],
)
def test_an_alarm_is_remembered_as_it_was_at_the_start(alarm: AlarmState, watched: WatchedAlarm) -> None:
    assert planned(asked(alarms=["a"]), FACTS, alarm).alarms == (watched,)


def test_an_alarm_that_is_missing_is_a_failure_to_plan() -> None:
    (problem,) = refused(asked(alarms=["a", "b"]), FACTS, an_alarm("a"))
    assert (problem.field, problem.given) == ("alarms", "b")


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a",
        "arn:aws:cloudwatch:eu-west-1:999999999999:alarm:a",
    ],
    ids=["another Region", "another account"],
)
def test_an_alarm_elsewhere_is_a_failure_to_plan_even_if_the_name_is_here_too(arn: str) -> None:
    (problem,) = refused(asked(alarms=[arn]), FACTS, an_alarm("a"))
    assert problem.given == arn
    assert "this account and Region" in problem.allowed


@pytest.mark.parametrize(
    ("pattern", "name", "is_outside"),
    [
        pytest.param("*", "orders", False, id="everything"),
        pytest.param("orders-*", "orders-api", False, id="a prefix"),
        pytest.param("orders-*", "orders", True, id="not the prefix"),
        pytest.param("orders-*", "my-orders-api", True, id="the prefix in the middle"),
        pytest.param("orders-?", "orders-1", False, id="one character"),
        pytest.param("orders-?", "orders-12", True, id="two characters"),
        pytest.param("orders", "orders", False, id="one function"),
        pytest.param("orders", "CommandLog", True, id="another case"),
        pytest.param("", "orders", True, id="nothing is allowed"),
    ],
)
def test_only_functions_that_match_may_be_deployed(pattern: str, name: str, is_outside: bool) -> None:
    found = outside(asked(function=name), pattern)
    assert [problem.given for problem in found] == ([name] if is_outside else [])
