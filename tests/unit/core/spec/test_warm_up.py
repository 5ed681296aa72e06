"""What a request may say of environments that are made before the calls, and what the plan keeps of it."""

from typing import Any

import pytest

from hotplug.core.errors import UnreadableError
from hotplug.core.request.request import Request, read_request
from hotplug.core.spec.warm_up import MAX_ENVIRONMENTS, WARM_UP, Before, WarmUp

SMOKE = [{"payload": {"id": 7}}]
UNANSWERED = [{"payload": {}, "expect": {"error": "KeyError"}}]


def warm_of(**request: Any) -> list[WarmUp | None]:
    """The warm-up of each target of a request that is right."""
    read = read_request({"smoke": SMOKE} | request)
    assert isinstance(read, Request), read
    return [wanted.warm for wanted in read.targets]


def problem(**request: Any) -> tuple[str, str, str]:
    """The only problem: its field, what was given, what is allowed."""
    read = read_request({"function": "orders"} | request)
    assert not isinstance(read, Request)
    [found] = read
    return found.field, found.given, found.allowed


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        pytest.param({"environments": 30}, WarmUp(30), id="a number"),
        pytest.param({"environments": 1, "before": "first"}, WarmUp(1), id="before the first call"),
        pytest.param(
            {"environments": MAX_ENVIRONMENTS, "before": "increases"},
            WarmUp(100, Before.INCREASES),
            id="before increases",
        ),
        pytest.param({"environments": 2, "payload": [1]}, WarmUp(2, own=([1],)), id="a payload"),
        pytest.param({"environments": 2, "payload": None}, WarmUp(2, own=(None,)), id="null as a payload"),
        pytest.param({"environments": 0}, None, id="none"),
    ],
)
def test_it_is_read_as_it_is_said(said: Any, meant: WarmUp | None) -> None:
    assert warm_of(function="orders", warm=said) == [meant]


def test_without_a_word_nothing_is_made() -> None:
    assert warm_of(function="orders") == [None]


def test_a_function_may_have_its_own_or_none() -> None:
    functions = [
        "orders",
        {"name": "billing", "warm": {"environments": 2}},
        {"name": "mail", "warm": {"environments": 0}},
    ]
    assert warm_of(functions=functions, warm={"environments": 30}) == [WarmUp(30), WarmUp(2), None]


@pytest.mark.parametrize(
    ("warm", "field", "given", "allowed"),
    [
        pytest.param(7, "warm", "7", "a JSON object", id="a number alone"),
        pytest.param({}, "warm.environments", "nothing", "a whole number from 0 to 100", id="empty"),
        pytest.param({"environments": 101}, "warm.environments", "101", "from 0 to 100", id="too many"),
        pytest.param({"environments": "auto"}, "warm.environments", '"auto"', "a whole number", id="a word"),
        pytest.param(
            {"environments": 1, "before": "all"}, "warm.before", '"all"', '"first" or "increases"', id="when"
        ),
        pytest.param(
            {"environments": 1, "payload": "x" * 10_000}, "warm.payload", "xxx", "at most 10000", id="long"
        ),
        pytest.param(
            {"environments": 1, "paylod": 1}, "warm.paylod", "an unknown key", "mean payload?", id="a typo"
        ),
    ],
)
def test_what_is_wrong_is_named(warm: Any, field: str, given: str, allowed: str) -> None:
    found = problem(warm=warm, smoke=SMOKE)
    assert found[0] == field
    assert given in found[1]
    assert allowed in found[2]


@pytest.mark.parametrize(
    "smoke", [None, [], UNANSWERED], ids=["no smoke", "an empty list", "all expect errors"]
)
def test_without_a_payload_it_is_refused(smoke: Any) -> None:
    more = {} if smoke is None else {"smoke": smoke}
    assert problem(warm={"environments": 30}, **more) == (
        "warm.payload",
        "nothing, and no smoke for orders",
        'a payload, or "smoke" for every function: the payloads of those that expect no error are sent',
    )


def test_the_functions_without_a_payload_are_named() -> None:
    read = read_request(
        {
            "functions": ["orders", {"name": "billing", "smoke": []}, {"name": "mail", "smoke": []}],
            "smoke": SMOKE,
            "warm": {"environments": 2},
        }
    )
    assert not isinstance(read, Request)
    assert [(it.field, it.given) for it in read] == [
        ("warm.payload", "nothing, and no smoke for billing, mail")
    ]


def test_smoke_that_is_wrong_is_not_said_to_be_missing() -> None:
    assert problem(warm={"environments": 2}, smoke=[7])[0] == "smoke[0]"


def test_its_own_payload_needs_no_smoke() -> None:
    assert warm_of(function="orders", smoke=[], warm={"environments": 2, "payload": {}}) == [
        WarmUp(2, own=({},))
    ]


@pytest.mark.parametrize(
    ("warm", "kept"),
    [
        pytest.param(WarmUp(30), {"environments": 30}, id="defaults are left out"),
        pytest.param(
            WarmUp(3, Before.INCREASES, ({"a": [None]},), 512),
            {"environments": 3, "before": "increases", "payload": {"a": [None]}, "memoryMb": 512},
            id="all of it",
        ),
        pytest.param(WarmUp(1, own=(None,)), {"environments": 1, "payload": None}, id="null as a payload"),
    ],
)
def test_the_plan_keeps_what_was_said(warm: WarmUp, kept: dict[str, Any]) -> None:
    assert WARM_UP.write(warm) == kept
    assert WARM_UP(kept) == warm


@pytest.mark.parametrize("kept", [{}, {"environments": 0}, {"environments": 1, "before": "later"}], ids=str)
def test_what_no_release_wrote_is_not_read(kept: Any) -> None:
    with pytest.raises(UnreadableError):
        WARM_UP(kept)
