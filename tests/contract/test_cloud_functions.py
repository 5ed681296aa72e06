"""Lambda's control plane, in memory and on the local AWS alike."""

import time
import uuid
from collections.abc import Callable
from functools import cache

import pytest
from botocore.exceptions import ClientError

from hotplug.aws.functions import Functions
from hotplug.core.errors import RevisionStaleError
from hotplug.core.resources.alias import AliasState, Routing
from hotplug.core.resources.callers import unqualified_callers
from hotplug.core.resources.configuration import CodeStorage
from hotplug.core.resources.function import LATEST, MEMORY_MB, FunctionState
from hotplug.core.resources.target import Target
from hotplug.core.spec.source import Package
from tests.contract.surroundings import PATIENCE_SECONDS, Surroundings
from tests.fakes import a_zip, sha_of, split

CODE = "def handler(event, context):\n    return 0\n# "


@pytest.fixture
def orders(cloud: Surroundings, name: str) -> str:
    """A function with code and no version."""
    cloud.has_function(name, "one")
    return name


def latest(cloud: Surroundings, function: str) -> FunctionState:
    found = cloud.functions.describe(function)
    assert found is not None
    return found


def published(cloud: Surroundings, function: str) -> str:
    state = latest(cloud, function)
    return cloud.functions.publish(function, state.code_sha256, state.revision)


@cache
def served(cloud: Surroundings) -> str:
    """A function with versions 1 and 2, made once in each cloud for the tests that only move aliases."""
    function = f"served-{uuid.uuid4().hex[:12]}"
    cloud.has_function(function, "one")
    published(cloud, function)
    cloud.saves(function, "two")
    published(cloud, function)
    return function


@pytest.fixture
def target(cloud: Surroundings, name: str) -> Target:
    """An alias that does not exist yet, of a function with versions 1 and 2."""
    return Target(served(cloud), name)


def on_the_first(cloud: Surroundings, target: Target) -> AliasState:
    made = cloud.functions.create(target, Routing("1"))
    assert made is not None
    return made


