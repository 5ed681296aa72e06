"""Packages and policies in S3, in memory and on the local AWS alike."""

import pytest

from hotplug.core.errors import ArtifactRefusedError
from hotplug.core.facts import Artifact
from hotplug.core.request import Package
from tests.contract.surroundings import Surroundings
from tests.fakes import a_zip, sha_of


def test_a_package_is_hashed_in_its_current_version(cloud: Surroundings, name: str) -> None:
    cloud.uploads(name, "app.zip", a_zip("old"))
    version_id = cloud.uploads(name, "app.zip", a_zip("new"))
    expected = Artifact(version_id, sha_of(a_zip("new")), len(a_zip("new")))
    assert cloud.artifacts.inspect(Package(name, "app.zip")) == expected


def test_a_package_is_hashed_in_the_version_that_is_named(cloud: Surroundings, name: str) -> None:
    version_id = cloud.uploads(name, "app.zip", a_zip("old"))
    cloud.uploads(name, "app.zip", a_zip("new"))
    found = cloud.artifacts.inspect(Package(name, "app.zip", version_id))
    assert (found.version_id, found.sha256) == (version_id, sha_of(a_zip("old")))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"", "it is empty", id="empty"),
        pytest.param(b"hello", "it is not a zip", id="a text"),
        pytest.param(a_zip()[:-9], "it is not a zip", id="cut short"),
        pytest.param(b"PK\x05\x06" + bytes(18), "a zip without a file in it", id="a zip of nothing"),
        pytest.param(None, "it does not exist", id="deleted"),
    ],
)
def test_what_lambda_would_not_take_is_refused(
    cloud: Surroundings, name: str, body: bytes | None, words: str
) -> None:
    cloud.uploads(name, "app.zip", body)
    with pytest.raises(ArtifactRefusedError, match=words):
        cloud.artifacts.inspect(Package(name, "app.zip"))


def test_what_is_not_there_is_refused(cloud: Surroundings, name: str) -> None:
    with pytest.raises(ArtifactRefusedError, match="it does not exist"):
        cloud.artifacts.inspect(Package(f"no-{name}", "app.zip"))
    cloud.uploads(name, "app.zip", a_zip())
    with pytest.raises(ArtifactRefusedError, match="it does not exist"):
        cloud.artifacts.inspect(Package(name, "other.zip"))


def test_a_policy_is_read(cloud: Surroundings, name: str) -> None:
    cloud.uploads(name, "orders/policy.json", b'{"function": "orders"}')
    assert cloud.artifacts.read(name, "orders/policy.json", 99) == b'{"function": "orders"}'


@pytest.mark.parametrize("body", [b"short", None], ids=["there is another", "it was deleted"])
def test_a_policy_that_is_not_there_is_no_error(cloud: Surroundings, name: str, body: bytes | None) -> None:
    cloud.uploads(name, "a/policy.json" if body is None else "b/policy.json", body)
    assert cloud.artifacts.read(name, "a/policy.json", 99) is None


def test_a_policy_without_end_is_refused(cloud: Surroundings, name: str) -> None:
    cloud.uploads(name, "policy.json", b" " * 100)
    with pytest.raises(ArtifactRefusedError, match=r"policy\.json has 100 bytes, at most 99 are read"):
        cloud.artifacts.read(name, "policy.json", 99)


def test_the_newest_version_of_a_key_is_known(cloud: Surroundings, name: str) -> None:
    first = cloud.uploads(name, "app.zip", b"one")
    assert cloud.artifacts.current_version(name, "app.zip") == first
    second = cloud.uploads(name, "app.zip", b"two")
    assert cloud.artifacts.current_version(name, "app.zip") == second
    cloud.uploads(name, "app.zip", None)
    assert cloud.artifacts.current_version(name, "app.zip") is None
    assert cloud.artifacts.current_version(name, "other.zip") is None
