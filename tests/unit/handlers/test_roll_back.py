"""Roll back puts every alias back on its stable version, unless somebody else has moved it."""

from collections.abc import Callable

import pytest

from hotplug.activities.compare_and_set import MAX_TRIES
from hotplug.core.errors import (
    ForbiddenError,
    NotRestoredError,
    RevisionStaleError,
    TrippedError,
    TryAgainError,
)
from hotplug.core.resources.alias import Routing
from tests.fakes import InMemoryCloud, a_zip, refusal, split
from tests.support.machine.execution import Execution


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Three functions with new code."""
    for name in ("orders", "billing", "mail"):
        cloud.has_function(name)
        cloud.somebody_saves(name)
    return cloud


def shifted(cloud: InMemoryCloud, *functions: str, **more: object) -> Execution:
    execution = Execution(cloud, {"functions": list(functions)} | more).shifted()
    execution.assign(reason="alarm errors went into ALARM")
    return execution


def test_an_alias_goes_back_to_its_stable_version(shop: InMemoryCloud) -> None:
    answer = shifted(shop, "orders").roll_back()
    assert shop.routing("orders:live") == Routing("41")
    assert answer["outcome"] == "rolled_back"


def test_it_says_why_what_was_done_and_what_is_left_behind(shop: InMemoryCloud) -> None:
    answer = shifted(shop, "orders").roll_back()
    assert answer["reason"] == (
        "alarm errors went into ALARM; orders:live is back on version 41; "
        "$LATEST of orders still holds the code of version 42"
    )
    assert shop.ledger.lines["d-1"]["restored#00000"]["reason"] == answer["reason"]
    assert shop.notifications.messages[-1].body.startswith(f"restored: {answer['reason']}")


def test_going_back_to_an_old_version_leaves_latest_alone(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders", versions=["40", "41"])
    answer = shifted(cloud, "orders", source={"version": "40"}).roll_back()
    assert cloud.routing("orders:live") == Routing("41")
    assert "$LATEST" not in answer["reason"]


def test_code_that_was_live_before_is_not_left_behind(shop: InMemoryCloud) -> None:
    shop.has_function("unchanged")
    answer = shifted(shop, "orders", "unchanged").roll_back()
    assert "$LATEST of orders still holds" in answer["reason"]
    assert "$LATEST of unchanged" not in answer["reason"]


def test_an_error_is_told_in_its_own_words(shop: InMemoryCloud) -> None:
    execution = shifted(shop, "orders")
    execution.assign(fault={"Error": "States.Timeout", "Cause": '{"errorMessage": "after 70 s"}'})
    assert execution.roll_back()["reason"].startswith("States.Timeout: after 70 s; orders:live is back")


def test_rolling_back_twice_is_rolling_back_once(shop: InMemoryCloud) -> None:
    execution = shifted(shop, "orders", "billing")
    first = execution.roll_back()
    aliases = [shop.alias("orders:live"), shop.alias("billing:live")]
    execution.assign(reason="alarm errors went into ALARM")
    assert execution.roll_back() == first
    assert [shop.alias("orders:live"), shop.alias("billing:live")] == aliases
    assert [line["state"] for line in shop.ledger.timeline("d-1")].count("restored") == 1


def test_a_restoration_whose_answer_was_lost_is_recognised(shop: InMemoryCloud) -> None:
    execution = shifted(shop, "orders")
    shop.functions.fails_next("point", TryAgainError("timed out"), after_effect=True)
    with pytest.raises(NotRestoredError, match="orders:live: TryAgainError: timed out"):
        execution.roll_back()
    restored = shop.alias("orders:live")
    assert "is back on version 41" in execution.roll_back()["reason"]
    assert shop.alias("orders:live") == restored


def test_a_shift_whose_answer_was_lost_is_taken_back(shop: InMemoryCloud) -> None:
    execution = Execution(shop, {"function": "orders"}).published()
    shop.functions.fails_next("point", ForbiddenError("lost for good"), after_effect=True)
    with pytest.raises(ForbiddenError):
        execution.shift()
    execution.assign(reason="because")
    execution.roll_back()
    assert shop.routing("orders:live") == Routing("41")


@pytest.mark.parametrize(
    "routing",
    [
        pytest.param(split("41", "42", 77), id="another weight"),
        pytest.param(Routing("40"), id="another version"),
        pytest.param(Routing("42"), id="the candidate, by hand"),
    ],
)
def test_an_alias_that_somebody_moved_is_left_as_it_is(shop: InMemoryCloud, routing: Routing) -> None:
    shop.functions.had_published("orders", "40", shop.functions.functions["orders"].versions["41"].config)
    execution = shifted(shop, "orders", "billing")
    moved = shop.somebody_moves("orders:live", routing)
    answer = execution.roll_back()
    assert shop.alias("orders:live") == moved
    assert shop.routing("billing:live") == Routing("41")
    assert f"orders:live was moved by somebody else: it is on {routing} now" in answer["reason"]
    assert "billing:live is back on version 41" in answer["reason"]


def test_an_alias_that_somebody_put_back_already_is_back(shop: InMemoryCloud) -> None:
    execution = shifted(shop, "orders")
    by_hand = shop.somebody_moves("orders:live", Routing("41"))
    assert "orders:live is back on version 41" in execution.roll_back()["reason"]
    assert shop.alias("orders:live") == by_hand


def test_an_alias_that_somebody_deleted_stays_deleted(shop: InMemoryCloud) -> None:
    execution = shifted(shop, "orders")
    shop.somebody_deletes("orders:live")
    assert "it is gone now and is left as it is" in execution.roll_back()["reason"]
    assert shop.alias("orders:live") is None


def test_an_alias_that_moves_while_it_is_put_back_is_left_as_it_is(shop: InMemoryCloud) -> None:
    execution = shifted(shop, "orders")
    shop.functions.meanwhile("point", lambda: shop.somebody_moves("orders:live", split("41", "42", 77)))
    assert "with 77 % to version 42 now and is left" in execution.roll_back()["reason"]
    assert shop.routing("orders:live") == split("41", "42", 77)


def test_an_alias_that_says_again_what_we_wrote_is_put_back(shop: InMemoryCloud) -> None:
    execution = shifted(shop, "orders")
    shop.functions.meanwhile("point", lambda: shop.somebody_moves("orders:live", split("41", "42", 10)))
    execution.roll_back()
    assert shop.routing("orders:live") == Routing("41")


def test_an_alias_that_never_stands_still_is_not_restored(shop: InMemoryCloud) -> None:
    execution = shifted(shop, "orders")
    shop.functions.fails_next("point", RevisionStaleError("stale"), times=MAX_TRIES)
    with pytest.raises(NotRestoredError, match=f"orders:live kept changing during {MAX_TRIES} tries"):
        execution.roll_back()
    execution.roll_back()
    assert shop.routing("orders:live") == Routing("41")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(TryAgainError("Rate exceeded"), id="throttled"),
        pytest.param(ForbiddenError("AccessDenied"), id="forbidden"),
        pytest.param(
            refusal("ResourceNotFoundException", "UpdateAlias", "Function not found: orders:41"),
            id="an error of AWS that nobody expected",
        ),
        pytest.param(KeyError("FunctionVersion"), id="an error that nobody expected at all"),
    ],
)
@pytest.mark.parametrize("verb", ["alias", "point"])
def test_one_target_that_fails_keeps_no_other_from_going_back(
    shop: InMemoryCloud, verb: str, error: Exception
) -> None:
    execution = shifted(shop, "orders", "billing", "mail")
    shop.functions.fails_next(verb, error, of="billing")
    with pytest.raises(NotRestoredError, match="billing:live: "):
        execution.roll_back()
    assert shop.routing("orders:live") == shop.routing("mail:live") == Routing("41")
    assert shop.routing("billing:live") == split("41", "42", 10)
    execution.roll_back()
    assert shop.routing("billing:live") == Routing("41")


def test_before_there_are_candidates_nothing_is_touched(shop: InMemoryCloud) -> None:
    execution = Execution(shop, {"functions": ["orders", "billing"]})
    execution.plan()
    execution.claim()
    before = [shop.alias("orders:live"), shop.alias("billing:live")]
    execution.assign(fault={"Error": "PublishFailedError", "Cause": "no version"})
    answer = execution.roll_back()
    assert answer["reason"] == "PublishFailedError: no version; no alias had been touched"
    assert [shop.alias("orders:live"), shop.alias("billing:live")] == before


def test_an_alias_that_was_not_moved_yet_is_fenced_off_from_a_late_write(shop: InMemoryCloud) -> None:
    """The Lambda of a Shift that timed out may still be running."""
    execution = Execution(shop, {"function": "orders"}).published()
    late = Execution(shop, {"function": "orders"})
    late.assign(**execution.variables)
    execution.assign(reason="States.Timeout")
    shop.functions.meanwhile("point", execution.roll_back)
    with pytest.raises(TrippedError):
        late.shift()
    assert shop.routing("orders:live") == Routing("41")


def test_a_task_that_wakes_up_after_the_rollback_does_not_even_try(shop: InMemoryCloud) -> None:
    execution = Execution(shop, {"function": "orders"}).published()
    late = Execution(shop, {"function": "orders"})
    late.assign(**execution.variables)
    execution.assign(reason="States.Timeout")
    execution.roll_back()
    alias = shop.alias("orders:live")
    for task in (late.shift, late.promote):
        with pytest.raises(TrippedError):
            task()
    assert shop.alias("orders:live") == alias


PROMOTED: list[tuple[str, Callable[[Execution], object]]] = [
    ("from its first step", Execution.shifted),
    ("past its bakes", Execution.baked),
    ("after the promotion", lambda execution: execution.baked().promote()),
]


@pytest.mark.parametrize("position", [entry[1] for entry in PROMOTED], ids=[entry[0] for entry in PROMOTED])
def test_there_is_a_way_back_from_everywhere(
    shop: InMemoryCloud, position: Callable[[Execution], object]
) -> None:
    shop.has_function("new", versions=[], alias=None)
    shop.has_object("artifacts", "new/app.zip", a_zip())
    new = {"name": "new", "source": {"bucket": "artifacts", "key": "new/app.zip"}}
    execution = Execution(
        shop, {"functions": ["orders", new, "billing"], "strategy": "Linear40PercentEvery1Minute"}
    )
    position(execution)
    execution.assign(reason="because")
    answer = execution.roll_back()
    assert shop.routing("orders:live") == shop.routing("billing:live") == Routing("41")
    assert shop.alias("new:live") is None
    assert "new:live does not exist, as before" in answer["reason"]


def test_a_new_alias_that_somebody_else_made_stays(shop: InMemoryCloud) -> None:
    shop.has_function("new", versions=["6", "7"], alias=None)
    execution = Execution(shop, {"functions": ["orders", "new"]}).shifted()
    made = shop.somebody_moves("new:live", Routing("6"))
    execution.assign(reason="because")
    assert "new:live was moved by somebody else" in execution.roll_back()["reason"]
    assert shop.alias("new:live") == made