def settled[T](look: Callable[[], T], is_settled: Callable[[T], bool]) -> T:
    """The first look that shows what is waited for, or the last one."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not is_settled(state := look()) and time.monotonic() < give_up:
        time.sleep(0.05)
    return state


def test_a_function_is_described(cloud: Surroundings, orders: str) -> None:
    state = latest(cloud, orders)
    assert state == FunctionState(
        version=LATEST,
        state="Active",
        update="Successful",
        why="",
        code_sha256=sha_of(a_zip("one")),
        revision=state.revision,
        role=state.role,
        dead_letters="",
        package_type="Zip",
        log_group=f"/aws/lambda/{orders}",
        code_bytes=state.code_bytes,
        configuration=state.configuration,
        runtime=state.runtime,
        handler=state.handler,
    )
    assert state.code_bytes > 0


@pytest.mark.parametrize("timeout_seconds", [1, 900])
def test_a_function_and_its_versions_say_how_long_a_call_may_take(
    cloud: Surroundings, name: str, timeout_seconds: int
) -> None:
    cloud.has_function(name, "one", timeout_seconds)
    version = published(cloud, name)
    found = [latest(cloud, name), cloud.functions.describe(name, version)]
    assert [state.timeout_seconds for state in found if state] == [timeout_seconds] * 2


def test_what_does_not_exist_is_no_error(cloud: Surroundings, orders: str) -> None:
    assert cloud.functions.describe("nobody") is None
    assert cloud.functions.describe(orders, "7") is None
    assert cloud.functions.alias(Target(orders, "live")) is None
    assert cloud.functions.alias(Target("nobody", "live")) is None


def test_versions_are_numbered_and_keep_their_code(cloud: Surroundings, orders: str) -> None:
    assert published(cloud, orders) == "1"
    cloud.saves(orders, "two")
    assert published(cloud, orders) == "2"
    hashes = [found.code_sha256 for each in "12" if (found := cloud.functions.describe(orders, each))]
    assert hashes == [sha_of(a_zip("one")), sha_of(a_zip("two"))]


def test_publishing_unchanged_code_answers_the_version_it_has(cloud: Surroundings, orders: str) -> None:
    assert published(cloud, orders) == published(cloud, orders) == "1"
    assert cloud.functions.describe(orders, "2") is None


def test_a_changed_configuration_of_the_same_code_is_published_as_another_version(
    cloud: Surroundings, orders: str
) -> None:
    first, was = published(cloud, orders), latest(cloud, orders)
    cloud.configures(orders, "debug")
    second, now = published(cloud, orders), latest(cloud, orders)
    versions = [cloud.functions.describe(orders, version) for version in (first, second)]
    assert (first, second) == ("1", "2")
    assert [found.config_sha256 for found in versions if found] == [was.config_sha256, now.config_sha256]
    assert was.config_sha256 != now.config_sha256
    assert was.code_sha256 == now.code_sha256


def test_the_same_configuration_again_is_the_same(cloud: Surroundings, orders: str) -> None:
    before = latest(cloud, orders)
    cloud.configures(orders, "debug")
    changed = latest(cloud, orders)
    cloud.saves(orders, "two")
    assert latest(cloud, orders).config_sha256 == changed.config_sha256 != before.config_sha256


def test_a_version_becomes_active(cloud: Surroundings, orders: str) -> None:
    published(cloud, orders)
    version = settled(
        lambda: cloud.functions.describe(orders, "1"), lambda found: bool(found and found.state == "Active")
    )
    assert version is not None
    assert version.state == "Active"


def test_publishing_makes_the_revision_of_latest_stale(cloud: Surroundings, orders: str) -> None:
    before = latest(cloud, orders)
    published(cloud, orders)
    assert latest(cloud, orders).revision != before.revision
    cloud.saves(orders, "two")
    with pytest.raises(RevisionStaleError, match="The Revision Id provided does not match"):
        cloud.functions.publish(orders, sha_of(a_zip("two")), before.revision)


def test_other_code_than_was_said_is_not_published(cloud: Surroundings, orders: str) -> None:
    with pytest.raises(ClientError, match="is different from current CodeSHA256"):
        cloud.functions.publish(orders, sha_of("another"), latest(cloud, orders).revision)
    assert cloud.functions.describe(orders, "1") is None


def test_a_package_from_s3_becomes_latest(cloud: Surroundings, orders: str, name: str) -> None:
    version_id = cloud.uploads(name, "app.zip", a_zip("from S3"))
    before = latest(cloud, orders)
    cloud.functions.update_code(orders, Package(name, "app.zip", version_id), before.revision, CodeStorage())
    after = settled(lambda: latest(cloud, orders), lambda state: state.update != "InProgress")
    assert (after.update, after.code_sha256) == ("Successful", sha_of(a_zip("from S3")))
    assert after.revision != before.revision


def test_code_is_not_sent_over_somebody_elses(cloud: Surroundings, orders: str, name: str) -> None:
    before = latest(cloud, orders)
    cloud.saves(orders, "somebody else's")
    package = Package(name, "app.zip", cloud.uploads(name, "app.zip", a_zip("ours")))
    with pytest.raises(RevisionStaleError):
        cloud.functions.update_code(orders, package, before.revision, CodeStorage())
    assert latest(cloud, orders).code_sha256 == sha_of(a_zip("somebody else's"))


def test_a_package_keeps_the_key_that_it_is_sent_with_and_loses_it_without(
    cloud: Surroundings, orders: str, name: str
) -> None:
    key = CodeStorage(key="arn:aws:kms:us-east-1:000000000000:key/0123")
    package = Package(name, "app.zip", cloud.uploads(name, "app.zip", a_zip("from S3")))
    for storage in (key, CodeStorage()):
        before = latest(cloud, orders)
        cloud.functions.update_code(orders, package, before.revision, storage)
        after = settled(lambda: latest(cloud, orders), lambda state: state.update != "InProgress")
        version = cloud.functions.describe(orders, published(cloud, orders))
        assert version
        assert after.configuration.storage == version.configuration.storage == storage
        assert version.configuration.equals(after.configuration)


def test_a_package_that_is_gone_is_an_error(cloud: Surroundings, orders: str, name: str) -> None:
    cloud.uploads(name, "app.zip", a_zip())
    with pytest.raises(ClientError, match=r"NoSuchKey|does not exist"):
        cloud.functions.update_code(
            orders, Package(name, "gone.zip"), latest(cloud, orders).revision, CodeStorage()
        )


def test_an_alias_is_made_once(cloud: Surroundings, target: Target) -> None:
    made = on_the_first(cloud, target)
    assert made.routing == Routing("1")
    assert cloud.functions.create(target, Routing("2")) is None
    assert cloud.functions.alias(target) == made


@pytest.mark.parametrize("percent", ["0.01", "1", "7", "12.5", "33.33", "50", "99.99", "100"])
def test_a_weight_is_read_as_it_was_written(cloud: Surroundings, target: Target, percent: str) -> None:
    made = on_the_first(cloud, target)
    pointed = cloud.functions.point(target, split("1", "2", percent), made.revision)
    assert pointed.routing == split("1", "2", percent)
    assert cloud.functions.alias(target) == pointed


@pytest.mark.parametrize("version", ["1", "2"], ids=["back", "promoted"])
def test_one_write_names_a_version_and_takes_the_weights_away(
    cloud: Surroundings, target: Target, version: str
) -> None:
    shared = cloud.functions.point(target, split("1", "2", 90), on_the_first(cloud, target).revision)
    assert cloud.functions.point(target, Routing(version), shared.revision).routing == Routing(version)


def test_every_write_changes_the_revision_even_one_that_changes_nothing(
    cloud: Surroundings, target: Target
) -> None:
    made = on_the_first(cloud, target)
    again = cloud.functions.point(target, Routing("1"), made.revision)
    assert again.routing == made.routing
    assert again.revision != made.revision


def test_a_stale_revision_moves_nothing(cloud: Surroundings, target: Target) -> None:
    made = on_the_first(cloud, target)
    moved = cloud.functions.point(target, split("1", "2", 10), made.revision)
    with pytest.raises(RevisionStaleError, match="The Revision Id provided does not match"):
        cloud.functions.point(target, Routing("2"), made.revision)
    assert cloud.functions.alias(target) == moved


TOUCHES: dict[str, Callable[[Surroundings, Target], None]] = {
    "a description": lambda cloud, target: cloud.touches(target),
    "a permission": lambda cloud, target: cloud.admits(
        target.function, "events.amazonaws.com", "arn:aws:events:::rule/any", target.alias
    ),
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_an_alias_that_is_only_touched_has_another_revision_and_the_same_routing(
    cloud: Surroundings, target: Target, touch: Callable[[Surroundings, Target], None]
) -> None:
    made = on_the_first(cloud, target)
    shared = cloud.functions.point(target, split("1", "2", 10), made.revision)
    touch(cloud, target)
    touched = cloud.functions.alias(target)
    assert touched
    assert (touched.routing, touched.revision != shared.revision) == (shared.routing, True)
    with pytest.raises(RevisionStaleError):
        cloud.functions.point(target, Routing("1"), shared.revision)
    assert cloud.functions.point(target, Routing("1"), touched.revision).routing == Routing("1")


def test_a_permission_of_the_function_itself_touches_no_alias(cloud: Surroundings, orders: str) -> None:
    target, version = Target(orders, "live"), published(cloud, orders)
    made = cloud.functions.create(target, Routing(version))
    cloud.admits(orders, "events.amazonaws.com", "arn:aws:events:::rule/any")
    assert cloud.functions.alias(target) == made


def test_an_alias_may_be_read_as_it_was_before_the_last_write(cloud: Surroundings, name: str) -> None:
    cloud.has_function(name, "one")
    versions, target = [cloud.publishes(name, CODE + each) for each in "12"], Target(name, "live")
    cloud.reads_lag(name, 2)
    made = cloud.functions.create(target, Routing(versions[0]))
    assert made
    assert [cloud.functions.alias(target) for _ in range(3)] == [None, None, made]
    moved = cloud.functions.point(target, split(versions[0], versions[1], 10), made.revision)
    back = cloud.functions.point(target, Routing(versions[0]), moved.revision)
    assert [cloud.functions.alias(target) for _ in range(3)] == [moved, moved, back]
    cloud.touches(target)
    assert cloud.functions.alias(target) == cloud.functions.alias(target) == back
    assert cloud.functions.alias(target) != back
    cloud.functions.delete(target)
    found = [cloud.functions.alias(target) is None for _ in range(3)]
    assert found == [False, False, True]


def test_a_version_may_not_be_found_right_after_it_was_published(cloud: Surroundings, orders: str) -> None:
    cloud.reads_lag(orders, 2)
    assert published(cloud, orders) == "1"
    found = [cloud.functions.describe(orders, "1") is not None for _ in range(3)]
    assert found == [False, False, True]
    assert published(cloud, orders) == "1"
    assert cloud.functions.describe(orders, "1")


@pytest.mark.parametrize(
    ("routing", "code"),
    [
        pytest.param(split("1", "9", 10), "ResourceNotFoundException", id="a version that does not exist"),
        pytest.param(split("1", "1", 10), "InvalidParameterValueException", id="the same version twice"),
        pytest.param(
            Routing("1", (*split("1", "2", 1).others, *split("1", "3", 1).others)),
            "InvalidParameterValueException",
            id="three versions",
        ),
        pytest.param(split(LATEST, "2", 10), "InvalidParameterValueException", id="$LATEST with a share"),
    ],
)
def test_what_an_alias_cannot_say_is_refused(
    cloud: Surroundings, target: Target, routing: Routing, code: str
) -> None:
    made = on_the_first(cloud, target)
    with pytest.raises(ClientError) as refused:
        cloud.functions.point(target, routing, made.revision)
    assert refused.value.response["Error"]["Code"] == code
    assert cloud.functions.alias(target) == made


ON_NOTHING: list[tuple[str, Callable[[Functions, Target], object]]] = [
    ("point", lambda lambdas, target: lambdas.point(target, Routing("1"), "revision")),
    ("create", lambda lambdas, target: lambdas.create(target, Routing("7"))),
]


@pytest.mark.parametrize("write", [entry[1] for entry in ON_NOTHING], ids=[entry[0] for entry in ON_NOTHING])
def test_a_write_to_what_is_not_there_is_an_error(
    cloud: Surroundings, target: Target, write: Callable[[Functions, Target], object]
) -> None:
    with pytest.raises(ClientError) as refused:
        write(cloud.functions, target)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_an_alias_is_deleted_as_often_as_one_likes(cloud: Surroundings, target: Target) -> None:
    on_the_first(cloud, target)
    cloud.functions.delete(target)
    cloud.functions.delete(target)
    assert cloud.functions.alias(target) is None


def test_a_function_is_described_by_its_alias_too(cloud: Surroundings, orders: str) -> None:
    version = published(cloud, orders)
    cloud.functions.create(Target(orders, "live"), Routing(version))
    found = cloud.functions.describe(orders, "live")
    assert found
    assert found.log_group == f"/aws/lambda/{orders}"
    assert cloud.functions.describe(orders, "nobody") is None


def test_what_calls_the_function_itself_is_told_from_what_calls_its_alias(
    cloud: Surroundings, target: Target
) -> None:
    function = target.function
    on_the_first(cloud, target)
    assert (
        unqualified_callers(cloud.functions.event_sources(function), cloud.functions.policy(function)) == ()
    )
    cloud.reads_for(function, target.alias)
    cloud.admits(function, "events.amazonaws.com", "arn:aws:events:::rule/of-alias", target.alias)
    assert (
        unqualified_callers(cloud.functions.event_sources(function), cloud.functions.policy(function)) == ()
    )
    queue = cloud.reads_for(function)
    cloud.admits(function, "s3.amazonaws.com", "arn:aws:s3:::uploads")
    callers = unqualified_callers(cloud.functions.event_sources(function), cloud.functions.policy(function))
    assert callers == (queue, "s3.amazonaws.com (arn:aws:s3:::uploads)")


def test_the_account_has_concurrency_that_no_function_has_reserved(cloud: Surroundings) -> None:
    unreserved = cloud.functions.unreserved()
    assert unreserved
    assert unreserved > 0


def test_a_function_has_the_memory_that_lambda_gives_it(cloud: Surroundings, orders: str) -> None:
    assert latest(cloud, orders).memory_mb == MEMORY_MB


def test_the_account_keeps_less_code_than_it_may(cloud: Surroundings, orders: str) -> None:
    storage = cloud.functions.storage()
    assert 0 <= storage.used_bytes < storage.limit_bytes
