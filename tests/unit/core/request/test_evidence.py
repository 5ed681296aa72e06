"""How strictly a request wants its candidates judged."""

from dataclasses import replace
from typing import Any

import pytest

from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.policy import LEARNABLE, EvidenceMode
from hotplug.core.parsing.problem import Problem
from hotplug.core.request.evidence import UNASKED, AskedEvidence
from hotplug.core.request.request import Request, read_request

SMOKE = [{"payload": {"id": 7}}]


def asked(value: Any, **more: Any) -> AskedEvidence:
    read = read_request({"function": "orders", "evidence": value} | more)
    assert isinstance(read, Request)
    return read.evidence


def problems_of(value: Any, **more: Any) -> list[Problem]:
    read = read_request({"function": "orders", "evidence": value} | more)
    assert not isinstance(read, Request)
    return list(read)


def test_evidence_counts_unless_a_request_says_otherwise() -> None:
    read = read_request({"function": "orders"})
    assert isinstance(read, Request)
    assert read.evidence == UNASKED == AskedEvidence(EvidenceMode.ON, EvidenceSettings(), 0, True)


@pytest.mark.parametrize("mode", EvidenceMode)
def test_one_word_is_enough(mode: EvidenceMode) -> None:
    assert asked(str(mode)) == asked({"mode": str(mode)}) == replace(UNASKED, mode=mode)


def test_all_of_it_can_be_said() -> None:
    assert asked(
        {
            "mode": "observe",
            "falseRollbackRisk": 0.05,
            "falsePromoteRisk": 0.1,
            "tolerate": {"errors": 2, "slower": 12.5, "neverSlower": 50},
            "confirmMinutes": 1,
            "errorBurstSize": 3,
            "warmupCalls": 400,
            "warmupSlowdown": 5,
            "warmupHold": "1h",
            "coldFailures": 0.2,
            "syntheticCalls": 30,
        },
        smoke=SMOKE,
    ) == AskedEvidence(
        EvidenceMode.OBSERVE,
        EvidenceSettings(
            false_rollback_risk=0.05,
            false_promote_risk=0.1,
            tolerate_errors=0.02,
            tolerate_slower=0.125,
            never_slower=0.5,
            confirm_minutes=1,
            error_burst_size=3,
            warmup_calls=400,
            warmup_slowdown=5,
            warmup_hold_minutes=60,
            cold_failures=0.2,
        ),
        synthetic_calls=30,
        errors_as_before=False,
        learns=(),
    )


@pytest.mark.parametrize(
    ("value", "named"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param(
            {"warmupCalls": "auto", "coldFailures": "auto", "errorBurstSize": "auto"}, {}, id="auto"
        ),
        pytest.param({"errorBurstSize": 1}, {"error_burst_size": 1}, id="the default of a burst"),
        pytest.param({"coldFailures": 0}, {"cold_failures": 0}, id="none fails"),
        pytest.param({"warmupSlowdown": 4}, {"warmup_slowdown": 4}, id="a slowdown alone"),
        pytest.param(
            {"warmupCalls": 40}, {"warmup_calls": 40, "warmup_slowdown": 3}, id="a length, with its slowdown"
        ),
        pytest.param(
            {"warmupCalls": 0, "warmupSlowdown": 1},
            {"warmup_calls": 0, "warmup_slowdown": 1},
            id="no warm-up",
        ),
    ],
)
def test_what_is_named_is_not_learned(value: dict[str, Any], named: dict[str, Any]) -> None:
    evidence = asked(value)
    assert evidence.settings == EvidenceSettings(**named)
    assert evidence.learns == tuple(name for name in LEARNABLE if name not in named)


def test_the_pace_of_an_adaptive_strategy_and_the_judge_are_set_together() -> None:
    evidence = asked({"falsePromoteRisk": 0.1}, strategy={"type": "adaptive", "maxBadRequests": 5})
    assert evidence.settings == EvidenceSettings(false_promote_risk=0.1, error_budget=5)
    assert asked("on", strategy={"type": "adaptive", "bake": 0}).settings == EvidenceSettings(bake_minutes=0)


@pytest.mark.parametrize(
    ("tolerate", "as_usual"),
    [
        pytest.param({}, True, id="nothing"),
        pytest.param({"slower": 5}, True, id="slowness"),
        pytest.param({"errors": 0.5}, False, id="errors, though it is the default"),
    ],
)
def test_it_is_remembered_whether_errors_were_named(tolerate: dict[str, Any], as_usual: bool) -> None:
    assert asked({"tolerate": tolerate}).errors_as_before is as_usual


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"falseRollbackRisk": 0.0001, "falsePromoteRisk": 0.2}, id="risks"),
        pytest.param({"tolerate": {"errors": 0.01, "slower": 0, "neverSlower": 0.01}}, id="little"),
        pytest.param({"tolerate": {"errors": 50, "slower": 999.99, "neverSlower": 1000}}, id="much"),
        pytest.param({"confirmMinutes": 5, "errorBurstSize": 100}, id="minutes and bursts"),
        pytest.param({"syntheticCalls": 60}, id="a call a second"),
        pytest.param({"warmupCalls": 10_000, "warmupSlowdown": 100, "coldFailures": 1}, id="a slow start"),
        pytest.param({"warmupHold": "0m"}, id="no hold"),
        pytest.param({"warmupHold": "24h"}, id="a day"),
    ],
)
def test_what_is_just_within_its_limits_is_taken(value: dict[str, Any]) -> None:
    assert asked(value, smoke=SMOKE).mode is EvidenceMode.ON


