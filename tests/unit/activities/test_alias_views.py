"""How the router knows an alias: soon enough, and with few looks at Lambda however many routers there are."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from hotplug.activities.alias_views import AliasCache, NotKnownError, current_view
from hotplug.core.errors import ForbiddenError, TryAgainError
from hotplug.core.resources.alias import Routing
from hotplug.core.router.selection import AliasView
from tests.fakes import InMemoryCloud, InMemoryRouterCloud, a_target, split
from tests.fakes.faults import Surprising
from tests.support.calling import is_blocked, is_free, was_closed

LIVE, OTHER = a_target("orders:live"), a_target("billing:live")


@pytest.fixture
def shop(cloud: InMemoryCloud, router: InMemoryRouterCloud) -> InMemoryRouterCloud:
    """Two functions on version 41; one of them has a version 42."""
    cloud.has_function("orders", versions=["40", "41", "42"])
    cloud.has_function("billing")
    cloud.somebody_moves("orders:live", Routing("41"))
    return router


@pytest.fixture
def views() -> Iterator[AliasCache]:
    views = AliasCache()
    yield views
    joined(views)


def joined(views: AliasCache) -> None:
    """The refresh that is under way, if any, comes to its end."""
    if views._refresh:
        views._refresh.join()


class Counted:
    """An adapter whose verbs are counted."""

    def __init__(self, part: Surprising) -> None:
        self._part, self.asked = part, Counter[str]()

    @property
    def unspent(self) -> list[str]:
        return self._part.unspent

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        def ask(*arguments: Any) -> Any:
            self.asked[verb] += 1
            return getattr(self._part, verb)(*arguments)

        return ask


def counted(shop: InMemoryRouterCloud) -> tuple[Counter[str], Counter[str]]:
    """What is asked of Lambda, and of the ledger, from now on."""
    lambdas, routes = Counted(shop.functions), Counted(shop.alias_views)
    shop.functions, shop.alias_views = lambdas, routes  # type: ignore[assignment]
    return lambdas.asked, routes.asked


def routing(shop: InMemoryRouterCloud, views: AliasCache) -> Routing | None:
    view = views.of(shop, LIVE)
    return view.routing if view else None


# What a view says


def test_a_view_is_what_lambda_and_the_ledger_say(shop: InMemoryRouterCloud, views: AliasCache) -> None:
    was_closed(shop.company, "40", "41")
    is_blocked(shop.company)
    shop.company.somebody_moves("orders:live", split("41", "42", 5))
    assert views.of(shop, LIVE) == AliasView(split("41", "42", 5), "d-1", ("41", "40"), shop.now())


def test_at_rest_there_is_no_deployment(shop: InMemoryRouterCloud, views: AliasCache) -> None:
    assert views.of(shop, LIVE) == AliasView(Routing("41"), "", (), shop.now())


@pytest.mark.parametrize("target", ["orders:beta", "nobody:live"])
def test_where_there_is_no_alias_there_is_no_view(
    shop: InMemoryRouterCloud, views: AliasCache, target: str
) -> None:
    assert views.of(shop, a_target(target)) is None


def test_only_so_many_good_versions_are_known_as_are_wanted(
    shop: InMemoryRouterCloud, views: AliasCache
) -> None:
    for version in range(30, 41):
        was_closed(shop.company, str(version), str(version + 1))
        shop.company.passes(60)
    shop.is_set(routable_versions=2)
    view = views.of(shop, LIVE)
    assert view
    assert view.good == ("41", "40")


def test_targets_do_not_mix(shop: InMemoryRouterCloud, views: AliasCache) -> None:
    shop.company.somebody_moves("orders:live", Routing("40"))
    assert [view.routing.version for target in (LIVE, OTHER) if (view := views.of(shop, target))] == [
        "40",
        "41",
    ]


# In the memory of one router


@pytest.mark.parametrize("age", [0, 0.5, 1])
def test_what_is_remembered_for_a_second_is_used_as_it_is(
    shop: InMemoryRouterCloud, views: AliasCache, age: float
) -> None:
    views.of(shop, LIVE)
    lambdas, routes = counted(shop)
    shop.company.passes(age)
    assert routing(shop, views) == Routing("41")
    assert (views._refresh, lambdas, routes) == (None, Counter(), Counter())


@pytest.mark.parametrize("age", [1.001, 1.5, 2])
def test_it_is_used_for_two_seconds_while_it_is_refreshed(
    shop: InMemoryRouterCloud, views: AliasCache, age: float
) -> None:
    is_blocked(shop.company)
    views.of(shop, LIVE)
    shop.company.somebody_moves("orders:live", Routing("42"))
    shop.alias_views.views.clear()
    shop.company.passes(age)
    go_on = Event()
    shop.alias_views.meanwhile("known", go_on.wait)
    assert routing(shop, views) == Routing("41"), "the refresh has not ended"
    go_on.set()
    joined(views)
    assert routing(shop, views) == Routing("42")


def test_after_that_a_request_waits_for_the_refresh(shop: InMemoryRouterCloud, views: AliasCache) -> None:
    is_blocked(shop.company)
    views.of(shop, LIVE)
    shop.company.somebody_moves("orders:live", Routing("42"))
    shop.company.passes(2.001)
    assert routing(shop, views) == Routing("42")
    assert views._refresh is None


def test_only_one_refresh_goes_on_at_a_time(shop: InMemoryRouterCloud, views: AliasCache) -> None:
    views.of(shop, LIVE)
    shop.company.passes(2)
    go_on = Event()
    shop.alias_views.meanwhile("known", go_on.wait)
    views.of(shop, LIVE)
    first = views._refresh
    for _ in range(5):
        views.of(shop, LIVE)
    assert views._refresh is first
    go_on.set()


def test_that_there_is_no_alias_is_remembered_too(shop: InMemoryRouterCloud, views: AliasCache) -> None:
    shop.company.somebody_deletes("orders:live")
    views.of(shop, LIVE)
    lambdas, _ = counted(shop)
    assert routing(shop, views) is None
    assert lambdas["alias"] == 0


def test_an_alias_that_appears_is_seen(shop: InMemoryRouterCloud, views: AliasCache) -> None:
    views.of(shop, a_target("orders:beta"))
    shop.company.somebody_moves("orders:beta", Routing("42"))
    shop.company.passes(2.001)
    view = views.of(shop, a_target("orders:beta"))
    assert view
    assert view.routing == Routing("42")


def test_a_refresh_that_ends_late_does_not_replace_a_later_one(
    shop: InMemoryRouterCloud, views: AliasCache
) -> None:
    is_blocked(shop.company)
    AliasCache().of(shop, LIVE)
    shop.company.passes(1)
    views.of(shop, LIVE)
    shop.company.passes(1.5)
    is_half_way, frozen = Event(), Event()

    def freezes() -> None:
        is_half_way.set()
        frozen.wait()

    shop.alias_views.meanwhile("share", freezes)
    views.of(shop, LIVE)
    late = views._refresh
    assert late
    assert is_half_way.wait(10)
    shop.company.somebody_moves("orders:live", Routing("42"))
    shop.company.passes(0.6)
    assert routing(shop, views) == Routing("42"), "this one did not wait for the late one"
    frozen.set()
    late.join()
    assert routing(shop, views) == Routing("42")
    shop.company.passes(3.5)
    assert routing(shop, views) == Routing("42")


# When something does not answer

ERRORS = [TryAgainError("throttled"), ForbiddenError("AccessDenied"), KeyError("Responses")]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("verb", ["known", "take_turn", "closed_deployments", "share"])
def test_a_ledger_that_does_not_answer_is_said_in_one_word(
    shop: InMemoryRouterCloud, views: AliasCache, verb: str, error: Exception
) -> None:
    shop.alias_views.fails_next(verb, error)
    with pytest.raises(NotKnownError, match=type(error).__name__):
        views.of(shop, LIVE)
    assert routing(shop, views) == Routing("41")


def test_so_is_a_lambda_that_does_not_answer(shop: InMemoryRouterCloud, views: AliasCache) -> None:
    shop.functions.fails_next("alias", TryAgainError("Rate exceeded"))
    with pytest.raises(NotKnownError, match="Rate exceeded"):
        views.of(shop, LIVE)


def test_a_refresh_that_fails_beside_a_request_does_it_no_harm(
    shop: InMemoryRouterCloud, views: AliasCache, caplog: pytest.LogCaptureFixture
) -> None:
    views.of(shop, LIVE)
    shop.company.passes(2)
    shop.alias_views.fails_next("known", TryAgainError("throttled"), times=2)
    logging.getLogger("hotplug").propagate = True
    with caplog.at_level(logging.WARNING, logger="hotplug"):
        assert routing(shop, views) == Routing("41")
        joined(views)
    assert "could not refresh the view of orders:live" in caplog.text
    shop.company.passes(2)
    with pytest.raises(NotKnownError):
        views.of(shop, LIVE)


# What routers share


@pytest.mark.parametrize(
    ("deployment", "seconds"),
    [pytest.param("d-1", 2, id="while it is claimed"), pytest.param("", 5, id="at rest")],
)
def test_one_look_does_for_all_routers(shop: InMemoryRouterCloud, deployment: str, seconds: float) -> None:
    if deployment:
        is_blocked(shop.company, deployment=deployment)
    lambdas, _ = counted(shop)
    first = AliasCache().of(shop, LIVE)
    for _ in range(10):
        shop.company.passes(seconds / 10)
        assert AliasCache().of(shop, LIVE) == first
    assert lambdas["alias"] == 1
    shop.company.passes(0.001)
    AliasCache().of(shop, LIVE)
    assert lambdas["alias"] == 2


def test_many_routers_at_work_take_one_look_in_two_seconds(shop: InMemoryRouterCloud) -> None:
    is_blocked(shop.company)
    lambdas, _ = counted(shop)
    routers = [AliasCache() for _ in range(20)]
    for _ in range(200):
        shop.company.passes(0.1)
        for router in routers:
            router.of(shop, LIVE)
            joined(router)
    assert lambdas["alias"] <= 11


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", "d-1", id="is new"),
        pytest.param("d-1", "", id="is gone"),
        pytest.param("d-1", "d-2", id="is another's"),
    ],
)
def test_the_last_look_is_too_old_where_the_claim(shop: InMemoryRouterCloud, before: str, after: str) -> None:
    held(shop.company, before)
    current_view(shop, LIVE)
    is_free(shop.company, deployment=before)
    held(shop.company, after)
    lambdas, _ = counted(shop)
    view = current_view(shop, LIVE)
    assert view
    assert (view.deployment, lambdas["alias"]) == (after, 1)


def held(cloud: InMemoryCloud, deployment: str) -> None:
    if deployment:
        is_blocked(cloud, deployment=deployment)


def test_while_another_looks_what_is_three_seconds_old_is_good_enough(shop: InMemoryRouterCloud) -> None:
    first = current_view(shop, LIVE)
    is_blocked(shop.company)
    shop.company.passes(3)
    assert shop.alias_views.take_turn(LIVE, shop.now())
    lambdas, _ = counted(shop)
    assert current_view(shop, LIVE) == first
    shop.company.passes(0.5)
    assert current_view(shop, LIVE) != first, "what is older than that is not"
    assert lambdas["alias"] == 1


def test_a_router_that_does_not_come_back_loses_its_turn(shop: InMemoryRouterCloud) -> None:
    first = current_view(shop, LIVE)
    is_blocked(shop.company)
    assert shop.alias_views.take_turn(LIVE, shop.now())
    shop.company.passes(0.999)
    assert current_view(shop, LIVE) == first
    shop.company.passes(0.001)
    view = current_view(shop, LIVE)
    assert view
    assert view.deployment == "d-1"


def test_weight_that_goes_up_is_seen_as_such(shop: InMemoryRouterCloud) -> None:
    is_blocked(shop.company)
    shop.company.somebody_moves("orders:live", split("41", "42", 5))
    current_view(shop, LIVE)
    shop.company.somebody_moves("orders:live", split("41", "42", 50))
    shop.company.passes(3)
    view = current_view(shop, LIVE)
    assert view
    assert view.routing == split("41", "42", 50)
    assert view.sticky_split(shop.now()).routing == split("41", "42", 5)


def test_a_look_that_ends_long_after_it_was_frozen_sends_nobody_back(shop: InMemoryRouterCloud) -> None:
    """Lambda freezes a refresh when the request beside it is answered, and lets it go on at the next."""
    is_blocked(shop.company)
    shop.company.somebody_moves("orders:live", split("41", "42", 5))

    def a_minute_passes() -> None:
        shop.company.somebody_moves("orders:live", split("41", "42", 50))
        for _ in range(30):
            shop.company.passes(2.1)
            current_view(shop, LIVE)

    shop.alias_views.meanwhile("share", a_minute_passes)
    current_view(shop, LIVE)
    for _ in range(3):
        shop.company.passes(2.1)
        view = current_view(shop, LIVE)
        assert view
        assert view.sticky_split(shop.now()).routing == split("41", "42", 50)


# How soon it is right


@pytest.mark.parametrize("moment", [at / 4 for at in range(24)])
def test_five_seconds_after_a_rollback_no_router_believes_anything_else(
    shop: InMemoryRouterCloud, moment: float
) -> None:
    """A dozen routers that are called at different times; the rollback comes at any of them."""
    is_blocked(shop.company)
    shop.company.somebody_moves("orders:live", split("41", "42", 50))
    routers = [AliasCache() for _ in range(12)]
    started = shop.now()
    rolled_back = started + timedelta(seconds=4 + moment)
    for tick in range(80):
        shop.company.passes(0.25)
        if shop.now() == rolled_back:
            shop.company.somebody_moves("orders:live", Routing("41"))
        for at, router in enumerate(routers):
            if tick % (at + 1) == 0:
                found = routing(shop, router)
                joined(router)
                if shop.now() > rolled_back + timedelta(seconds=5):
                    assert found == Routing("41")


@pytest.mark.parametrize("moment", [0, 1.25, 3.5])
def test_at_rest_it_takes_eight(shop: InMemoryRouterCloud, moment: float) -> None:
    views = AliasCache()
    views.of(shop, LIVE)
    shop.company.passes(moment)
    shop.company.somebody_moves("orders:live", Routing("42"))
    for _ in range(33):
        shop.company.passes(0.25)
        routing(shop, views)
        joined(views)
    assert routing(shop, views) == Routing("42")
