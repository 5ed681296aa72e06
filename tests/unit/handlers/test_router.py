"""A request is answered by the version that it names, or by its caller's side; by one call, or by none."""

import json
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest

from hotplug.aws.router_cloud import RouterSettings
from hotplug.core.deployment.transition import Outcome
from hotplug.core.errors import ForbiddenError, TryAgainError
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.invocation import CallFailure
from hotplug.core.router.event import MAX_BYTES, VERSION_HEADER
from tests.fakes import InMemoryCloud, InMemoryRouterCloud, split
from tests.support.calling import (
    Ask,
    Environment,
    each_format,
    http,
    iam,
    is_blocked,
    is_free,
    rest,
    was_closed,
)

type Json = dict[str, Any]

ALLOWED = "allowed: a version number like 41, an alias, or one of candidate, stable and previous; once."


@pytest.fixture
def shop(cloud: InMemoryCloud, router: InMemoryRouterCloud) -> InMemoryRouterCloud:
    """A function on 41; 42 is coming in, 40 was before it, 39 was rolled back, and 38 is forgotten."""
    cloud.has_function("orders", versions=["37", "38", "39", "40", "41", "42", "43"])
    was_closed(cloud, "38", "39", Outcome.ROLLED_BACK)
    was_closed(cloud, "38", "40")
    was_closed(cloud, "40", "41")
    is_blocked(cloud)
    cloud.somebody_moves("orders:live", split("41", "42", 5))
    cloud.somebody_moves("orders:beta", Routing("43"))
    router.is_set(routable_versions=2)
    return router


@pytest.fixture
def api(shop: InMemoryRouterCloud) -> Environment:
    return Environment(shop)


def detail(answer: Json, status: int) -> str:
    """What a problem says."""
    body = json.loads(answer["body"])
    assert answer["statusCode"] == body["status"] == status
    assert answer["headers"]["content-type"] == "application/problem+json"
    return str(body["detail"])


def by_header(ask: Ask, name: str, **more: Any) -> Json:
    return ask(headers=[("X-Hotplug-Version", name)], **more)


# Which function


@each_format
def test_the_path_says_the_function(api: Environment, ask: Ask) -> None:
    api.cloud.company.has_function("billing")
    assert api.answers(ask("billing"))["body"] == "billing 41"


@each_format
def test_a_stage_may_say_it_instead(api: Environment, ask: Ask) -> None:
    event = ask("billing", stage_variables={"hotplugFunction": "orders"})
    assert api.answers(event)["body"].startswith("orders ")


@each_format
@pytest.mark.parametrize(
    "function",
    [
        pytest.param("hotplug-shift", id="one that is not a target"),
        pytest.param("my-orders", id="one that ends like a target"),
        pytest.param("orders:41", id="a version with it"),
        pytest.param("orders:$LATEST", id="$LATEST with it"),
        pytest.param("arn:aws:lambda:us-east-1:111122223333:function:orders", id="an ARN"),
        pytest.param("111122223333:orders", id="an account with it"),
        pytest.param("orders\n", id="a line's end"),
        pytest.param("", id="an empty name"),
        pytest.param("orders" * 11, id="66 letters"),
        pytest.param("../orders", id="a path"),
    ],
)
def test_a_function_that_is_no_target_is_a_404_and_never_called(
    api: Environment, ask: Ask, function: str
) -> None:
    api.cloud.company.has_function("hotplug-shift")
    api.cloud.is_set(targets="orders*")
    assert detail(api.answers(ask(function)), 404) == "There is no such function here."
    assert api.cloud.calls.made == []


@each_format
def test_a_target_that_is_not_there_is_a_404_in_the_same_words(api: Environment, ask: Ask) -> None:
    api.cloud.is_set(targets="orders*")
    assert api.answers(ask("orders-2")) == api.answers(ask("billing"))


@each_format
def test_without_a_function_there_is_none(api: Environment, ask: Ask) -> None:
    event = ask() | {"pathParameters": None}
    assert detail(api.answers(event), 404) == "There is no such function here."


@pytest.mark.parametrize("event", [{}, {"source": "aws.events"}, {"Records": []}])
def test_what_is_no_request_is_a_400(api: Environment, event: Json) -> None:
    assert "payload format 1.0 or 2.0" in detail(api.answers(event), 400)
    assert api.cloud.calls.made == []


# Without a name


