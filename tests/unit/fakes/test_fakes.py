"""What the AWS in memory does as AWS documents it where no local AWS can be asked."""

import pytest
from botocore.exceptions import ClientError

from hotplug.core.errors import RevisionStaleError, TryAgainError
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.configuration import CodeStorage
from hotplug.core.spec.source import Package
from tests.fakes import InMemoryCloud, a_target, a_zip, sha_of, split

LIVE = a_target("orders:live")


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """A function, and a package for it."""
    cloud.has_function("orders", versions=["41", "42"])
    cloud.has_object("artifacts", "app.zip", a_zip())
    return cloud


def revision(cloud: InMemoryCloud) -> str:
    return cloud.functions.functions["orders"].revision


def test_while_an_update_goes_on_nothing_else_is_taken(shop: InMemoryCloud) -> None:
    shop.functions.updates_take(looks=2)
    shop.functions.update_code("orders", Package("artifacts", "app.zip"), revision(shop), CodeStorage())
    with pytest.raises(TryAgainError, match=r"An update is in progress for resource: .*:function:orders"):
        shop.functions.publish("orders", sha_of(a_zip()), revision(shop))
    with pytest.raises(TryAgainError, match="An update is in progress"):
        shop.functions.update_code("orders", Package("artifacts", "app.zip"), revision(shop), CodeStorage())


def test_the_revision_goes_stale_by_itself_when_an_update_ends(shop: InMemoryCloud) -> None:
    shop.functions.update_code("orders", Package("artifacts", "app.zip"), revision(shop), CodeStorage())
    under_way, done = shop.functions.describe("orders"), shop.functions.describe("orders")
    assert under_way is not None
    assert done is not None
    assert (under_way.update, done.update) == ("InProgress", "Successful")
    assert under_way.code_sha256 == done.code_sha256 == sha_of(a_zip())
    with pytest.raises(RevisionStaleError):
        shop.functions.publish("orders", done.code_sha256, under_way.revision)


@pytest.mark.parametrize("what", [{"role": "another"}, {"dead_letters": "queue"}], ids=str)
def test_versions_with_another_role_or_dead_letter_queue_share_no_alias(
    shop: InMemoryCloud, what: dict[str, str]
) -> None:
    shop.somebody_changes("orders", **what)
    shop.functions.publish("orders", shop.functions.functions["orders"].config.code_sha256, revision(shop))
    alias = shop.alias("orders:live")
    assert alias is not None
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        shop.functions.point(LIVE, split("42", "43", 10), alias.revision)
    assert shop.functions.point(LIVE, Routing("43"), alias.revision).routing == Routing("43")


@pytest.mark.parametrize("version", ["41", "42"])
def test_a_version_that_an_alias_uses_is_not_deleted(shop: InMemoryCloud, version: str) -> None:
    shop.somebody_moves("orders:live", split("41", "42", 10))
    with pytest.raises(ClientError, match="ResourceConflictException"):
        shop.functions.delete_version("orders", version)
    assert shop.versions_of("orders") == ["41", "42"]


def test_a_version_that_no_alias_uses_is_deleted(shop: InMemoryCloud) -> None:
    shop.functions.delete_version("orders", "41")
    assert shop.versions_of("orders") == ["42"]


def test_only_the_last_version_is_compared_with_latest(shop: InMemoryCloud) -> None:
    shop.somebody_saves("orders", "orders 41")
    assert shop.functions.publish("orders", sha_of("orders 41"), revision(shop)) == "43"


@pytest.mark.parametrize("name", ["41", "a b", ""])
def test_an_alias_has_a_name_that_lambda_takes(shop: InMemoryCloud, name: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        shop.functions.create(a_target(f"orders:{name}"), Routing("41"))


def test_a_name_that_step_functions_does_not_take_is_refused(shop: InMemoryCloud) -> None:
    with pytest.raises(ClientError, match="InvalidName"):
        shop.executions.start(shop.settings.machine, "a name with spaces", {})


def test_a_surprise_that_is_never_met_is_noticed() -> None:
    cloud = InMemoryCloud()
    cloud.functions.fails_next("point", TryAgainError("never"))
    assert cloud.unspent == ["point"]


def test_a_verb_that_does_not_exist_cannot_be_spoilt(cloud: InMemoryCloud) -> None:
    with pytest.raises(AttributeError, match="has no verb move"):
        cloud.functions.fails_next("move", TryAgainError("never"))
