"""Which version answers: names that stand for one, callers who stay on a side, versions that served well."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import comb
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.deployment.transition import Outcome
from hotplug.core.parsing.problem import MisfitError
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.versions import good_versions
from hotplug.core.router.selection import (
    ADOPTED_SECONDS,
    AliasView,
    ChosenBy,
    Selection,
    StickySplit,
    asked_version,
    is_below,
    may_name,
    named,
)
from tests.fakes import split
from tests.fakes.clock import MORNING

KEYS = [f"caller-{at}" for at in range(4_000)]
RISING = ("0", "0.01", "5", "25", "50", "99.99", "100")
QUIET = AliasView(Routing("41"), "", ("41", "40", "38"), MORNING)
MOVING = AliasView(split("41", "42", 5), "d-1", ("41", "40", "38"), MORNING)


def later(seconds: float) -> datetime:
    return MORNING + timedelta(seconds=seconds)


# What may be said


@pytest.mark.parametrize(
    "name",
    ["1", "41", "9999999999", "live", "candidate", "a-b_C", "4x", "-41", "-", "x" * 128],
    ids=lambda name: name[:20],
)
def test_a_version_or_an_alias_is_a_name(name: str) -> None:
    assert asked_version([name]) == name


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(["41", "41"], id="the same twice"),
        pytest.param(["41", "42"], id="two of them"),
        pytest.param(["live", ""], id="one and nothing"),
        pytest.param([], id="none"),
        pytest.param([""], id="empty"),
        pytest.param(["$LATEST"], id="$LATEST"),
        pytest.param(["$latest"], id="$LATEST in small letters"),
        pytest.param(["0"], id="zero"),
        pytest.param(["041"], id="a zero before it"),
        pytest.param(["+41"], id="a plus"),
        pytest.param([" 41"], id="a space before it"),
        pytest.param(["41 "], id="a space after it"),
        pytest.param(["41\n"], id="a line's end"),
        pytest.param(["live\n"], id="a line's end after an alias"),
        pytest.param(["41\x00"], id="a null character"),
        pytest.param(["41,42"], id="two with a comma"),
        pytest.param(["41:42"], id="a colon"),
        pytest.param(["4.1"], id="a point"),
        pytest.param(["\uff14\uff11"], id="full-width digits"),
        pytest.param(["\u0664\u0661"], id="digits of another script"),
        pytest.param(["l\u0131ve"], id="a letter of another script"),
        pytest.param(["12345678901"], id="eleven digits"),
        pytest.param(["x" * 129], id="129 letters"),
        pytest.param(["x" * 130], id="130 letters"),
        pytest.param(["arn:aws:lambda:us-east-1:111122223333:function:orders:41"], id="an ARN"),
        pytest.param(["../41"], id="a path"),
        pytest.param(["%34%31"], id="percent signs"),
    ],
)
def test_anything_else_is_none_and_is_told_what_is_allowed(values: list[str]) -> None:
    with pytest.raises(MisfitError, match="a version number like 41, an alias, or one of candidate, stable"):
        asked_version(values)


# What a name stands for


def stands_for(name: str, view: AliasView = MOVING, aliases: Sequence[str] = ()) -> str | None:
    pick = named(name, view, "live", aliases)
    assert pick is None or pick.chosen_by is ChosenBy.NAMED
    return pick.qualifier if pick else None


@pytest.mark.parametrize(
    ("name", "view", "qualifier"),
    [
        pytest.param("stable", QUIET, "41", id="stable at rest"),
        pytest.param("stable", MOVING, "41", id="stable while another comes in"),
        pytest.param("candidate", MOVING, "42", id="candidate"),
        pytest.param("candidate", replace(MOVING, routing=split("41", "42", 0)), "42", id="candidate at 0 %"),
        pytest.param("candidate", QUIET, None, id="no candidate at rest"),
        pytest.param("previous", QUIET, "40", id="previous"),
        pytest.param("previous", MOVING, "40", id="previous while another comes in"),
        pytest.param(
            "previous", replace(MOVING, good=("42", "41", "39")), "39", id="previous is no candidate"
        ),
        pytest.param("previous", replace(QUIET, good=("41",)), None, id="nothing before the first"),
        pytest.param(
            "previous",
            replace(QUIET, good=("42", "41", "40")),
            "40",
            id="a newer one that was gone back from",
        ),
        pytest.param("previous", replace(QUIET, good=()), None, id="no history"),
        pytest.param("41", MOVING, "41", id="the stable one by its number"),
        pytest.param("42", MOVING, "42", id="the candidate by its number"),
        pytest.param("38", QUIET, "38", id="a good one"),
        pytest.param("39", QUIET, None, id="one that was not good"),
        pytest.param("42", QUIET, None, id="one that is not on the alias"),
        pytest.param("4", QUIET, None, id="the beginning of a good one"),
        pytest.param("live", QUIET, "live", id="the live alias"),
        pytest.param("beta", QUIET, None, id="another alias"),
        pytest.param("None", QUIET, None, id="a word for nothing"),
    ],
)
def test_a_name_stands_for_what_may_be_reached(name: str, view: AliasView, qualifier: str | None) -> None:
    assert stands_for(name, view) == qualifier


def test_an_alias_on_the_list_may_be_named() -> None:
    assert stands_for("beta", QUIET, ["alpha", "beta"]) == "beta"
    assert stands_for("gamma", QUIET, ["alpha", "beta"]) is None


@pytest.mark.parametrize("word", ["stable", "candidate", "previous"])
def test_a_word_is_no_alias_even_on_the_list(word: str) -> None:
    assert stands_for(word, QUIET, [word]) != word


@pytest.mark.parametrize("name", ["stable", "candidate", "previous"])
def test_unpublished_code_is_not_reached_by_a_word(name: str) -> None:
    assert stands_for(name, AliasView(Routing("$LATEST"), "", ("$LATEST",), MORNING)) is None


# Sides


def below(percent: str | Decimal, salt: str = "d-1", keys: Sequence[str] = KEYS) -> set[str]:
    return {key for key in keys if is_below(Decimal(percent), salt, key)}


def on_candidate(routing: Routing, deployment: str) -> set[str]:
    sides = StickySplit(routing, deployment)
    return {key for key in KEYS if sides.version(key) == "42"}


def test_a_rising_weight_never_moves_anybody_back() -> None:
    sides = [on_candidate(split("41", "42", percent), "d-1") for percent in RISING]
    assert all(before <= after for before, after in pairwise(sides))
    assert (sides[0], sides[-1]) == (set(), set(KEYS))
    assert len({len(each) for each in sides[2:]}) == 5, "no step moved anybody"


@given(
    key=any_.text(),
    salt=any_.text(),
    percents=any_.tuples(any_.integers(0, 10_000), any_.integers(0, 10_000)),
)
def test_who_is_below_a_weight_is_below_any_higher_one(
    key: str, salt: str, percents: tuple[int, int]
) -> None:
    low, high = sorted(Decimal(cents) / 100 for cents in percents)
    assert is_below(high, salt, key) or not is_below(low, salt, key)
    assert not is_below(Decimal(0), salt, key)
    assert is_below(Decimal(100), salt, key)


def test_half_a_character_is_a_key_too() -> None:
    assert is_below(Decimal(100), "d-1", "\ud800")


def chance_of_at_most(found: int, keys: int, cents: int) -> float:
    """Of that many keys below a percentage (in hundredths) or fewer, if each fell there on its own: exact."""
    ways = sum(comb(keys, at) * cents**at * (10_000 - cents) ** (keys - at) for at in range(found + 1))
    return float(ways / 10_000**keys)


@pytest.mark.parametrize("percent", ["0.5", "5", "25", "50", "90"])
@pytest.mark.parametrize("salt", ["d-1", "41 to 42"])
def test_a_weight_gets_its_share_of_callers(percent: str, salt: str) -> None:
    """Keys and salts are fixed, and so is what is found; luck worse than one in a thousand is no luck."""
    keys = KEYS[:1_000]
    found, cents = len(below(percent, salt, keys)), int(Decimal(percent) * 100)
    assert chance_of_at_most(found, len(keys), cents) > 0.001, f"only {found} of {len(keys)}"
    assert 1 - chance_of_at_most(found - 1, len(keys), cents) > 0.001, f"as many as {found} of {len(keys)}"


def test_keys_that_differ_by_one_sign_fall_anywhere() -> None:
    assert 0.4 < len(below("50", keys=[f"{at:08}" for at in range(1_000)])) / 1_000 < 0.6
    assert 0.4 < len(below("50", keys=["x" * at for at in range(1_000)])) / 1_000 < 0.6


def test_callers_are_on_the_same_side_of_all_functions_of_a_deployment() -> None:
    orders, billing = StickySplit(split("41", "42", 25), "d-1"), StickySplit(split("6", "7", 25), "d-1")
    assert {key for key in KEYS if billing.version(key) == "7"} == {
        key for key in KEYS if orders.version(key) == "42"
    }


def test_another_deployment_begins_with_others() -> None:
    first, second = (on_candidate(split("41", "42", 25), deployment) for deployment in ("d-1", "d-2"))
    assert 0.15 < len(first & second) / len(first) < 0.35


def test_a_split_that_nobody_claims_keeps_its_callers_too() -> None:
    sides = [on_candidate(split("41", "42", percent), "") for percent in RISING]
    assert all(before <= after for before, after in pairwise(sides))
    other = {key for key in KEYS if StickySplit(split("41", "43", 25), "").version(key) == "43"}
    assert other != sides[3]


def test_where_nothing_is_split_everybody_is_on_one_side() -> None:
    assert {
        StickySplit(Routing("41"), deployment).version(key) for deployment in ("", "d-1") for key in KEYS
    } == {"41"}


# Who follows when


def seen(view: AliasView, routing: Routing, deployment: str = "d-1", seconds: float = 1) -> AliasView:
    return view.seen_as(routing, deployment, view.good, view.at + timedelta(seconds=seconds))


HALF = Routing("41", (("42", Decimal(50)),))
UP = [
    pytest.param(Routing("41"), split("41", "42", 0), id="a candidate at 0 %"),
    pytest.param(Routing("41"), split("41", "42", 5), id="a candidate"),
    pytest.param(split("41", "42", 5), HALF, id="a weight that rises"),
    pytest.param(split("41", "42", 50), Routing("42"), id="a promotion"),
]
AT_ONCE = [
    pytest.param(HALF, Routing("41"), id="a rollback"),
    pytest.param(HALF, split("41", "42", 5), id="a weight that falls"),
    pytest.param(HALF, split("41", "43", 60), id="another candidate"),
    pytest.param(HALF, split("42", "41", 60), id="the other way round"),
    pytest.param(HALF, Routing("43"), id="another version"),
    pytest.param(Routing("41"), Routing("42"), id="all at once"),
    pytest.param(Routing("41"), split("40", "42", 5), id="another stable version"),
]


@pytest.mark.parametrize(("before", "after"), UP)
def test_weight_that_goes_up_is_followed_by_all_in_one_moment(before: Routing, after: Routing) -> None:
    view = seen(AliasView(before, "d-1", (), MORNING), after)
    assert view.routing == after
    adopted = view.at + timedelta(seconds=ADOPTED_SECONDS)
    assert view.sticky_split(adopted - timedelta(microseconds=1)) == StickySplit(before, "d-1")
    assert view.sticky_split(adopted) == StickySplit(after, "d-1")


@pytest.mark.parametrize(("before", "after"), AT_ONCE)
def test_anything_else_is_followed_at_once(before: Routing, after: Routing) -> None:
    view = seen(AliasView(before, "d-1", (), MORNING), after)
    assert view.sticky_split(view.at) == StickySplit(after, "d-1")


def test_looking_again_does_not_put_the_moment_off() -> None:
    view = rising = seen(AliasView(split("41", "42", 5), "d-1", (), MORNING), HALF)
    for _ in range(8):
        view = seen(view, HALF)
    assert view.past == rising.past
    assert view.at == rising.at + timedelta(seconds=8)
    assert seen(view, HALF, seconds=ADOPTED_SECONDS).past == ()


def test_a_second_rise_before_the_moment_has_a_moment_of_its_own() -> None:
    view = seen(seen(AliasView(split("41", "42", 5), "d-1", (), MORNING), split("41", "42", 25)), HALF)
    adopted = view.at + timedelta(seconds=ADOPTED_SECONDS)
    assert view.sticky_split(view.at) == StickySplit(split("41", "42", 5), "d-1")
    assert view.sticky_split(adopted - timedelta(seconds=1)) == StickySplit(split("41", "42", 25), "d-1")
    assert view.sticky_split(adopted) == StickySplit(HALF, "d-1")


def test_a_rollback_before_the_moment_waits_for_nobody() -> None:
    view = seen(seen(AliasView(split("41", "42", 5), "d-1", (), MORNING), HALF), Routing("41"))
    assert view.sticky_split(view.at) == StickySplit(Routing("41"), "d-1")


MAX_BELIEVED = timedelta(seconds=8)
"""How old what some router believes may be, at rest."""


@given(
    weights=any_.lists(any_.integers(0, 10_000), min_size=1, max_size=5).map(sorted),
    gaps=any_.lists(any_.integers(ADOPTED_SECONDS, 20), min_size=6, max_size=6),
    key=any_.sampled_from(KEYS),
)
def test_nobody_is_sent_to_and_fro_between_routers_that_know_and_those_that_do_not(
    weights: list[int], gaps: list[int], key: str
) -> None:
    """However old what each of them believes, as long as a step bakes for longer than it is adopted."""
    rising = [split("41", "42", Decimal(cents) / 100) for cents in weights]
    views = [AliasView(Routing("41"), "d-1", (), MORNING)]
    for routing, seconds in zip([*rising, Routing("42")], gaps, strict=False):
        views.append(seen(views[-1], routing, seconds=seconds))
    moments = [later(seconds) for seconds in range(sum(gaps) + 2 * ADOPTED_SECONDS)]
    sides = [{view.sticky_split(now).version(key) for view in believed(views, now)} for now in moments]
    assert all(len(each) == 1 for each in sides), "two routers disagree"
    assert all(after == {"42"} for before, after in pairwise(sides) if before == {"42"})


def believed(views: list[AliasView], now: datetime) -> list[AliasView]:
    """What routers may take for the last look at a moment."""
    until = [view.at + MAX_BELIEVED for view in views[1:]]
    still = [view for view, end in zip(views, until, strict=False) if view.at <= now <= end]
    return [*still, *(view for view in views[-1:] if view.at <= now)]


@pytest.mark.parametrize(
    ("view", "deployment", "seconds", "is_current"),
    [
        pytest.param(QUIET, "", 0, True, id="at once"),
        pytest.param(QUIET, "", 5, True, id="5 seconds at rest"),
        pytest.param(QUIET, "", 5.001, False, id="longer at rest"),
        pytest.param(MOVING, "d-1", 2, True, id="2 seconds while it is claimed"),
        pytest.param(MOVING, "d-1", 2.001, False, id="longer while it is claimed"),
        pytest.param(QUIET, "", -0.1, True, id="another router's clock is a little ahead"),
        pytest.param(QUIET, "", -3_600, False, id="it comes from the future"),
        pytest.param(QUIET, "d-1", 0.5, False, id="the claim is new"),
        pytest.param(MOVING, "", 0.5, False, id="the claim is gone"),
        pytest.param(MOVING, "d-2", 0.5, False, id="the claim is another's"),
    ],
)
def test_a_view_is_current_for_so_long(
    view: AliasView, deployment: str, seconds: float, is_current: bool
) -> None:
    assert view.is_current(deployment, later(seconds)) is is_current


# Versions that served well

D, R, U = Outcome.DEPLOYED, Outcome.ROLLED_BACK, Outcome.UNCHANGED


@pytest.mark.parametrize(
    ("newest_first", "good"),
    [
        pytest.param([], "", id="no history"),
        pytest.param([(None, "1", D)], "1", id="the first deployment"),
        pytest.param([("41", "42", D), ("40", "41", D)], "42 41 40", id="one after the other"),
        pytest.param([("41", "42", R), ("40", "41", D)], "41 40", id="rolled back"),
        pytest.param([("41", "42", D), ("41", "42", R)], "42 41", id="rolled back, deployed later"),
        pytest.param(
            [("43", "42", R), ("42", "43", D), ("41", "42", D)], "43 41", id="good, rolled back later"
        ),
        pytest.param(
            [("43", "41", D), ("41", "43", D)], "41 43", id="an older one on purpose: the other was stable"
        ),
        pytest.param([("42", "42", U), ("41", "42", D)], "42 41", id="unchanged"),
        pytest.param([(None, "1", R)], "", id="the first one rolled back"),
        pytest.param([("41", None, R)], "41", id="nothing was published"),
        pytest.param([("41", "42", R), ("41", "42", R)], "41", id="quarantined, tried again by force"),
        pytest.param([("41", "42", None), ("41", "43", "exploded")], "41", id="an outcome that is none"),
        pytest.param([(None, None, D)], "", id="a line about nothing"),
    ],
)
def test_versions_that_served_well(newest_first: list[tuple[Any, Any, Any]], good: str) -> None:
    lines = [
        {"stable": stable, "candidate": candidate, "outcome": outcome and str(outcome)}
        for stable, candidate, outcome in newest_first
    ]
    assert good_versions(lines, 20) == tuple(good.split())


@pytest.mark.parametrize(
    ("most", "good"), [(0, ()), (1, ("42",)), (2, ("42", "41")), (9, ("42", "41", "40"))]
)
def test_only_so_many_are_remembered(most: int, good: tuple[str, ...]) -> None:
    lines = [
        {"stable": "41", "candidate": "42", "outcome": "deployed"},
        {"stable": "40", "candidate": "41", "outcome": "deployed"},
    ]
    assert good_versions(lines, most) == good


def test_lines_that_say_nothing_are_no_versions() -> None:
    assert good_versions([{}, {"outcome": "deployed"}, {"stable": ""}], 9) == ()


# Who may name one

TESTER = "arn:aws:sts::111122223333:assumed-role/Tester/ann"


@pytest.mark.parametrize(
    ("patterns", "callers", "may"),
    [
        pytest.param(["*"], [], True, id="anybody, with nobody known"),
        pytest.param(["*"], [TESTER], True, id="anybody"),
        pytest.param([], [TESTER], False, id="nobody"),
        pytest.param(["arn:aws:sts::*:assumed-role/Tester/*"], [TESTER], True, id="a role"),
        pytest.param(["arn:aws:sts::*:assumed-role/Admin/*"], [TESTER], False, id="another role"),
        pytest.param(["arn:aws:iam::*:user/*"], [TESTER], False, id="users only"),
        pytest.param(["testers"], ["admins", "testers"], True, id="a group"),
        pytest.param(["test"], ["testers"], False, id="the beginning of a group"),
        pytest.param(["orders/test"], ["orders/read", "orders/test"], True, id="a scope"),
        pytest.param(["admins", "testers"], ["testers"], True, id="the second of two"),
        pytest.param(["?*"], [], False, id="anybody who is known, and nobody is"),
        pytest.param(["testers"], [], False, id="nobody is known"),
    ],
)
def test_who_may_name_a_version(patterns: list[str], callers: list[str], may: bool) -> None:
    assert may_name(iter(patterns), iter(callers)) is may


def test_a_pick_says_what_it_is() -> None:
    assert named("live", QUIET, "live", ()) == Selection("live", ChosenBy.NAMED)