@each_format
def test_who_names_nothing_follows_the_alias_and_nothing_is_looked_up(api: Environment, ask: Ask) -> None:
    served = [api.serves(ask()) for _ in range(40)]
    assert [made.qualifier for made in api.cloud.calls.made] == ["live"] * 40
    assert [each.version for each in served].count("42") == 2
    assert api.cloud.alias_views.views == {}
    assert not any(each.is_named for each in served)


def test_the_alias_is_the_installations(api: Environment) -> None:
    api.cloud.is_set(alias="beta")
    assert api.answers(rest())["headers"][VERSION_HEADER] == "43"


# With one


@each_format
@pytest.mark.parametrize(
    ("naming", "qualifier"),
    [
        pytest.param(
            {
                "headers": [("x-hotplug-version", "40")],
                "query": "version=41",
                "cookies": ["hotplug-version=42"],
            },
            "40",
            id="the header before all",
        ),
        pytest.param(
            {"query": "version=41", "cookies": ["hotplug-version=42"]}, "41", id="the query before the cookie"
        ),
        pytest.param({"cookies": ["hotplug-version=42"]}, "42", id="the cookie"),
        pytest.param({"query": "a=1&%76ersion=%34%30"}, "40", id="an encoded query"),
    ],
)
def test_a_name_counts_where_it_comes_first(api: Environment, ask: Ask, naming: Json, qualifier: str) -> None:
    served = api.serves(ask(**naming))
    assert [made.qualifier for made in api.cloud.calls.made] == [qualifier]
    assert served.is_named
    assert served.answer["headers"][VERSION_HEADER] == served.version == qualifier


@each_format
@pytest.mark.parametrize(
    ("name", "qualifier"),
    [
        ("41", "41"),
        ("42", "42"),
        ("40", "40"),
        ("stable", "41"),
        ("candidate", "42"),
        ("previous", "40"),
        ("live", "live"),
    ],
)
def test_a_name_leads_to_its_version(api: Environment, ask: Ask, name: str, qualifier: str) -> None:
    assert api.qualifier(by_header(ask, name)) == qualifier


def test_another_alias_may_be_named_where_the_installation_says_so(api: Environment) -> None:
    api.cloud.is_set(routable_aliases=("alpha", "beta"))
    assert api.answers(by_header(rest, "beta"))["headers"][VERSION_HEADER] == "43"


def test_a_preview_is_reached_by_those_who_name_it_and_by_nobody_else(api: Environment) -> None:
    api.cloud.company.somebody_moves("orders:live", split("41", "42", 0))
    assert api.answers(by_header(rest, "candidate"))["body"] == "orders 42"
    assert {api.answers(rest())["body"] for _ in range(50)} == {"orders 41"}


def test_the_parameters_name_is_the_installations(api: Environment) -> None:
    api.cloud.is_set(parameter="v")
    assert api.qualifier(rest(query="v=40&version=42")) == "40"


@each_format
@pytest.mark.parametrize(
    ("naming", "where"),
    [
        pytest.param({"headers": [("x-hotplug-version", "$LATEST")]}, "header", id="$LATEST in a header"),
        pytest.param({"headers": [("x-hotplug-version", "")]}, "header", id="an empty header"),
        pytest.param({"headers": [("x-hotplug-version", "041")]}, "header", id="a zero before it"),
        pytest.param({"headers": [("x-hotplug-version", "\uff14\uff11")]}, "header", id="full-width digits"),
        pytest.param(
            {"headers": [("x-hotplug-version", "41"), ("X-Hotplug-Version", "41")]},
            "header",
            id="the same header twice",
        ),
        pytest.param(
            {"headers": [("x-hotplug-version", "$LATEST")], "query": "version=41"},
            "header",
            id="a header before a query that is well",
        ),
        pytest.param({"query": "version=%24LATEST"}, "query parameter", id="$LATEST in the query"),
        pytest.param({"query": "version="}, "query parameter", id="an empty query"),
        pytest.param({"query": "version"}, "query parameter", id="a query without a value"),
        pytest.param({"query": "version=+41"}, "query parameter", id="a space before it"),
        pytest.param({"query": "version=41%0A"}, "query parameter", id="a line's end"),
        pytest.param({"query": "version=41&version=42"}, "query parameter", id="two in the query"),
        pytest.param({"query": "version=41&%76ersion=41"}, "query parameter", id="twice, once encoded"),
        pytest.param({"query": f"version={'x' * 130}"}, "query parameter", id="130 letters"),
        pytest.param({"query": "version=%D9%A4%D9%A1"}, "query parameter", id="digits of another script"),
        pytest.param({"cookies": ["hotplug-version=$LATEST"]}, "cookie", id="$LATEST in a cookie"),
        pytest.param({"cookies": ["hotplug-version=41:42"]}, "cookie", id="a colon in a cookie"),
        pytest.param({"cookies": ["hotplug-version=41", "hotplug-version=41"]}, "cookie", id="two cookies"),
    ],
)
def test_what_is_no_name_is_a_400_that_says_where_and_what_is_allowed(
    api: Environment, ask: Ask, naming: Json, where: str
) -> None:
    said = detail(api.answers(ask(**naming)), 400)
    assert said.startswith(f"The {where}")
    assert said.endswith(ALLOWED)
    assert api.cloud.calls.made == []
    assert api.cloud.alias_views.views == {}


