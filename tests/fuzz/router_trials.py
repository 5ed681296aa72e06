"""What must hold for the router, whatever comes from its callers, its functions and its ledger."""

import json
from functools import cache
from random import Random
from typing import Any

from hotplug.activities.alias_views import AliasCache
from hotplug.activities.forward_request import Served
from hotplug.aws.alias_views import KEPT_DAYS, AwsAliasViews, Known
from hotplug.aws.dynamodb_json import encode
from hotplug.core.deployment.transition import Outcome
from hotplug.core.errors import TryAgainError
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.invocation import CallFailure
from hotplug.core.resources.target import Target
from hotplug.core.router.event import VERSION_COOKIE, VERSION_HEADER, Incoming
from hotplug.handlers import router as router_room
from tests.fakes import InMemoryCloud, InMemoryRouterCloud, split
from tests.fakes.alias_views import InMemoryAliasViews
from tests.fuzz.calls import NAMES, PRINCIPAL, Named, a_named_request, an_answer, an_odd_request
from tests.fuzz.mutation import mutate
from tests.fuzz.trial import Verdict
from tests.support.calling import FORMATS, is_blocked, was_closed

type Json = Any

ALLOWED = frozenset(NAMES.values())
PLAIN_COOKIE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789$:,/*?%&+#._-'\\")
"""What a cookie's value is made of where nothing has to be taken off it."""
SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"issues_affinity": True},
    {"affinity_header": "x-tenant", "affinity_cookie": "tenant"},
    {"affinity_cookie": "tenant", "issues_affinity": True, "allowed_principals": ("testers",)},
    {"allowed_principals": ("arn:aws:sts::*:assumed-role/Tester/*",), "parameter": "v"},
)


@cache
def _company() -> tuple[InMemoryCloud, AliasCache]:
    """42 is being brought into orders:live, 41 is stable, 40 was before it; 39 was rolled back."""
    company = InMemoryCloud()
    company.has_function("orders", versions=[str(version) for version in range(37, 44)])
    was_closed(company, "38", "39", Outcome.ROLLED_BACK)
    was_closed(company, "38", "40")
    was_closed(company, "40", "41")
    is_blocked(company)
    company.somebody_moves("orders:live", split("41", "42", 50))
    company.somebody_moves("orders:beta", Routing("43"))
    return company, AliasCache()


def _router(**settings: Any) -> InMemoryRouterCloud:
    """A router that remembers what it saw."""
    company, router_room.views = _company()
    router = InMemoryRouterCloud(company)
    router.is_set(targets="orders*", routable_versions=2, routable_aliases=("beta",), **settings)
    return router


def a_version_reaches_what_may_be_named_or_nothing(random: Random) -> Verdict:
    named, router = a_named_request(random), _router()
    served = _served(router, named.event)
    reached = [made.qualifier for made in router.calls.made]
    expected = NAMES.get(named.names[0]) if len(named.names) == 1 else None
    if _is_read_as_it_is(named):
        assert reached == ([expected] if expected else []), f"{named.names} reached {reached}"
        assert served.answer["statusCode"] == 200 if expected else served.answer["statusCode"] in {400, 404}
    return Verdict.ACCEPTED if reached else Verdict.REFUSED


def _is_read_as_it_is(named: Named) -> bool:
    return named.place != "cookie" or all(PLAIN_COOKIE.issuperset(name) for name in named.names)


def _served(router: InMemoryRouterCloud, event: Json) -> Served:
    """In and out is JSON; nothing is called twice, and nothing that may not be."""
    served = router_room.route(json.loads(json.dumps(event)), router)
    for made in router.calls.made:
        assert made.function == "orders", f"{made.function} is no target"
        assert made.qualifier in ALLOWED, f"{made.qualifier} was called"
        _check_nothing_is_named(router, made.event)
    assert len(router.calls.made) <= 1, "it was called twice"
    _check_for_api_gateway(served.answer)
    return served


def _check_nothing_is_named(router: InMemoryRouterCloud, event: Json) -> None:
    incoming = Incoming.of(event)
    assert not incoming.header(VERSION_HEADER), "the function saw the header"
    assert not incoming.query(router.settings.parameter), "the function saw the parameter"
    assert not incoming.cookie(VERSION_COOKIE), "the function saw the cookie"


def _check_for_api_gateway(answer: Json) -> None:
    """It can leave the Lambda, and API Gateway knows what to do with it."""
    json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
    assert 100 <= int(answer["statusCode"]) <= 599
    assert isinstance(answer.get("headers") or {}, dict)
    if "problem+json" in str((answer.get("headers") or {}).get("content-type")):
        body = json.loads(answer["body"])
        assert body["status"] == answer["statusCode"] >= 400
        assert all(body[key] for key in ("type", "title", "detail"))


def a_request_is_answered_whatever_is_wrong_with_it(random: Random) -> Verdict:
    router = _router(**random.choice(SETTINGS))
    try:
        event = json.loads(json.dumps(an_odd_request(random)))
    except RecursionError:
        return Verdict.REFUSED
    if random.random() < 0.1:
        router_room.views = AliasCache()
        router.alias_views.fails_next("known", TryAgainError("throttled"))
    if random.random() < 0.1:
        router.calls.hinders("orders", random.choice(list(CallFailure)))
    _served(router, event)
    return Verdict.ACCEPTED if router.calls.made else Verdict.REFUSED


def an_answer_is_passed_on_or_is_a_problem(random: Random) -> Verdict:
    router = _router(**random.choice(SETTINGS))
    router.calls.answers("orders", an_answer(random))
    ask = random.choice(list(FORMATS.values()))
    served = _served(router, ask(context={"identity": {"userArn": PRINCIPAL}}))
    assert len(router.calls.made) == 1
    headers = served.answer.get("headers") or {}
    assert headers[VERSION_HEADER] == served.version in {"41", "42"}
    said = [key for key in headers if key.lower() == VERSION_HEADER]
    lists = served.answer.get("multiValueHeaders") or {}
    assert said == [VERSION_HEADER]
    assert not [key for key in lists if key.lower() == VERSION_HEADER]
    is_problem = headers.get("content-type") == "application/problem+json"
    return Verdict.REFUSED if is_problem else Verdict.ACCEPTED


class Spoilt(InMemoryAliasViews):
    """Routes whose shared view somebody has written over, until it is shared anew."""

    def __init__(self, company: InMemoryCloud, shown: Json) -> None:
        super().__init__(company.ledger)
        self._shown = shown

    def known(self, target: Target) -> Known:
        fresh = super().known(target)
        if fresh.view:
            return fresh
        client: Any = _Table(encode({"pk": f"target#{target}", "sk": "view", "shown": self._shown}))
        return Known(AwsAliasViews(client, "table", KEPT_DAYS).known(target).view, fresh.deployment)


class _Table:
    """A client of DynamoDB that finds one item."""

    def __init__(self, item: Json) -> None:
        self._item = item

    def batch_get_item(self, **_: Any) -> Json:
        return {"Responses": {"table": [self._item]}, "UnprocessedKeys": {}}


def a_broken_view_does_not_break_the_router(random: Random) -> Verdict:
    """What cannot be read is looked at anew; what can, and is wrong, leads to no code that is unpublished."""
    router = _router(affinity_header="x-tenant")
    router_room.views = AliasCache()
    at = router.now().isoformat()
    sides = {"version": "41", "weights": {"42": 0.5}, "deployment": "d-1"}
    shown = {"sides": sides, "good": ["41", "40"], "at": at, "past": [sides | {"until": at}]}
    for _ in range(random.randint(1, 3)):
        mutate(random, shown)
    try:
        router.alias_views = Spoilt(router.company, json.loads(json.dumps(shown)))
    except (RecursionError, ValueError):
        return Verdict.REFUSED
    ask = random.choice(list(FORMATS.values()))
    by_key, by_name = ask(headers=[("X-Tenant", "ann")]), ask(query=f"version={random.choice(list(NAMES))}")
    for event in (by_key, by_name, by_key):
        _check_for_api_gateway(router_room.route(event, router).answer)
    assert "$LATEST" not in {made.qualifier for made in router.calls.made}
    return Verdict.ACCEPTED if router.alias_views.views else Verdict.REFUSED
