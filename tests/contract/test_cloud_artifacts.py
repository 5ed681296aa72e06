"""Packages and policies in S3, in memory and on the local AWS alike."""

import struct
import zipfile
from typing import Any

import pytest

from hotplug.aws.artifacts import AwsArtifacts
from hotplug.core.errors import ArtifactRefusedError
from hotplug.core.resources.binaries import platform
from hotplug.core.resources.package import FILE, Artifact
from hotplug.core.resources.zip_contents import MAX_RELEASE
from hotplug.core.spec.source import Package
from tests.contract.surroundings import Surroundings
from tests.fakes import a_zip, sha_of
from tests.fakes.artifacts import InMemoryArtifacts
from tests.support.bundles import FITS, Store, a_bundle
from tests.support.zips import ARM64, File, zip_of


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


# What a package says of itself


def looked_into(cloud: Surroundings, name: str, body: bytes) -> Artifact:
    """By the real adapter, over objects in memory too."""
    cloud.uploads(name, "hotplug.zip", body)
    artifacts = cloud.artifacts
    if isinstance(artifacts, InMemoryArtifacts):
        client: Any = Store(artifacts)
        artifacts = AwsArtifacts(client)
    return artifacts.inspect(Package(name, "hotplug.zip"))


SAID = '{"release": "0.2.0", "definition": 1, "writes": 1, "reads": [1]}'


@pytest.mark.parametrize(
    ("body", "release"),
    [
        pytest.param(a_bundle(FITS), SAID, id="stored"),
        pytest.param(a_bundle(FITS, method=zipfile.ZIP_DEFLATED), SAID, id="deflated"),
        pytest.param(a_bundle(text="Grüße"), "Grüße", id="whatever it says"),
        pytest.param(a_bundle(text=""), "", id="nothing"),
        pytest.param(
            a_bundle(text="x" * (MAX_RELEASE + 1), method=zipfile.ZIP_DEFLATED),
            "x" * MAX_RELEASE,
            id="more than is read",
        ),
        pytest.param(a_zip(), "", id="it has no such file"),
        pytest.param(a_bundle(name="release.json"), "", id="it lies elsewhere"),
        pytest.param(a_bundle(name=f"task/{FILE}"), "", id="it lies further in"),
        pytest.param(a_bundle(name=FILE.upper()), "", id="its name is in another case"),
    ],
)
def test_a_package_is_read_for_what_it_says_of_its_release(
    cloud: Surroundings, name: str, body: bytes, release: str
) -> None:
    found = looked_into(cloud, name, body)
    assert found.release == release
    assert (found.sha256, found.size_bytes) == (sha_of(body), len(body))


def test_a_package_is_looked_into_for_its_files_and_what_its_libraries_are_for(
    cloud: Surroundings, name: str
) -> None:
    core = "numpy/core.cpython-313-aarch64-linux-gnu.so"
    found = looked_into(
        cloud, name, zip_of({"src/app.py": "", core: ARM64, "x.sh": File("", 0o700)})
    ).contents
    assert found.files == {"src/app.py": 0o644, core: 0o644, "x.sh": 0o700}
    assert found.unreadable == {"x.sh": 0o700}
    assert platform(found.heads[core]) == "arm64"


def with_entry(at: int, value: int, method: int = zipfile.ZIP_STORED) -> bytes:
    """A bundle whose directory says something else of its last file, two bytes at this place."""
    body = bytearray(a_bundle(FITS, method=method))
    struct.pack_into("<H", body, body.rindex(b"PK\x01\x02") + at, value)
    return bytes(body)


def with_broken_data(method: int) -> bytes:
    """A bundle whose last file is damaged in itself."""
    body = bytearray(a_bundle(text=SAID * 9, method=method))
    start = body.rindex(b"PK\x03\x04") + 30 + len(FILE)
    for at in range(start + 2, start + 20):
        body[at] ^= 0xFF
    return bytes(body)


def with_broken_stream(method: int) -> bytes:
    """The same, behind the head that such a stream has."""
    body = bytearray(a_bundle(text=SAID * 9, method=method))
    start = body.rindex(b"PK\x03\x04") + 30 + len(FILE)
    body[start + 10 : start + 40] = b"\xff" * 30
    return bytes(body)


FLAGS, METHOD, CHECKSUM, OFFSET = 8, 10, 16, 42
"""Where an entry of the directory says these things."""


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(with_broken_data(zipfile.ZIP_STORED), id="damaged"),
        pytest.param(with_broken_data(zipfile.ZIP_DEFLATED), id="damaged, deflated"),
        pytest.param(with_broken_stream(zipfile.ZIP_LZMA), id="damaged, by LZMA"),
        pytest.param(with_broken_stream(zipfile.ZIP_BZIP2), id="damaged, by bzip2"),
        pytest.param(a_bundle(FITS, method=zipfile.ZIP_LZMA), id="by LZMA, which Lambda does not unpack"),
        pytest.param(a_bundle(FITS, method=zipfile.ZIP_BZIP2), id="by bzip2, which Lambda does not unpack"),
        pytest.param(with_entry(METHOD, 99), id="by a method that nobody knows"),
        pytest.param(with_entry(METHOD, zipfile.ZIP_DEFLATED), id="by another method than it says"),
        pytest.param(with_entry(CHECKSUM, 7), id="with another checksum"),
        pytest.param(with_entry(OFFSET, 0), id="at the place of another file"),
        pytest.param(with_entry(OFFSET, 0xFFFF), id="at no place in the package"),
        pytest.param(with_entry(FLAGS, 0x40), id="strongly encrypted"),
        pytest.param(with_entry(FLAGS, 0x20), id="as a patch"),
    ],
)
def test_what_can_not_be_read_of_it_is_as_if_it_said_nothing(
    cloud: Surroundings, name: str, body: bytes
) -> None:
    found = looked_into(cloud, name, body)
    assert found.release == ""
    assert found.sha256 == sha_of(body)


def test_one_that_is_encrypted_is_refused_with_the_package(cloud: Surroundings, name: str) -> None:
    with pytest.raises(ArtifactRefusedError, match="it is encrypted"):
        looked_into(cloud, name, with_entry(FLAGS, 1))


def test_a_bucket_of_this_region_is_not_elsewhere(cloud: Surroundings, name: str) -> None:
    cloud.uploads(name, "app.zip", a_zip())
    assert cloud.artifacts.elsewhere(name) == ""