def test_a_400_does_not_repeat_what_came(api: Environment) -> None:
    assert "<script>" not in json.dumps(api.answers(rest(query="version=<script>")))


@each_format
def test_all_that_may_not_be_reached_is_answered_alike_be_it_there_or_not(api: Environment, ask: Ask) -> None:
    api.cloud.company.functions.delete_version("orders", "40")
    names = ["7", "37", "38", "39", "43", "beta", "nothing", "9999999999", "40"]
    answers = [api.answers(by_header(ask, name)) for name in names]
    answers.append(api.answers(by_header(ask, "41", function="nobody")))
    assert detail(answers[0], 404) == "There is no such version here."
    assert all(answer == answers[0] for answer in answers)
    assert [made.qualifier for made in api.cloud.calls.made] == ["40"]


@pytest.mark.parametrize("name", ["candidate", "previous"])
def test_a_word_that_stands_for_nothing_is_a_404_too(
    cloud: InMemoryCloud, router: InMemoryRouterCloud, name: str
) -> None:
    cloud.has_function("orders")
    api = Environment(router)
    assert detail(api.answers(by_header(rest, name)), 404) == "There is no such version here."


@each_format
@pytest.mark.parametrize("name", ["stable", "$LATEST", "candidate"])
def test_an_alias_on_unpublished_code_is_followed_but_not_named(
    api: Environment, ask: Ask, name: str
) -> None:
    api.cloud.company.somebody_moves("orders:live", Routing("$LATEST"))
    api.cloud.is_set(affinity_header="x-tenant")
    assert api.status(by_header(ask, name)) in {400, 404}
    assert api.qualifier(ask(headers=[("X-Tenant", "ann")])) == "live"
    assert "$LATEST" not in {made.qualifier for made in api.cloud.calls.made}


# Who may name one

TESTER = "arn:aws:sts::111122223333:assumed-role/Tester/ann"


def jwt(**claims: str) -> Json:
    return {"authorizer": {"jwt": {"claims": claims, "scopes": None}, "claims": claims}}


@each_format
@pytest.mark.parametrize(
    ("allowed_principals", "context", "may"),
    [
        pytest.param("*", {}, True, id="anybody"),
        pytest.param("arn:aws:sts::*:assumed-role/Tester/*", iam(TESTER), True, id="a role"),
        pytest.param("arn:aws:sts::*:assumed-role/Admin/*", iam(TESTER), False, id="another role"),
        pytest.param("testers", jwt(**{"cognito:groups": "[admins testers]"}), True, id="a group"),
        pytest.param("orders/test", jwt(scope="openid orders/test"), True, id="a scope"),
        pytest.param("orders/test", jwt(scope="openid orders/tester"), False, id="another scope"),
        pytest.param(TESTER, jwt(**{"cognito:groups": TESTER}), False, id="a group that looks like a role"),
        pytest.param("arn:*", jwt(scope=TESTER), False, id="a scope that looks like a role"),
        pytest.param("testers", iam(TESTER), False, id="a principal for a group"),
        pytest.param("testers", {}, False, id="nobody"),
        pytest.param("", iam(TESTER), False, id="nobody may"),
    ],
)
def test_only_who_may_name_a_version_is_given_it(
    api: Environment, ask: Ask, allowed_principals: str, context: Json, may: bool
) -> None:
    api.cloud.is_set(allowed_principals=tuple(filter(None, [allowed_principals])))
    if may:
        assert api.qualifier(by_header(ask, "42", context=context)) == "42"
    else:
        said = detail(api.answers(by_header(ask, "42", context=context)), 403)
        assert said == "This caller may not name a version."
        assert api.cloud.calls.made == []