@pytest.mark.parametrize(
    ("value", "field", "given_", "allowed"),
    [
        pytest.param("yes", "", '"yes"', '"on" or "observe" or "off", or an object', id="another word"),
        pytest.param(True, "", "true", '"on"', id="a flag"),
        pytest.param(None, "", "null", '"on"', id="null"),
        pytest.param({"mode": "ON"}, ".mode", '"ON"', '"on"', id="capitals"),
        pytest.param({"falseRollbackRisk": 0}, ".falseRollbackRisk", "0", "0.0001 to 0.2", id="no risk"),
        pytest.param({"falsePromoteRisk": 5}, ".falsePromoteRisk", "5", "0.2", id="a risk in percent"),
        pytest.param({"falsePromoteRisk": "0.05"}, ".falsePromoteRisk", '"0.05"', "number", id="a text"),
        pytest.param({"falsePromoteRisk": True}, ".falsePromoteRisk", "true", "number", id="a flag as risk"),
        pytest.param({"tolerate": 5}, ".tolerate", "5", "a JSON object", id="one tolerance"),
        pytest.param({"tolerate": {"errors": 0}}, ".tolerate.errors", "0", "0.01 to 50", id="no error"),
        pytest.param({"tolerate": {"errors": 51}}, ".tolerate.errors", "51", "0.01 to 50", id="most errors"),
        pytest.param({"tolerate": {"slower": -1}}, ".tolerate.slower", "-1", "0 to 1000", id="faster"),
        pytest.param(
            {"tolerate": {"slower": 25}},
            ".tolerate.neverSlower",
            "25, as nobody said another",
            "more than slower (25)",
            id="as slow as never",
        ),
        pytest.param(
            {"tolerate": {"slower": 9, "neverSlower": 8}},
            ".tolerate.neverSlower",
            "8",
            "more than slower (9)",
            id="slower than never",
        ),
        pytest.param({"confirmMinutes": 0}, ".confirmMinutes", "0", "1 to 5", id="no confirmation"),
        pytest.param({"errorBurstSize": 101}, ".errorBurstSize", "101", "1 to 100", id="a great burst"),
        pytest.param({"errorBurstSize": "few"}, ".errorBurstSize", '"few"', '"auto" or a whole', id="a word"),
        pytest.param({"warmupCalls": -1}, ".warmupCalls", "-1", "0 to 10000", id="less than no call"),
        pytest.param({"warmupCalls": None}, ".warmupCalls", "null", '"auto"', id="no calls"),
        pytest.param({"warmupCalls": ["auto"]}, ".warmupCalls", '["auto"]', '"auto"', id="a list of a word"),
        pytest.param({"warmupSlowdown": 0.5}, ".warmupSlowdown", "0.5", "1 to 100", id="faster at first"),
        pytest.param({"warmupSlowdown": "auto"}, ".warmupSlowdown", "auto", "1 to 100", id="not of itself"),
        pytest.param({"coldFailures": 30}, ".coldFailures", "30", "0 to 1", id="a chance in percent"),
        pytest.param({"coldFailures": True}, ".coldFailures", "true", "0 to 1", id="a flag as chance"),
        pytest.param({"warmupHold": "90s"}, ".warmupHold", '"90s"', "whole minutes", id="half a minute"),
        pytest.param({"warmupHold": "25h"}, ".warmupHold", '"25h"', "0 to 1440", id="more than a day"),
        pytest.param({"syntheticCalls": 61}, ".syntheticCalls", "61", "0 to 60", id="a flood"),
        pytest.param(
            {"syntheticCalls": 1}, ".syntheticCalls", "no smoke for orders", '"smoke"', id="nothing to call"
        ),
        pytest.param({"confirmations": 2}, ".confirmations", "unknown key", "confirmMinutes", id="misspelt"),
    ],
)
def test_a_wrong_field_is_answered_with_what_came_and_what_is_allowed(
    value: Any, field: str, given_: str, allowed: str
) -> None:
    (problem,) = problems_of(value)
    assert problem.field == f"evidence{field}"
    assert given_ in problem.given
    assert allowed in problem.allowed


def test_trials_that_are_to_fail_are_nothing_to_be_called_with() -> None:
    smoke = [{"payload": {}, "expect": {"error": "KeyError"}}]
    read = read_request({"function": "orders", "smoke": smoke, "evidence": {"syntheticCalls": 6}})
    assert not isinstance(read, Request)
    assert [problem.field for problem in read] == ["evidence.syntheticCalls"]


def test_every_function_needs_something_to_be_called_with() -> None:
    read = read_request(
        {
            "functions": [{"name": "orders", "smoke": SMOKE}, "billing", {"name": "mail", "smoke": []}],
            "evidence": {"syntheticCalls": 6},
        }
    )
    assert not isinstance(read, Request)
    (problem,) = read
    assert problem.given == "6, but no smoke for billing, mail"


def test_smoke_that_cannot_be_read_is_one_problem() -> None:
    (problem,) = problems_of({"syntheticCalls": 6}, smoke="orders")
    assert problem.field == "smoke"


@pytest.mark.parametrize("mode", ["observe", "off"])
@pytest.mark.parametrize(
    ("strategy", "given_"),
    [
        pytest.param("Adaptive", "an adaptive strategy", id="adaptive"),
        pytest.param(
            {"type": "canary", "percent": 5, "bake": "5m", "advanceOn": "evidence"},
            '"advanceOn": "evidence"',
            id="waiting for a proof",
        ),
    ],
)
def test_a_pace_that_needs_a_judge_names_both_fields_where_there_is_none(
    strategy: Any, given_: str, mode: str
) -> None:
    (problem,) = problems_of(mode, strategy=strategy)
    assert (problem.field, problem.given) == ("strategy", given_)
    assert f'"evidence": "on" (it is "{mode}")' in problem.allowed
    assert asked("on", strategy=strategy).mode is EvidenceMode.ON
