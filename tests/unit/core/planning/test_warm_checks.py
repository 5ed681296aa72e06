"""A warm-up is refused where concurrency has no room for it."""

from dataclasses import replace
from typing import Any

import pytest

from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.parsing.problem import Problem
from hotplug.core.planning.facts import TargetFacts
from hotplug.core.planning.warm_checks import warm_checks
from hotplug.core.request.request import Request, read_request
from hotplug.core.resources.alias import AliasState, Routing
from hotplug.core.resources.function import FunctionState

STATE = FunctionState("$LATEST", "Active", "Successful", "", "sha", "r", "role", "", "Zip")
BUSY = TrafficProfile(10, 600, 0, (200, 500, 900))
"""600 calls a minute of half a second at the p90: 5 at the same time."""


def facts(*, reserved: int | None = None, is_new: bool = False, **more: Any) -> TargetFacts:
    alias = None if is_new else AliasState(Routing("41"), "r")
    return TargetFacts(replace(STATE, reserved=reserved), alias, **more)


def problems(
    *found: TargetFacts, environments: int = 30, unreserved: int | None = 1_000
) -> list[tuple[str, str, str]]:
    """Of a request for functions a, b ..."""
    names = [chr(ord("a") + at) for at in range(len(found))]
    request = read_request({"functions": names, "warm": {"environments": environments, "payload": {}}})
    assert isinstance(request, Request)
    seen = {f"{name}:live": each for name, each in zip(names, found, strict=True)}
    told: list[Problem] = list(warm_checks(request, seen, unreserved))
    return [(it.field, it.given, it.allowed) for it in told]


@pytest.mark.parametrize(
    ("found", "environments", "unreserved"),
    [
        pytest.param([facts(reserved=31)], 30, 1_000, id="reserved, with one call of the live version"),
        pytest.param([facts(reserved=30, is_new=True)], 30, 1_000, id="reserved, without a live version"),
        pytest.param(
            [facts(reserved=35, profile=BUSY)], 30, 1_000, id="reserved, with what it usually needs"
        ),
        pytest.param([facts(reserved=38, concurrency={"41": 8})], 30, 1_000, id="reserved and provisioned"),
        pytest.param([facts(reserved=38)], 30, 0, id="reserved needs nothing of the account"),
        pytest.param([facts()], 30, 31, id="of the account"),
        pytest.param([facts(), facts()], 100, 102, id="100 at once of all functions"),
        pytest.param([facts()], 30, None, id="the account is not known"),
        pytest.param([TargetFacts(None)], 30, 1_000, id="no function"),
    ],
)
def test_what_fits_is_let_through(
    found: list[TargetFacts], environments: int, unreserved: int | None
) -> None:
    assert problems(*found, environments=environments, unreserved=unreserved) == []


def test_nothing_is_said_where_nothing_is_warmed() -> None:
    assert problems(facts(reserved=1), environments=0, unreserved=0) == []


@pytest.mark.parametrize(
    ("found", "given", "allowed"),
    [
        pytest.param(
            facts(reserved=30),
            "30 for a, of whose 30 reserved executions 1 are in use",
            "at most 29, or more reserved executions",
            id="the live version needs one",
        ),
        pytest.param(
            facts(reserved=34, profile=BUSY),
            "30 for a, of whose 34 reserved executions 5 are in use",
            "at most 29, or more reserved executions",
            id="the live version usually needs more",
        ),
        pytest.param(
            facts(reserved=34, profile=BUSY, concurrency={"41": 8, "live": 2}),
            "30 for a, of whose 34 reserved executions 10 are in use",
            "at most 24, or more reserved executions",
            id="more is provisioned",
        ),
        pytest.param(
            facts(reserved=0),
            "30 for a, of whose 0 reserved executions 0 are in use",
            'more reserved executions, or no "warm": nothing is left',
            id="it is switched off",
        ),
    ],
)
def test_reserved_concurrency_without_room_refuses_it(found: TargetFacts, given: str, allowed: str) -> None:
    assert problems(found) == [("warm.environments", given, allowed)]


def test_an_account_without_room_refuses_it() -> None:
    assert problems(facts(), facts(profile=BUSY), environments=6, unreserved=17) == [
        (
            "warm.environments",
            "12 at once for a, b, of the account's 17 unreserved executions 6 are in use",
            "at most 11, or a higher quota",
        )
    ]