@each_format
@pytest.mark.parametrize("name", ["$LATEST", "", "nothing", "41"])
def test_who_may_not_name_one_learns_nothing_from_trying(api: Environment, ask: Ask, name: str) -> None:
    api.cloud.is_set(allowed_principals=("testers",))
    assert detail(api.answers(by_header(ask, name)), 403) == "This caller may not name a version."


def test_who_may_not_name_one_is_answered_without_a_name(api: Environment) -> None:
    api.cloud.is_set(allowed_principals=("testers",))
    assert api.status(rest()) == 200


# Callers with a key


@pytest.fixture
def sticky(api: Environment) -> Environment:
    """An API whose callers may have a key, in a header or a cookie."""
    api.cloud.is_set(affinity_header="x-tenant", affinity_cookie="tenant")
    return api


def asked_by(key: str, ask: Ask = rest, function: str = "orders") -> Json:
    return ask(function, headers=[("X-Tenant", key)])


TENANTS = [f"tenant-{at}" for at in range(200)]


def candidates(sticky: Environment, tenants: Sequence[str] = TENANTS) -> set[str]:
    """Who is answered by 42; everybody else is by 41, and both by number."""
    picks = {tenant: sticky.qualifier(asked_by(tenant)) for tenant in tenants}
    assert set(picks.values()) <= {"41", "42"}
    return {tenant for tenant, qualifier in picks.items() if qualifier == "42"}


@each_format
def test_a_caller_with_a_key_stays_on_one_side(sticky: Environment, ask: Ask) -> None:
    sticky.cloud.company.somebody_moves("orders:live", split("41", "42", 50))
    sides = {tenant: {sticky.qualifier(asked_by(tenant, ask)) for _ in range(3)} for tenant in TENANTS[:40]}
    assert all(len(each) == 1 for each in sides.values())
    assert {qualifier for each in sides.values() for qualifier in each} == {"41", "42"}


@each_format
def test_a_key_is_the_same_in_a_header_and_in_a_cookie(sticky: Environment, ask: Ask) -> None:
    sticky.cloud.company.somebody_moves("orders:live", split("41", "42", 50))
    for tenant in TENANTS[:20]:
        in_cookie = sticky.qualifier(ask(cookies=[f"tenant={tenant}"]))
        assert sticky.qualifier(asked_by(tenant, ask)) == in_cookie


def test_the_header_comes_before_the_cookie_and_what_is_empty_is_no_key(sticky: Environment) -> None:
    sticky.cloud.company.somebody_moves("orders:live", split("41", "42", 50))
    one = next(tenant for tenant in TENANTS if tenant in candidates(sticky))
    other = next(tenant for tenant in TENANTS if tenant not in candidates(sticky))
    cookies = [f"tenant={other}"]
    assert sticky.qualifier(rest(headers=[("X-Tenant", one)], cookies=cookies)) == "42"
    assert sticky.qualifier(rest(headers=[("X-Tenant", "")], cookies=cookies)) == "41"
    assert sticky.qualifier(rest(headers=[("X-Tenant", "")])) == "live"


def test_a_function_sees_the_key(sticky: Environment) -> None:
    event = rest(headers=[("X-Tenant", "ann")], cookies=["tenant=ann"])
    sticky.serves(event)
    assert sticky.cloud.calls.made[0].event == event


@pytest.mark.slow
def test_nobody_flips_while_the_weight_rises_from_step_to_step(sticky: Environment) -> None:
    company = sticky.cloud.company
    found = []
    for percent in (0, 5, 25, 50, 100):
        company.somebody_moves("orders:live", split("41", "42", percent))
        for _ in range(6):
            found.append(candidates(sticky))
            company.passes(3)
    company.somebody_moves("orders:live", Routing("42"))
    is_free(company)
    company.passes(9)
    found.append(candidates(sticky))
    assert all(before <= after for before, after in pairwise(found))
    assert (found[0], found[-1]) == (set(), set(TENANTS))
    assert 3 <= len({len(each) for each in found}) <= 6


