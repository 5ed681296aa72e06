"""Smoke: what a request may ask of a candidate before it has traffic, and when an answer falls short."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.errors import UnreadableError
from hotplug.core.parsing.problem import MAX_SHOWN, Problem
from hotplug.core.parsing.stored import list_of, stored_value
from hotplug.core.plan.plan import Plan
from hotplug.core.request.request import Request, read_request
from hotplug.core.resources.invocation import Called
from hotplug.core.spec.smoke_test import (
    MAX_A_TARGET,
    MAX_CONTEXT,
    MAX_DIGITS,
    MAX_LEVELS,
    MAX_PAYLOAD,
    MAX_SECONDS,
    SMOKE,
    Smoke,
)
from tests.support.plans import a_plan, a_planned

MAX_SAID = 1_000
"""Characters of one failure; a plan may hold hundreds of them."""


def nested(levels: int) -> Any:
    """A text below so many lists and objects."""
    value: Any = "deep"
    for at in range(levels):
        value = [value] if at % 2 else {"in": value}
    return value


def read(smoke: Any, **more: Any) -> tuple[Smoke, ...]:
    """The trials of orders."""
    request = read_request({"function": "orders", "smoke": smoke} | more)
    assert isinstance(request, Request), request
    return request.targets[0].smoke


def problems_of(request: Any) -> dict[str, Problem]:
    found = read_request(request)
    assert not isinstance(found, Request)
    return {problem.field: problem for problem in found}


# What may be asked


@pytest.mark.parametrize(
    ("trial", "smoke"),
    [
        pytest.param({}, Smoke(None), id="nothing: it is called with null and must not fail"),
        pytest.param({"payload": {"id": 1}}, Smoke({"id": 1}), id="a payload"),
        pytest.param({"payload": None}, Smoke(None), id="a null payload"),
        pytest.param({"payload": [1, "a", True, None, 0.5]}, Smoke([1, "a", True, None, 0.5]), id="a list"),
        pytest.param({"payload": "{"}, Smoke("{"), id="a text, which is not JSON in JSON"),
        pytest.param({"expect": {}}, Smoke(None), id="no expectation"),
        pytest.param({"expect": {"answer": {"ok": True}}}, Smoke(None, answer={"ok": True}), id="an answer"),
        pytest.param({"expect": {"answer": False}}, Smoke(None, answer=False), id="an answer that is false"),
        pytest.param({"expect": {"answer": None}}, Smoke(None), id="a null answer asks for nothing"),
        pytest.param({"expect": {"status": 204}}, Smoke(None, status=204), id="a status"),
        pytest.param({"expect": {"status": 204.0}}, Smoke(None, status=204), id="a status with a point"),
        pytest.param({"expect": {"error": "KeyError"}}, Smoke(None, error="KeyError"), id="an error"),
        pytest.param({"expect": {"within": "5s"}}, Smoke(None, within_seconds=5), id="a duration"),
        pytest.param({"expect": {"within": 1}}, Smoke(None, within_seconds=1), id="a second"),
        pytest.param({"tenantId": "t:1 a"}, Smoke(None, tenant="t:1 a"), id="a tenant"),
        pytest.param(
            {"clientContext": {"custom": {"a": 1}}}, Smoke(None, context={"custom": {"a": 1}}), id="a context"
        ),
    ],
)
def test_every_part_of_a_trial_can_be_left_out(trial: dict[str, Any], smoke: Smoke) -> None:
    assert read([trial]) == (smoke,)


def test_without_smoke_nothing_is_tried() -> None:
    assert read([]) == ()


@pytest.mark.parametrize(
    "trial",
    [
        pytest.param({"payload": "x" * (MAX_PAYLOAD - 2)}, id="a payload"),
        pytest.param({"expect": {"answer": "x" * (MAX_PAYLOAD - 2)}}, id="an answer"),
        pytest.param({"payload": nested(MAX_LEVELS)}, id="levels of a payload"),
        pytest.param({"expect": {"answer": nested(MAX_LEVELS)}}, id="levels of an answer"),
        pytest.param({"payload": [10**MAX_DIGITS - 1, 1 - 10**MAX_DIGITS, 0, 0.0, 1e-37]}, id="numbers"),
        pytest.param({"expect": {"error": "E" * 200}}, id="an error"),
        pytest.param({"expect": {"status": 100}}, id="the lowest status"),
        pytest.param({"expect": {"status": 599}}, id="the highest status"),
        pytest.param({"expect": {"within": f"{MAX_SECONDS}s"}}, id="a duration"),
        pytest.param({"tenantId": "t" * 256}, id="a tenant"),
        pytest.param({"clientContext": {"a": "x" * (MAX_CONTEXT - 9)}}, id="a client context"),
    ],
)
def test_what_is_just_within_its_limits_is_taken(trial: dict[str, Any]) -> None:
    assert len(read([trial])) == 1


def test_the_longest_context_is_what_lambda_takes() -> None:
    assert len(b64encode(b"x" * MAX_CONTEXT)) <= 3_583


def test_twenty_trials_are_taken() -> None:
    assert len(read([{}] * MAX_A_TARGET)) == MAX_A_TARGET


JSON = "JSON of at most 10000 characters and 20 levels, numbers of at most 38 digits, no empty keys"
LIST = 'a list of at most 20 objects with "payload" and "expect"'
TENANT = "a tenant id of 1 to 256"
CONTEXT = "a JSON object of at most 2600 characters"
WITHIN = '1 to 10 seconds, like "5s"'


@pytest.mark.parametrize(
    ("smoke", "field", "given_", "allowed"),
    [
        pytest.param(None, "smoke", "null", LIST, id="null"),
        pytest.param({"payload": {}}, "smoke", '{"payload": {}}', LIST, id="a trial without a list"),
        pytest.param("orders", "smoke", '"orders"', LIST, id="a text"),
        pytest.param([{}] * (MAX_A_TARGET + 1), "smoke", "[{}, {}", LIST, id="21 of them"),
        pytest.param([{}, 7], "smoke[1]", "7", "a JSON object", id="a number among them"),
        pytest.param(
            [{"pay": 1}], "smoke[0].pay", "unknown", "mean payload? one of payload, expect", id="key"
        ),
        pytest.param(
            [{"answer": 1}], "smoke[0].answer", "unknown", "payload, expect", id="outside of expect"
        ),
        pytest.param([{"tenantId": "t" * 257}], "smoke[0].tenantId", '"ttt', TENANT, id="a long tenant"),
        pytest.param(
            [{"tenantId": "größer"}], "smoke[0].tenantId", '"größer"', TENANT, id="a strange tenant"
        ),
        pytest.param([{"clientContext": []}], "smoke[0].clientContext", "[]", CONTEXT, id="no context"),
        pytest.param(
            [{"clientContext": {"a": "x" * MAX_CONTEXT}}],
            "smoke[0].clientContext",
            '{"a": "xxx',
            CONTEXT,
            id="a long context",
        ),
        pytest.param([{"payload": "x" * MAX_PAYLOAD}], "smoke[0].payload", '"xxx', JSON, id="long"),
        pytest.param([{"payload": nested(MAX_LEVELS + 1)}], "smoke[0].payload", "{", JSON, id="deep"),
        pytest.param(
            [{"payload": nested(20_000)}], "smoke[0].payload", "too deep", JSON, id="endlessly deep"
        ),
        pytest.param([{"payload": float("nan")}], "smoke[0].payload", "NaN", JSON, id="no number"),
        pytest.param([{"payload": [10**MAX_DIGITS]}], "smoke[0].payload", "[1000", JSON, id="39 digits"),
        pytest.param([{"payload": 1e-39}], "smoke[0].payload", "1e-39", JSON, id="hardly anything"),
        pytest.param([{"payload": "\ud800"}], "smoke[0].payload", "\\ud800", JSON, id="half a character"),
        pytest.param([{"payload": {"\ud800": 1}}], "smoke[0].payload", "\\ud800", JSON, id="in a key"),
        pytest.param([{"payload": [{"": 1}]}], "smoke[0].payload", '[{"": 1}]', JSON, id="an empty key"),
        pytest.param([{"expect": None}], "smoke[0].expect", "null", "a JSON object", id="a null expectation"),
        pytest.param([{"expect": 200}], "smoke[0].expect", "200", "a JSON object", id="a number for it"),
        pytest.param(
            [{"expect": {"code": 1}}], "smoke[0].expect.code", "unknown", "answer, status", id="code"
        ),
        pytest.param(
            [{"expect": {"answer": nested(21)}}], "smoke[0].expect.answer", "{", JSON, id="a deep answer"
        ),
        pytest.param([{"expect": {"status": 99}}], "smoke[0].expect.status", "99", "100 to 599", id="low"),
        pytest.param([{"expect": {"status": 600}}], "smoke[0].expect.status", "600", "100 to 599", id="high"),
        pytest.param([{"expect": {"status": "200"}}], "smoke[0].expect.status", '"200"', "whole", id="text"),
        pytest.param([{"expect": {"status": True}}], "smoke[0].expect.status", "true", "whole", id="flag"),
        pytest.param(
            [{"expect": {"status": None}}], "smoke[0].expect.status", "null", "whole", id="null code"
        ),
        pytest.param(
            [{"expect": {"error": ""}}], "smoke[0].expect.error", '""', "1 to 200", id="empty error"
        ),
        pytest.param(
            [{"expect": {"error": "E" * 201}}], "smoke[0].expect.error", '"EE', "200", id="long error"
        ),
        pytest.param(
            [{"expect": {"error": True}}], "smoke[0].expect.error", "true", "a text", id="any error"
        ),
        pytest.param([{"expect": {"within": 0}}], "smoke[0].expect.within", "0", WITHIN, id="no time"),
        pytest.param([{"expect": {"within": 11}}], "smoke[0].expect.within", "11", WITHIN, id="11 seconds"),
        pytest.param([{"expect": {"within": "1m"}}], "smoke[0].expect.within", '"1m"', WITHIN, id="a minute"),
        pytest.param(
            [{"expect": {"within": 0.5}}], "smoke[0].expect.within", "0.5", WITHIN, id="half a second"
        ),
        pytest.param(
            [{"expect": {"within": "soon"}}], "smoke[0].expect.within", '"soon"', WITHIN, id="a word"
        ),
        pytest.param([{"expect": {"within": True}}], "smoke[0].expect.within", "true", WITHIN, id="a flag"),
        pytest.param(
            [{"expect": {"within": None}}], "smoke[0].expect.within", "null", WITHIN, id="no duration"
        ),
    ],
)
def test_a_wrong_part_is_answered_with_path_given_and_allowed(
    smoke: Any, field: str, given_: str, allowed: str
) -> None:
    found = problems_of({"function": "orders", "smoke": smoke})
    assert list(found) == [field]
    assert given_ in found[field].given
    assert allowed in found[field].allowed
    assert len(found[field].given) <= MAX_SHOWN


def test_all_problems_come_at_once_and_name_their_place() -> None:
    trials = [
        {"payload": float("inf"), "expect": {"within": "1m", "status": 7}},
        {"expects": {}},
        "orders",
    ]
    found = problems_of(
        {
            "functions": ["orders", {"name": "billing", "smoke": trials}, {"name": "mail", "smoke": 5}],
            "smoke": [{}, {"expect": {"error": 1}}],
            "pollSeconds": 0,
        }
    )
    assert sorted(found) == [
        "functions[1].smoke[0].expect.status",
        "functions[1].smoke[0].expect.within",
        "functions[1].smoke[0].payload",
        "functions[1].smoke[1].expects",
        "functions[1].smoke[2]",
        "functions[2].smoke",
        "pollSeconds",
        "smoke[1].expect.error",
    ]


def test_a_function_has_trials_of_its_own_or_those_of_all() -> None:
    own: list[Any] = [{"payload": 2}]
    request = read_request(
        {
            "functions": ["orders", {"name": "billing", "smoke": own}, {"name": "mail", "smoke": []}],
            "smoke": [{"payload": 1}],
        }
    )
    assert isinstance(request, Request)
    assert [target.smoke for target in request.targets] == [(Smoke(1),), (Smoke(2),), ()]


LONG: list[Any] = [{"payload": "x" * 9_000, "expect": {"answer": "y" * 9_000}}]


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param({"function": "orders", "smoke": LONG * 4}, id="one function"),
        pytest.param({"functions": ["a", "b"], "smoke": LONG * 2}, id="each of all"),
        pytest.param({"functions": [{"name": "a", "smoke": LONG * 4}]}, id="one of its own"),
    ],
)
def test_what_would_not_travel_in_a_plan_is_a_problem(request_: Any) -> None:
    (problem,) = problems_of(request_).values()
    assert problem.field == "smoke"
    assert problem.given == "72,220 characters in all"
    assert problem.allowed == "at most 60,000 for all functions"


# How it travels

payloads = any_.recursive(
    any_.none() | any_.booleans() | any_.integers(-(10**30), 10**30) | any_.text(max_size=9),
    lambda inner: any_.lists(inner, max_size=3) | any_.dictionaries(any_.text(min_size=1), inner, max_size=3),
    max_leaves=6,
)
smokes = any_.builds(
    Smoke,
    payload=payloads,
    answer=payloads,
    status=any_.none() | any_.integers(100, 599),
    error=any_.none() | any_.text(min_size=1, max_size=200),
    within_seconds=any_.integers(1, MAX_SECONDS),
)


@given(any_.lists(smokes, max_size=3).map(tuple))
def test_trials_survive_the_journey_in_a_plan(smoke: tuple[Smoke, ...]) -> None:
    plan = a_plan(replace(a_planned(), smoke=smoke), a_planned("billing:live"))
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@given(smokes)
def test_a_trial_is_spelt_as_a_request_spells_it(smoke: Smoke) -> None:
    assert read([json.loads(json.dumps(SMOKE.write(smoke)))]) == (smoke,)


def test_a_target_without_trials_is_written_as_before_there_were_any() -> None:
    assert "smoke" not in a_plan().to_json()["targets"][0]


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        pytest.param([], r"smoke is \[\[\]\], not a JSON object", id="no object"),
        pytest.param({"payload": 1}, "smoke.expect is missing", id="nothing to expect"),
        pytest.param({"payload": 1, "expect": {}}, "smoke.expect.within is missing", id="no time"),
        pytest.param({"expect": {"within": 9}}, "smoke.payload is missing", id="no payload"),
        pytest.param(
            {"payload": 1, "expect": {"within": 99}}, "smoke.expect.within is 99", id="longer than is waited"
        ),
    ],
)
def test_a_trial_that_this_release_can_not_read_is_never_taken_for_another(stored: Any, said: str) -> None:
    with pytest.raises(UnreadableError, match=f"^{said}"):
        stored_value({"smoke": [stored]}, "smoke", list_of(SMOKE))


def test_a_plan_whose_trials_are_no_list_can_not_be_read() -> None:
    plan = a_plan().to_json()
    plan["targets"][0]["smoke"] = {"payload": 1}
    with pytest.raises(UnreadableError, match=r"smoke is \{.*not a list"):
        Plan.from_json(plan)


# When an answer falls short


def answered(answer: object) -> Called:
    return Called(json.dumps(answer).encode(), "42", failed=False)


def failed(answer: object) -> Called:
    return Called(json.dumps(answer).encode(), "42", failed=True)


def threw(kind: str) -> Called:
    return failed({"errorMessage": "no such order", "errorType": kind, "stackTrace": []})


ORDER = {"id": 7, "paid": True, "lines": [1, {"of": "tea"}], "to": {"name": "ann", "town": "Graz"}}


@pytest.mark.parametrize(
    ("smoke", "called"),
    [
        pytest.param(Smoke({}), answered({"anything": 1}), id="anything, where nothing is expected"),
        pytest.param(Smoke({}), answered(None), id="null"),
        pytest.param(Smoke({}), Called(b"", "42", failed=False), id="no payload at all"),
        pytest.param(Smoke({}), answered({"errorType": "KeyError"}), id="an answer that looks like an error"),
        pytest.param(Smoke({}, answer=ORDER), answered(ORDER), id="the very answer"),
        pytest.param(Smoke({}, answer={}), answered(ORDER), id="an object, whatever is in it"),
        pytest.param(Smoke({}, answer={"id": 7}), answered(ORDER), id="one of its keys"),
        pytest.param(Smoke({}, answer={"to": {"town": "Graz"}}), answered(ORDER), id="one further in"),
        pytest.param(Smoke({}, answer={"lines": [1, {"of": "tea"}]}), answered(ORDER), id="an equal list"),
        pytest.param(Smoke({}, answer=[]), answered([]), id="an empty list"),
        pytest.param(Smoke({}, answer={"a": None}), answered({"a": None}), id="a key that is null"),
        pytest.param(Smoke({}, answer={"n": [1]}), answered({"n": [1.0]}), id="a number spelt otherwise"),
        pytest.param(Smoke({}, answer=False), answered(False), id="false"),
        pytest.param(Smoke({}, answer="Grüße 😀"), answered("Grüße 😀"), id="a text"),
        pytest.param(Smoke({}, status=200), answered({"statusCode": 200, "body": ""}), id="a status"),
        pytest.param(Smoke({}, status=200), answered({"statusCode": "200"}), id="a status as a text"),
        pytest.param(Smoke({}, error="KeyError"), threw("KeyError"), id="the error that was expected"),
        pytest.param(
            Smoke({}, answer={"errorMessage": "no such order"}, error="KeyError"),
            threw("KeyError"),
            id="the error, with the message",
        ),
    ],
)
def test_what_is_as_expected_has_nothing_unmet(smoke: Smoke, called: Called) -> None:
    assert smoke.unmet(called, 0.2) is None


@pytest.mark.parametrize(
    ("smoke", "called", "words"),
    [
        pytest.param(
            Smoke({}, answer={"id": 8}),
            answered(ORDER),
            'it answered {"id": 7, "paid": true, "lines": [1, {"of": "tea"}], '
            '"to": {"name": "ann", "town": "Graz"}}, in which there is no {"id": 8}',
            id="another value",
        ),
        pytest.param(Smoke({}, answer={"no": 1}), answered(ORDER), 'no {"no": 1}', id="a key is missing"),
        pytest.param(Smoke({}, answer={"a": None}), answered({}), 'no {"a": null}', id="a null is missing"),
        pytest.param(Smoke({}, answer={"to": {"zip": 1}}), answered(ORDER), 'no {"to"', id="one further in"),
        pytest.param(
            Smoke({}, answer={"to": {}}), answered({"to": []}), 'no {"to": {}}', id="no object there"
        ),
        pytest.param(Smoke({}, answer={"id": True}), answered({"id": 1}), 'no {"id": true}', id="1 for true"),
        pytest.param(Smoke({}, answer={"id": 1}), answered({"id": True}), 'no {"id": 1}', id="true for 1"),
        pytest.param(Smoke({}, answer=[0]), answered([False]), "no [0]", id="false for 0 in a list"),
        pytest.param(
            Smoke({}, answer=[{"a": 1}]), answered([{"a": True}]), "no [", id="true for 1 in a list"
        ),
        pytest.param(Smoke({}, answer="1"), answered(1), 'no "1"', id="a number for a text"),
        pytest.param(Smoke({}, answer=[1]), answered([1, 2]), "no [1]", id="a longer list"),
        pytest.param(Smoke({}, answer=[1, 2]), answered([2, 1]), "no [1, 2]", id="another order"),
        pytest.param(Smoke({}, answer=[{"a": 1}]), answered([{"a": 1, "b": 2}]), "no [", id="more in a list"),
        pytest.param(Smoke({}, answer={"a": 1}), answered([{"a": 1}]), 'no {"a": 1}', id="a list of it"),
        pytest.param(
            Smoke({}, answer={"a": 1}), Called(b"", "42", failed=False), "it answered null", id="no payload"
        ),
        pytest.param(Smoke({}, status=200), answered({"statusCode": 500}), "status 500, not 200", id="500"),
        pytest.param(Smoke({}, status=200), answered({"statusCode": "OK"}), 'status "OK", not', id="a word"),
        pytest.param(Smoke({}, status=200), answered({"statusCode": True}), "status true", id="a flag"),
        pytest.param(Smoke({}, status=200), answered({"body": ""}), "status null, not 200", id="no status"),
        pytest.param(Smoke({}, status=200), answered(200), "status null, not 200", id="a bare number"),
        pytest.param(Smoke({}, status=200), Called(b"", "42", failed=False), "status null", id="no API"),
        pytest.param(Smoke({}), threw("KeyError"), 'it failed: {"errorMessage"', id="an error"),
        pytest.param(Smoke({}), failed({}), "it failed: {}", id="an error without a type"),
        pytest.param(Smoke({}), failed(None), "it failed: null", id="an error without a word"),
        pytest.param(Smoke({}), Called(b"", "42", failed=True), "it failed: null", id="without a payload"),
        pytest.param(Smoke({}), failed("out of memory"), 'it failed: "out of', id="an error that is a text"),
        pytest.param(Smoke({}, answer={}), threw("KeyError"), "it failed", id="an error, where an answer is"),
        pytest.param(
            Smoke({}, error="KeyError"),
            threw("ImportError"),
            "it failed: {",
            id="another error than expected",
        ),
        pytest.param(Smoke({}, error="None"), failed({}), "it failed: {}", id="no type is no type None"),
        pytest.param(
            Smoke({}, error="KeyError"),
            answered({"id": 7}),
            'it answered {"id": 7} instead of failing with KeyError',
            id="no error, where one was expected",
        ),
        pytest.param(
            Smoke({}, error="KeyError"),
            answered({"errorType": "KeyError"}),
            "instead of failing with KeyError",
            id="an answer that looks like the error",
        ),
        pytest.param(
            Smoke({}, answer={"errorMessage": "gone"}, error="KeyError"),
            threw("KeyError"),
            'no {"errorMessage": "gone"}',
            id="the error, with another message",
        ),
        pytest.param(Smoke({}), Called(b"<html>", "42", failed=False), "no JSON: <html>", id="no JSON"),
        pytest.param(Smoke({}), Called(b"\xff", "42", failed=False), "no JSON: \ufffd", id="no text even"),
        pytest.param(
            Smoke({}), Called(b"[" * 50_000, "42", failed=False), "no JSON: [[[", id="deeper than can be read"
        ),
        pytest.param(
            Smoke({}, error="KeyError"), Called(b"oops", "42", failed=True), "no JSON: oops", id="a bare tale"
        ),
    ],
)
def test_what_falls_short_is_said(smoke: Smoke, called: Called, words: str) -> None:
    assert words in str(smoke.unmet(called, 0.2))


@pytest.mark.parametrize(
    ("seconds", "unmet"),
    [
        pytest.param(4.9, None, id="in time"),
        pytest.param(5.0, None, id="just in time"),
        pytest.param(5.1, "it took 5.1 s, not at most 5 s", id="too late"),
    ],
)
def test_an_answer_that_takes_too_long_falls_short(seconds: float, unmet: str | None) -> None:
    assert Smoke({}, within_seconds=5).unmet(answered({}), seconds) == unmet


@pytest.mark.parametrize(
    "called",
    [
        pytest.param(answered({"statusCode": "x" * 100_000}), id="a status without end"),
        pytest.param(answered(["x" * 100_000]), id="an answer without end"),
        pytest.param(Called(b"x" * 100_000, "42", failed=False), id="a text without end"),
        pytest.param(failed({"errorMessage": "x" * 100_000}), id="an error without end"),
        pytest.param(answered({"statusCode": "\ud800"}), id="half a character"),
        pytest.param(failed("\ud800"), id="half a character in an error"),
    ],
)
def test_what_falls_short_is_said_in_few_words_that_can_leave_a_lambda(called: Called) -> None:
    unmet = Smoke({}, answer="y" * 9_000, status=200).unmet(called, 0.2)
    assert unmet
    assert len(unmet.encode()) <= MAX_SAID


@given(payloads | any_.floats(), payloads, any_.booleans())
def test_no_answer_whatever_breaks_the_comparison(answer: Any, wanted: Any, fails: bool) -> None:
    called = failed(answer) if fails else answered(answer)
    assert Smoke({}, answer=wanted, status=200, error="E").unmet(called, 11)


@given(payloads.filter(lambda value: value is not None))
def test_every_answer_has_itself_in_it(answer: Any) -> None:
    assert Smoke({}, answer=answer).unmet(answered(answer), 0) is None
