"""Publish brings every candidate into being, one short look at a time."""

from collections.abc import Callable, Mapping

import pytest

from hotplug.core.errors import PublishFailedError, TryAgainError
from hotplug.core.resources.alias import Routing
from hotplug.handlers.publish import MAX_POLLS
from tests.fakes import InMemoryCloud, a_zip, sha_of
from tests.support.machine.execution import Execution

ZIP = {"bucket": "artifacts", "key": "orders/app.zip"}
AN_UPLOAD = {"function": "orders", "source": ZIP}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Two functions, and a package for the first."""
    cloud.has_function("orders")
    cloud.has_function("billing")
    cloud.has_object("artifacts", "orders/app.zip", a_zip("new"))
    return cloud


def claimed(cloud: InMemoryCloud, request: Mapping[str, object]) -> Execution:
    execution = Execution(cloud, request)
    execution.plan()
    execution.claim()
    return execution


def looks_until_ready(execution: Execution, most: int = 200) -> int:
    """How many looks it took."""
    for look in range(1, most):
        if execution.publish()["outcome"] != "waiting":
            return look
        execution.cloud.passes(execution.variables["wait"])
    raise AssertionError(f"still not ready after {most} looks: {execution.variables['reason']}")


def test_what_latest_holds_is_published(shop: InMemoryCloud) -> None:
    code = shop.somebody_saves("orders")
    execution = claimed(shop, {"function": "orders"})
    answer = execution.publish()
    assert (answer["outcome"], answer["candidates"]) == ("ready", ["42"])
    assert shop.functions.functions["orders"].versions["42"].config.code_sha256 == code
    assert shop.ledger.lines["d-1"]["published#00000"]["targets"][0]["candidate"] == "42"


def test_publishing_twice_is_publishing_once(shop: InMemoryCloud) -> None:
    shop.somebody_saves("orders")
    execution = claimed(shop, {"function": "orders"})
    assert execution.publish() == execution.publish()
    assert shop.versions_of("orders") == ["41", "42"]


def test_a_version_whose_number_was_lost_is_found_again(shop: InMemoryCloud) -> None:
    shop.somebody_saves("orders")
    shop.functions.fails_next("publish", TryAgainError("timed out"), after_effect=True)
    execution = claimed(shop, {"function": "orders"})
    with pytest.raises(TryAgainError):
        execution.publish()
    assert execution.publish()["candidates"] == ["42"]
    assert shop.versions_of("orders") == ["41", "42"]


def test_unchanged_code_is_nothing_to_deploy(shop: InMemoryCloud) -> None:
    answer = claimed(shop, {"function": "orders"}).publish()
    assert (answer["outcome"], answer["candidates"]) == ("unchanged", ["41"])
    assert answer["reason"] == "live already: orders version 41"
    assert shop.versions_of("orders") == ["41"]


def test_the_same_package_again_is_nothing_to_deploy(shop: InMemoryCloud) -> None:
    execution = Execution(shop, AN_UPLOAD | {"strategy": "AllAtOnce"})
    assert execution.run() == "Deployed"
    again = Execution(shop, AN_UPLOAD, "d-2")
    again.plan()
    again.claim()
    assert again.publish()["outcome"] == "unchanged"


@pytest.mark.parametrize(
    ("request_", "outcome"),
    [
        pytest.param({"function": "orders", "force": True}, "ready", id="by force"),
        pytest.param({"functions": ["orders", "billing"]}, "ready", id="while another has new code"),
        pytest.param({"function": "orders", "source": {"version": "41"}}, "unchanged", id="by its number"),
    ],
)
def test_a_candidate_that_is_live_already(
    shop: InMemoryCloud, request_: Mapping[str, object], outcome: str
) -> None:
    shop.somebody_saves("billing")
    assert claimed(shop, request_).publish()["outcome"] == outcome


def test_a_package_is_sent_waited_for_and_published(shop: InMemoryCloud) -> None:
    shop.functions.updates_take(looks=3)
    execution = claimed(shop, AN_UPLOAD)
    assert execution.publish()["outcome"] == "waiting"
    assert execution.variables["candidates"] == []
    assert looks_until_ready(execution) == 4
    assert execution.variables["candidates"] == ["42"]
    assert shop.functions.functions["orders"].versions["42"].config.code_sha256 == sha_of(a_zip("new"))


def test_a_package_that_was_sent_but_whose_answer_was_lost_is_not_sent_again(shop: InMemoryCloud) -> None:
    shop.functions.fails_next("update_code", TryAgainError("timed out"), after_effect=True)
    execution = claimed(shop, AN_UPLOAD)
    with pytest.raises(TryAgainError):
        execution.publish()
    sent = shop.functions.functions["orders"].revision
    execution.publish()
    assert shop.functions.functions["orders"].revision == sent
    looks_until_ready(execution)
    assert shop.versions_of("orders") == ["41", "42"]


def test_a_package_that_arrives_with_other_bytes_is_never_published(shop: InMemoryCloud) -> None:
    execution = claimed(shop, AN_UPLOAD)
    shop.functions.receives_other_bytes(a_zip("somebody else's"))
    assert looks_until_ready(execution) > 3
    published = shop.functions.functions["orders"].versions["42"].config.code_sha256
    assert published == sha_of(a_zip("new"))
    assert shop.versions_of("orders") == ["41", "42"]


def test_a_package_that_never_arrives_as_it_was_sent_fails(shop: InMemoryCloud) -> None:
    execution = claimed(shop, AN_UPLOAD)
    shop.functions.receives_other_bytes(a_zip("damaged"), always=True)
    with pytest.raises(PublishFailedError, match=r"of s3://artifacts/orders/app\.zip"):
        looks_until_ready(execution)
    assert shop.versions_of("orders") == ["41"]


def test_code_that_changed_after_the_plan_is_not_published_unseen(shop: InMemoryCloud) -> None:
    shop.somebody_saves("orders", "what was planned")
    execution = claimed(shop, {"function": "orders"})
    shop.somebody_saves("orders", "what came after")
    with pytest.raises(PublishFailedError, match="changed after this deployment was planned"):
        execution.publish()
    assert shop.versions_of("orders") == ["41"]


def test_code_that_changes_while_it_is_published_is_not_published(shop: InMemoryCloud) -> None:
    shop.somebody_saves("orders", "what was planned")
    execution = claimed(shop, {"function": "orders"})
    shop.functions.meanwhile("publish", lambda: shop.somebody_saves("orders", "what came between"))
    assert execution.publish()["outcome"] == "waiting"
    with pytest.raises(PublishFailedError):
        execution.publish()
    assert shop.versions_of("orders") == ["41"]


def test_a_revision_that_went_stale_by_itself_is_read_again(shop: InMemoryCloud) -> None:
    shop.somebody_saves("orders")
    execution = claimed(shop, {"function": "orders"})
    shop.functions.meanwhile("publish", lambda: shop.somebody_changes("orders"))
    assert execution.publish()["outcome"] == "waiting"
    assert execution.publish()["outcome"] == "ready"


@pytest.mark.parametrize("looks", [1, 5, 15])
def test_somebody_elses_update_is_waited_for_however_long_it_takes(shop: InMemoryCloud, looks: int) -> None:
    execution = claimed(shop, AN_UPLOAD)
    shop.somebody_saves("orders", "somebody else's", looks=looks)
    looks_until_ready(execution)
    published = shop.functions.functions["orders"].versions["42"].config.code_sha256
    assert published == sha_of(a_zip("new"))


def test_an_update_that_fails_says_lambdas_reason(shop: InMemoryCloud) -> None:
    shop.functions.updates_fail("The image's layers are too large")
    execution = claimed(shop, AN_UPLOAD)
    with pytest.raises(PublishFailedError, match="layers are too large"):
        looks_until_ready(execution)
    assert shop.versions_of("orders") == ["41"]


def test_a_version_that_takes_its_time_is_waited_for(shop: InMemoryCloud) -> None:
    shop.somebody_saves("orders")
    shop.functions.versions_take(looks=30)
    execution = claimed(shop, {"function": "orders"})
    waits = []
    while execution.publish()["outcome"] == "waiting":
        waits.append(execution.variables["wait"])
    assert waits == [*range(1, 15), *[15] * 16]
    assert shop.versions_of("orders") == ["41", "42"]


def test_a_version_that_fails_to_start_says_lambdas_reason(shop: InMemoryCloud) -> None:
    shop.somebody_saves("orders")
    shop.functions.versions_fail("FunctionError.InitTimeout")
    execution = claimed(shop, {"function": "orders"})
    with pytest.raises(PublishFailedError, match=r"version 42 of orders is in state Failed: .*InitTimeout"):
        looks_until_ready(execution)


def test_a_version_that_never_becomes_active_ends_the_waiting(shop: InMemoryCloud) -> None:
    shop.somebody_saves("orders")
    shop.functions.versions_take(looks=10_000)
    execution = claimed(shop, {"function": "orders"})
    with pytest.raises(PublishFailedError, match=f"not Active after {MAX_POLLS} looks: orders"):
        looks_until_ready(execution)


def test_an_existing_version_is_taken_as_it_is(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders", versions=["40", "41"])
    cloud.somebody_saves("orders", "not to be published")
    answer = claimed(cloud, {"function": "orders", "source": {"version": "40"}}).publish()
    assert answer["candidates"] == ["40"]
    assert cloud.versions_of("orders") == ["40", "41"]


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        pytest.param(
            lambda cloud: cloud.functions.delete_version("orders", "40"), "has no 40 any more", id="version"
        ),
        pytest.param(
            lambda cloud: cloud.functions.functions.clear(), "orders has no .* any more", id="function"
        ),
    ],
)
def test_what_was_deleted_after_the_plan_fails(
    cloud: InMemoryCloud, happens: Callable[[InMemoryCloud], object], words: str
) -> None:
    cloud.has_function("orders", versions=["40", "41"])
    execution = claimed(cloud, {"function": "orders", "source": {"version": "40"}})
    happens(cloud)
    with pytest.raises(PublishFailedError, match=words):
        execution.publish()


def test_several_targets_become_ready_together(shop: InMemoryCloud) -> None:
    shop.somebody_saves("billing")
    execution = claimed(
        shop,
        {"functions": [{"name": "orders", "source": ZIP}, {"name": "billing", "source": {"version": "41"}}]},
    )
    answer = execution.publish()
    assert (answer["outcome"], answer["candidates"]) == ("waiting", [])
    assert answer["reason"] == "waiting for orders"
    looks_until_ready(execution)
    assert execution.variables["candidates"] == ["42", "41"]


def test_one_target_that_fails_fails_the_deployment_before_anything_moved(shop: InMemoryCloud) -> None:
    shop.somebody_saves("orders")
    shop.somebody_saves("billing")
    execution = claimed(shop, {"functions": ["orders", "billing"]})
    shop.somebody_saves("billing", "changed since")
    with pytest.raises(PublishFailedError, match="billing"):
        execution.publish()
    assert shop.routing("orders:live") == shop.routing("billing:live") == Routing("41")
    assert execution.variables["candidates"] == []


def test_ready_does_not_say_that_it_is_live(shop: InMemoryCloud) -> None:
    shop.somebody_saves("orders")
    assert claimed(shop, {"function": "orders"}).publish()["reason"] == "ready: orders version 42"