@pytest.mark.slow
def test_two_routers_never_disagree_while_the_weight_rises(sticky: Environment) -> None:
    company = sticky.cloud.company
    other = Environment(sticky.cloud)
    for percent in (5, 25, 50):
        company.somebody_moves("orders:live", split("41", "42", percent))
        for _ in range(16):
            assert candidates(sticky, TENANTS[:30]) == candidates(other, TENANTS[:30])
            company.passes(0.9)


def test_a_rollback_takes_everybody_back_within_five_seconds(sticky: Environment) -> None:
    company = sticky.cloud.company
    company.somebody_moves("orders:live", split("41", "42", 50))
    company.passes(20)
    assert candidates(sticky)
    company.somebody_moves("orders:live", Routing("41"))
    company.passes(5.001)
    assert candidates(sticky) == set()


def test_functions_of_one_deployment_have_the_same_callers_on_the_same_side(sticky: Environment) -> None:
    company = sticky.cloud.company
    company.has_function("billing", versions=["6", "7"])
    is_blocked(company, "billing:live")
    company.somebody_moves("orders:live", split("41", "42", 50))
    company.somebody_moves("billing:live", split("6", "7", 50))
    on_new = {tenant for tenant in TENANTS if sticky.qualifier(asked_by(tenant, rest, "billing")) == "7"}
    assert on_new == candidates(sticky)


def test_another_deployment_begins_with_others(sticky: Environment) -> None:
    company = sticky.cloud.company
    company.somebody_moves("orders:live", split("41", "42", 25))
    first = candidates(sticky)
    is_free(company)
    is_blocked(company, deployment="d-2")
    company.passes(9)
    second = candidates(sticky)
    assert first
    assert second
    assert first != second


def test_a_split_that_nobody_claims_keeps_its_callers_too(sticky: Environment) -> None:
    company = sticky.cloud.company
    is_free(company)
    company.somebody_moves("orders:live", split("41", "42", 25))
    first = candidates(sticky)
    company.passes(9)
    assert candidates(sticky) == first != set()


def test_at_rest_everybody_is_on_one_side(sticky: Environment) -> None:
    is_free(sticky.cloud.company)
    sticky.cloud.company.somebody_moves("orders:live", Routing("41"))
    assert candidates(sticky) == set()


def test_a_key_does_not_matter_to_who_names_a_version(sticky: Environment) -> None:
    event = rest(headers=[("X-Tenant", "ann"), ("X-Hotplug-Version", "40")])
    assert sticky.qualifier(event) == "40"


def test_calls_by_key_count_as_the_releases_own(sticky: Environment) -> None:
    assert not sticky.serves(asked_by("ann")).is_named


# Callers who are given one


def cookies_of(answer: Json) -> list[str]:
    return [*answer.get("cookies", ()), *answer.get("multiValueHeaders", {}).get("Set-Cookie", ())]


@pytest.fixture
def issuing(api: Environment) -> Environment:
    api.cloud.is_set(issues_affinity=True)
    return api


ISSUED = re.compile(r"hotplug-affinity=([\w-]{22}); Max-Age=2592000; Path=/; HttpOnly; Secure; SameSite=Lax")


@each_format
def test_a_caller_without_a_key_is_given_one_and_then_keeps_it(issuing: Environment, ask: Ask) -> None:
    issuing.cloud.company.somebody_moves("orders:live", split("41", "42", 50))
    for _ in range(10):
        answer = issuing.answers(ask())
        (cookie,) = cookies_of(answer)
        given = ISSUED.fullmatch(cookie)
        assert given
        again = issuing.answers(ask(cookies=[f"hotplug-affinity={given[1]}"]))
        assert again["headers"][VERSION_HEADER] == answer["headers"][VERSION_HEADER]
        assert cookies_of(again) == []


def test_each_caller_is_given_a_key_of_its_own(issuing: Environment) -> None:
    assert len({cookies_of(issuing.answers(rest()))[0] for _ in range(20)}) == 20


def test_the_cookie_is_the_one_that_the_installation_reads(issuing: Environment) -> None:
    issuing.cloud.is_set(affinity_cookie="tenant")
    (cookie,) = cookies_of(issuing.answers(rest()))
    assert cookie.startswith("tenant=")
    assert cookies_of(issuing.answers(rest(cookies=["tenant=ann"]))) == []


@each_format
def test_who_has_a_key_in_a_header_is_given_none(issuing: Environment, ask: Ask) -> None:
    issuing.cloud.is_set(affinity_header="x-tenant")
    assert cookies_of(issuing.answers(asked_by("ann", ask))) == []


@each_format
@pytest.mark.parametrize("name", ["42", "nothing", "$LATEST"])
def test_who_names_a_version_is_given_none(issuing: Environment, ask: Ask, name: str) -> None:
    assert cookies_of(issuing.answers(by_header(ask, name))) == []


@each_format
def test_a_functions_own_cookies_stay(issuing: Environment, ask: Ask) -> None:
    answer: Json = {"statusCode": 200, "cookies": ["a=1"]}
    if ask is rest:
        answer = {"statusCode": 200, "headers": {"Set-Cookie": "a=1"}}
    issuing.cloud.calls.answers("orders", answer)
    assert [cookie.partition("=")[0] for cookie in cookies_of(issuing.answers(ask()))] == [
        "a",
        "hotplug-affinity",
    ]


@each_format
def test_a_problem_on_the_way_does_not_cost_the_key(issuing: Environment, ask: Ask) -> None:
    issuing.cloud.calls.hinders("orders", CallFailure.THROTTLED)
    answer = issuing.answers(ask())
    assert answer["statusCode"] == 429
    assert len(cookies_of(answer)) == 1


# When something does not answer

ERRORS = [TryAgainError("throttled"), ForbiddenError("AccessDenied")]


@each_format
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_without_the_ledger_a_key_follows_the_alias(sticky: Environment, ask: Ask, error: Exception) -> None:
    sticky.cloud.alias_views.fails_next("known", error)
    assert sticky.qualifier(asked_by("ann", ask)) == "live"


@each_format
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_without_the_ledger_a_name_is_a_503_that_says_when_to_come_back(
    api: Environment, ask: Ask, error: Exception
) -> None:
    api.cloud.alias_views.fails_next("known", error)
    answer = api.answers(by_header(ask, "42"))
    said = detail(answer, 503)
    assert said == "It is not known at this moment which versions may be named."
    assert answer["headers"]["retry-after"] == "1"
    assert str(error) not in json.dumps(answer)
    assert api.cloud.calls.made == []
    assert api.qualifier(by_header(ask, "42")) == "42"


@each_format
def test_what_is_remembered_bridges_a_ledger_that_is_away_for_a_moment(sticky: Environment, ask: Ask) -> None:
    sticky.cloud.company.somebody_moves("orders:live", split("41", "42", 100))
    assert sticky.qualifier(asked_by("ann", ask)) == "42"
    sticky.cloud.company.passes(2)
    sticky.cloud.alias_views.fails_next("known", TryAgainError("throttled"))
    assert sticky.qualifier(asked_by("ann", ask)) == "42"


@each_format
@pytest.mark.parametrize("failure", sorted({*CallFailure} - {CallFailure.MISSING}))
@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda ask: ask(), id="by the alias"),
        pytest.param(lambda ask: by_header(ask, "42"), id="by name"),
        pytest.param(lambda ask: asked_by("ann", ask), id="by key"),
    ],
)
def test_whatever_comes_of_it_a_request_is_one_call(
    sticky: Environment, ask: Ask, failure: CallFailure, made: Callable[[Ask], Json]
) -> None:
    sticky.cloud.calls.hinders("orders", failure)
    assert sticky.status(made(ask)) >= 400
    assert len(sticky.cloud.calls.made) == 1


@each_format
def test_a_request_that_is_too_large_is_no_call(api: Environment, ask: Ask) -> None:
    answer = api.answers(ask(body="x" * MAX_BYTES))
    assert "6291456 bytes" in detail(answer, 413)
    assert api.cloud.calls.made == []


# As it is installed


def test_the_default_is_that_anybody_names_and_nobody_has_a_key() -> None:
    settings = RouterSettings("*", "live", "ledger", routable_versions=3)
    assert (settings.allowed_principals, settings.parameter, settings.routable_aliases) == (
        ("*",),
        "version",
        (),
    )
    assert (settings.affinity_header, settings.affinity_cookie, settings.issues_affinity) == ("", "", False)


def test_both_formats_are_answered_alike(api: Environment) -> None:
    for query in ("", "version=42", "version=7", "version=$LATEST"):
        assert api.answers(rest(query=query)) == api.answers(http(query=query))
